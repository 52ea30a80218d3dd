import Arguments
import Glibc
import LoadClient
import Vocabulary
import WinnowClient

/// The settings by the flags of `winnow bench`, before any request to the cluster.
struct BenchSetup: Sendable {
  /// Items of a batch of the feed at most.
  private static let feedBatchMax = 100
  /// How long the calls before and after the load wait for room in the cluster; those of the load never do.
  static let waitMax = Duration.seconds(60)
  /// Items whose values are looked at to make filters.
  private static let sampleCount = 2000

  let plans: [LoadPlan]
  let isSearch: Bool
  let rateMax: Double
  /// Items a second beside the load.
  let feedRate: Double
  let keeps: Bool
  private(set) var workload: Workload
  private let writeIDs: ClosedRange<UInt64>
  private let qualityShare: Double
  private let qualityDepths: Set<Int>
  private let exactDepth: Int?
  private let selectivity: (attribute: String, shares: [Double])?

  init(_ session: Session, _ serviceLevel: ServiceLevel?, _ own: OwnIDs = .none) throws(Failure) {
    let (workload, times) = try Self.workload(session, try BenchIDs(own))
    self.workload = workload
    isSearch = session[BenchFlags.findMax]
    rateMax = session[BenchFlags.maxRate]
    feedRate = session[BenchFlags.feed]
    keeps = session[BenchFlags.keep]
    writeIDs = try BenchFlags.range(BenchFlags.writeIDs, session)
    exactDepth = session[BenchFlags.qualityDepth]
    qualityDepths = serviceLevel?.qualityDepths ?? []
    let quality = session[BenchFlags.quality]
    qualityShare = quality == 0 && !qualityDepths.isEmpty ? 0.01 : quality
    let least = workload.k?.shares.map(\.value).min() ?? workload.template.k
    guard qualityDepths.allSatisfy({ $0 <= least }) else {
      throw session.usage(BenchFlags.slo, "asks for quality among more than the --k results that a query gives")
    }
    selectivity = try Self.selectivity(session)
    plans = try Self.plans(session, serviceLevel, times)
    guard !isSearch || (serviceLevel != nil && plans.count == 1 && plans[0].isRate) else {
      throw session.usage(BenchFlags.findMax, "needs --slo and one --rate to begin with")
    }
  }

  private static func workload(_ session: Session, _ ids: BenchIDs) throws(Failure) -> (Workload, times: [UInt64]?) {
    let k = try BenchFlags.choice(BenchFlags.k, in: 1...Limits.kMax, session)
    let depth = try BenchFlags.choice(BenchFlags.depth, in: 1...Limits.depthMax, session)
    var template = RankQuery(collection: "", k: k.most, depth: max(k.most, depth.most))
    template.filter = session[BenchFlags.filter] ?? ""
    template.timeout = session.timeout
    var workload = Workload(template: template, seed: UInt64(session[BenchFlags.seed]))
    workload.k = k
    workload.depth = depth
    (workload.users, workload.listedUsers) = try ids.users(BenchFlags.users, session)
    workload.userExponent = session[BenchFlags.zipf]
    workload.sessionLengths = try BenchFlags.range(BenchFlags.sessions, session)
    guard workload.sessionLengths.upperBound <= Limits.sessionItemsMax else {
      throw session.usage(BenchFlags.sessions, "takes at most \(Limits.sessionItemsMax) items")
    }
    (workload.items, workload.listedItems) = try ids.items(BenchFlags.items, session)
    workload.mix = try BenchFlags.mix(session)
    var times: [UInt64]?
    if let path = session[BenchFlags.queries] {
      let file = try BenchQueries(path, template, ids)
      workload.listed = file.queries
      if session[BenchFlags.replay] { times = file.microseconds }
    }
    if session[BenchFlags.replay], times?.isEmpty ?? true {
      throw session.usage(BenchFlags.replay, "needs --queries with 'at', in seconds, in every line")
    }
    return (workload, times)
  }

  private static func selectivity(_ session: Session) throws(Failure) -> (attribute: String, shares: [Double])? {
    let shares = session[BenchFlags.selectivity]
    guard !shares.isEmpty else { return nil }
    guard let attribute = session[BenchFlags.selectivityBy] else {
      throw session.usage(BenchFlags.selectivity, "needs --selectivity-by ATTRIBUTE")
    }
    return (attribute, shares)
  }

  private static func plans(
    _ session: Session, _ serviceLevel: ServiceLevel?, _ times: [UInt64]?
  ) throws(Failure) -> [LoadPlan] {
    let arrivals = session[BenchFlags.arrivals]
    var duration = session[BenchFlags.duration].wholeMicroseconds
    var warmup = session[BenchFlags.warmup].wholeMicroseconds
    let modes: [LoadPlan.Mode]
    if let times {
      modes = [.replay(microseconds: times)]
      // The whole file, unless less of it was asked for.
      if !session.isGiven(BenchFlags.duration) { duration = (times.last ?? 0) + 1 }
      if !session.isGiven(BenchFlags.warmup) { warmup = 0 }
    } else if let concurrency = session[BenchFlags.concurrency] {
      modes = [.closed(concurrency: concurrency)]
    } else {
      modes = try BenchFlags.rates(session).map { .open(rate: $0, arrivals: arrivals) }
    }
    return modes.map { mode in
      var plan = LoadPlan(
        mode: mode, warmupMicroseconds: warmup, durationMicroseconds: duration,
        seed: UInt64(session[BenchFlags.seed]))
      plan.inFlightMax = session[BenchFlags.inFlight]
      plan.lateMicroseconds = max(1000, UInt64((serviceLevel?.latencyMicroseconds ?? 0) / 50))
      return plan
    }
  }

  /// What sends the requests, after a look at the collection; one query first, so that a mistake is told as what it is.
  func sender(_ client: WinnowClient, _ name: String) async throws(WinnowError) -> Result<BenchSender, Failure> {
    let patient = client.waiting(atMost: Self.waitMax)
    let collection = try await patient.describeCollection(name)
    var workload = workload
    if let selectivity {
      workload.filters = try await windows(patient, name, selectivity)
      guard workload.filters != nil else {
        return .failure(Failure(.usage, "no item of --items has a number in '\(selectivity.attribute)'"))
      }
    }
    var first = workload.query(0)
    first.collection = name
    _ = try await patient.rank(first)
    var written: Lock<WrittenItems>?
    if workload.writes || feedRate > 0 {
      guard let maker = WrittenItem(schema: collection.schema) else {
        return .failure(
          Failure(
            .usage, "the collection has no attribute of type int, text or keyword",
            advice: "what --mix and --feed write carries its revision in one"))
      }
      written = Lock(WrittenItems(ids: writeIDs, maker: maker, firstRevision: Self.microsecondsSince1970))
    }
    return .success(
      BenchSender(
        client: client, workload: workload, collection: collection, written: written, qualityShare: qualityShare,
        qualityDepths: qualityDepths, exactDepth: exactDepth))
  }

  private func windows(
    _ client: WinnowClient, _ name: String, _ selectivity: (attribute: String, shares: [Double])
  ) async throws(WinnowError) -> FilterWindows? {
    var draws = RequestDraws(seed: workload.seed, index: -1)
    let ids = Set((0..<Self.sampleCount).map { _ in workload.item(&draws) }).sorted().map { ItemID($0) }
    let items = try await client.get(ids, from: name, attributes: .named([selectivity.attribute])).items
    let sample = items.compactMap { item -> Double? in
      switch item.attributes.first?.value {
      case .int(let value): Double(value)
      case .float(let value): value
      default: nil
      }
    }
    return FilterWindows(attribute: selectivity.attribute, sample: sample, shares: selectivity.shares)
  }

  static var microsecondsSince1970: UInt64 { UInt64(max(0, Glibc.time(nil))) * 1_000_000 }

  /// The plan of the feed beside a plan, and the items of each of its batches; `nil` without a feed.
  func feed(beside plan: LoadPlan) -> (plan: LoadPlan, batch: Int)? {
    guard feedRate > 0 else { return nil }
    let batch = min(Self.feedBatchMax, max(1, Int(feedRate / 10)))
    var feed = LoadPlan(
      mode: .open(rate: LoadRate(feedRate / Double(batch)), arrivals: .constant),
      warmupMicroseconds: plan.warmupMicroseconds, durationMicroseconds: plan.durationMicroseconds, seed: plan.seed)
    feed.inFlightMax = 64
    return (feed, batch)
  }
}

extension LoadPlan {
  /// Whether it runs at one rate.
  fileprivate var isRate: Bool { if case .open(let rate, _) = mode { rate.first == rate.last } else { false } }
}
