import Arguments
import Bytes
import DataSets
import JSON
import Learning
import Privacy
import Ranking
import SocketTransport
import Storage
import Vocabulary

/// One run of `winnow train --private`: two releases of sums, and a model of them.
struct PrivateTrainRun {
  private let session: Session
  private let terms: PrivacyTerms
  private let place: PrivatePlace
  private let settings: NeighbourSettings
  private let steps: StepSettings?
  private let items: PublicItems
  private let read: DataSet.Read
  private let key: NoiseKey

  /// Reads what is learned from, and refuses what cannot be promised; nothing was released or spent.
  init(_ session: Session, _ terms: PrivacyTerms, _ read: DataSet.Read) throws(Failure) {
    (self.session, self.terms, self.read) = (session, terms, read)
    place = try PrivatePlace(session[TrainVerb.out], force: session[OutputDirectory.force])
    settings = NeighbourFlags.sums(session)
    steps = try PrivateFlags.steps(session)
    items = try PrivateFlags.publicItems(session)
    key = try PrivateFlags.noiseKey(session)
  }

  /// - Parameters:
  ///   - test: What is left out of the log.
  ///   - recent: Of each event whether it is young enough to be read.
  func run(_ test: HoldOut.Test, order: FitParts.Order, recent: [Bool]) throws(Failure) -> ExitCode {
    let clock = SystemClock()
    let start = clock.now()
    let reporter = TrainReporter(session, clock: clock)
    let places = try Failure.wrap { () throws(PrivacyError) in try items.places(read.data) }
    let held = HoldOut(test, order: order, events: read.data.interactions.count)
    let tested = test.parts(read.data.interactions)
    let learned = read.data.filter { tested[$0] == .training && recent[$0] }
    let users = Set(learned.interactions.users).count
    try Failure.wrap { () throws(PrivacyError) in try terms.check(users: users) }
    if terms.epsilon > PrivacyTerms.epsilonMuch {
      reporter.note(
        "warning: epsilon above \(Int(PrivacyTerms.epsilonMuch)) says little: by then the bound promises next to nothing"
      )
    }
    let (counts, pairs, network) = try mechanisms()
    let mechanisms = [counts, pairs] + (network.map { [$0] } ?? [])
    let log = PrivateLog(learned, places: places, itemCount: items.count, eventsMax: settings.eventsMax)
    // The release stands in the ledger before anything of it is made.
    let entry = try Failure.wrap { () throws(PrivacyError) in
      try PrivacyLedger.enter(
        PrivacyLedger.Release(
          purpose: "train", mechanisms: mechanisms, terms: terms, key: key,
          subject: log.subject(items, settings, steps: steps)),
        session[TrainVerb.data], on: RealDisk())
    }
    let threads = session[TrainVerb.threads] ?? ComputePool.coreCount
    let release = NeighbourRelease(log, settings, noise: (counts, pairs, key), threads: threads)
    let statement = PrivacyStatement(
      epsilon: terms.epsilon, delta: terms.delta, mu: AnalyticGaussian.mu(mechanisms) ?? 0,
      mechanisms: mechanisms.map(\.stated), keptItems: release.kept.count,
      clip: .init(events: settings.eventsMax, window: settings.window), noise: key.source.rawValue,
      release: entry.number, totalEpsilon: entry.totalEpsilon)
    let flags = Dictionary(PrivateFlags.texts(session).map { ($0.name, $0.text) }) { first, _ in first }
    var vectors = SoftmaxVectors.Options()
    (vectors.dimension, vectors.seed, vectors.threads) = (
      session[TrainFlags.dimension], UInt64(session[TrainFlags.seed]), threads
    )
    let (model, leftOut) = try Failure.wrap { () throws(ModelError) in
      var fit: PrivateNetworkFit?
      if let steps, let network {
        fit = PrivateNetworkFit(
          log, try PrivateInputs(items, release, settings), steps, noise: network, key, threads: threads)
      }
      return (
        try PrivateModel(
          name: session[TrainFlags.name], items, release, settings, session[PrivateFlags.tower], network: fit,
          vectors: vectors, statement, flags: flags), release.sums.leftOut + (fit?.leftOut ?? 0)
      )
    }
    var record = PrivateRecord(settings: flags, privacy: statement)
    (record.heldOut, record.leftOut) = (held, leftOut)
    record.heldOut?.isRefitted = test != .lastTwo
    record.refitted = test != .lastTwo
    let holder = read.data.over(items.dictionary, items.catalogue, places: places)
    try place.write(
      model: model.files, holder: holder.files(nil, test: moved(read.test, places)), record: record.json)
    tell(statement, seconds: Double(start.microseconds(until: clock.now())) / 1e6)
    return .ok
  }

  /// The releases whose noise keeps the promise together.
  private func mechanisms() throws(Failure) -> (GaussianMechanism, GaussianMechanism, network: GaussianMechanism?) {
    guard let sigma = RenyiCurve.sigma(epsilon: terms.epsilon, delta: terms.delta) else {
      throw session.usage(PrivateFlags.isPrivate, "has an epsilon so small that no noise is enough")
    }
    let (counts, pairs) = settings.mechanisms(mu: (1 - (steps?.share ?? 0)).squareRoot() / sigma)
    guard let steps else { return (counts, pairs, nil) }
    guard let network = steps.mechanism(terms, beside: [counts, pairs]) else {
      throw session.usage(PrivateFlags.network, "takes more steps than any noise allows")
    }
    return (counts, pairs, network)
  }

  /// The test that came with the data, over the public list.
  private func moved(_ test: [TestCase], _ places: [UInt32?]) -> [TestCase] {
    test.compactMap { one in
      let relevant = one.relevant.compactMap { places[Int($0)] }
      return relevant.isEmpty
        ? nil : TestCase(user: one.user, relevant: relevant, others: one.others?.compactMap { places[Int($0)] })
    }
  }

  private static func text(_ mechanism: PrivacyStatement.Mechanism) -> String {
    let often = mechanism.sampling < 1 ? " in each of \(mechanism.steps) steps" : ""
    return "\(mechanism.name): sigma \(Text.fixed(mechanism.sigma, 3))\(often)"
  }

  private func tell(_ statement: PrivacyStatement, seconds: Double) {
    session.print(
      .object([
        ("out", .text(place.out)), ("epsilon", .number(statement.epsilon)), ("delta", .number(statement.delta)),
        ("mu", .number(statement.mu)), ("kept_items", .int(statement.keptItems)), ("items", .int(items.count)),
        ("release", .int(statement.release)), ("total_epsilon", .number(statement.totalEpsilon)),
        ("noise", .text(statement.noise)), ("seconds", .number(seconds)),
      ]),
      human: """
          private           epsilon \(PrivacyLedger.text(statement.epsilon)) at delta \(statement.delta) towards each user's whole log
          noise             \(statement.mechanisms.map(Self.text).joined(separator: ", "))
          kept items        \(Text.grouped(statement.keptItems)) of \(Text.grouped(items.count)); the others are found by how often they were had alone
          ledger            release \(statement.release); epsilon of all releases \(PrivacyLedger.text(statement.totalEpsilon))
          time              \(Text.seconds(seconds))
        \(place.out.visible)/public: a model directory, which 'winnow model push \(place.out.visible)' sends
        \(place.out.visible)/holder: what an evaluation needs, for the data's holder alone

        """)
  }
}
