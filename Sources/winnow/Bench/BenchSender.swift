import LoadClient
import Vocabulary
import WinnowClient

/// Sends the requests of a workload and says what they came to.
struct BenchSender: Sendable {
  /// How long an exact answer may take.
  private static let exactTimeout = Duration.seconds(30)

  /// The share of writes whose items are asked for afterwards.
  private static let readBackShare = 0.1

  let client: WinnowClient
  let workload: Workload
  let collection: CollectionDescription
  /// The items written so far; `nil` for a load without writes.
  let written: Lock<WrittenItems>?
  /// The share of queries that are compared with the exact answer, and at which depths.
  let qualityShare: Double
  let qualityDepths: Set<Int>
  /// Candidates of the exact answer; `nil`: those of the query.
  let exactDepth: Int?
  /// Requests of all kinds so far.
  let sentCount = Lock(0)

  /// The request of an index.
  func send(_ index: Int) async -> LoadSample {
    switch workload.operation(index) {
    case .query(let query): await rank(query, index)
    case .upsert: await write(1, isDelete: false, index)
    case .delete: await write(1, isDelete: true, index)
    }
  }

  /// A batch of the feed beside the load.
  func feed(_ index: Int, items: Int) async -> LoadSample {
    await write(items, isDelete: false, index &+ 1 << 40)
  }

  /// Removes what was written.
  func cleanUp() async {
    let ids = written?.withLock { $0.touched } ?? []
    let client = client.waiting(atMost: BenchSetup.waitMax)
    for start in stride(from: 0, to: ids.count, by: 1000) {
      _ = try? await client.delete(ids[start..<min(start + 1000, ids.count)].map { ItemID($0) }, from: collection.name)
    }
  }

  private func rank(_ query: RankQuery, _ index: Int) async -> LoadSample {
    var query = query
    query.collection = collection.name
    if written != nil { query.attributes = .all }
    let moment = written?.withLock { $0.moment } ?? 0
    sentCount.withLock { $0 += 1 }
    let answer: RankAnswer
    do throws(WinnowError) { answer = try await client.rank(query) } catch {
      return LoadSample(.query, error)
    }
    var sample = LoadSample(.query, .answered(loadAnswer(answer, since: moment)))
    var draws = RequestDraws(seed: workload.seed ^ 0x5155_414C, index: index)
    if draws.unit() < qualityShare {
      sample.compare = { [query] in await compare(answer, to: query) }
    }
    return sample
  }

  private func loadAnswer(_ answer: RankAnswer, since moment: UInt64) -> LoadAnswer {
    var sample = LoadAnswer()
    sample.coverage = answer.report.coverage
    sample.isReranked = answer.report.model == nil || answer.report.reranked == answer.report.candidates
    sample.itemCount = answer.report.itemsCovered
    sample.passedCount = answer.report.passed
    sample.phases = Self.phases(answer.report.waterfall)
    guard let written else { return sample }
    written.withLock { written in
      for result in answer.results {
        guard let isRight = written.isRight(result.item.rawValue, result.attributes, since: moment) else { continue }
        sample.quality.check(isRight: isRight)
      }
    }
    return sample
  }

  /// Each phase once; of shards that work side by side the slowest, which is what the query waited for.
  static func phases(_ spans: [RankReport.Span]) -> [LoadAnswer.Phase] {
    var phases: [LoadAnswer.Phase] = []
    for span in spans {
      let name = span.phase + (span.shard == nil ? "" : ", slowest shard")
      let time = UInt64(max(0, span.durationMicroseconds))
      if let index = phases.firstIndex(where: { $0.name == name }) {
        phases[index] = LoadAnswer.Phase(name, microseconds: max(time, phases[index].microseconds))
      } else {
        phases.append(LoadAnswer.Phase(name, microseconds: time))
      }
    }
    return phases
  }

  private func compare(_ answer: RankAnswer, to query: RankQuery) async -> QualityTally {
    var query = query
    query.timeout = Self.exactTimeout
    query.minimumCoverage = 1_000_000
    query.attributes = .none
    if let exactDepth { query.depth = max(query.k, exactDepth) }
    var tally = QualityTally()
    sentCount.withLock { $0 += 1 }
    guard let exact = try? await client.rank(query), exact.isExact,
      exact.report.model == nil || exact.report.reranked == exact.report.candidates
    else {
      tally.fail()
      return tally
    }
    tally.compare(
      answer.results.map(\.item.rawValue), with: exact.results.map(\.item.rawValue), at: qualityDepths.union([query.k]))
    return tally
  }

  /// Writes or removes `count` items at once.
  private func write(_ count: Int, isDelete: Bool, _ index: Int) async -> LoadSample {
    let kind: LoadSample.Kind = isDelete ? .delete : .upsert
    guard let written else { return LoadSample(kind, .failed("NOT_SENT")) }
    var draws = RequestDraws(seed: workload.seed ^ 0x4944, index: index)
    let changes = written.withLock { written in
      (0..<count).compactMap { _ in written.begin(isDelete: isDelete, &draws) }
    }
    guard !changes.isEmpty else { return LoadSample(kind, .failed("NO_FREE_ID")) }
    sentCount.withLock { $0 += 1 }
    var statuses: [WriteOutcome.Status] = []
    var failure: WinnowError?
    do throws(WinnowError) {
      statuses =
        if isDelete {
          try await client.delete(changes.map { ItemID($0.id) }, from: collection.name).statuses
        } else {
          try await client.upsert(
            changes.map { change in written.withLock { $0.item(change) } }, schema: collection.schema,
            into: collection.name
          ).statuses
        }
    } catch { failure = error }
    written.withLock { written in
      for (place, change) in changes.enumerated() {
        let status = place < statuses.count ? statuses[place] : .unknown
        written.finished(change, isAcknowledged: status.isSettled && status != .conflict)
      }
    }
    if let failure { return LoadSample(kind, failure) }
    if let bad = statuses.first(where: { !$0.isSettled || $0 == .conflict }) {
      return LoadSample(kind, .failed("WRITE_\(bad)".uppercased()))
    }
    var sample = LoadSample(kind, .answered(LoadAnswer()))
    if draws.unit() < Self.readBackShare {
      sample.compare = { await readBack(changes.map(\.id), written) }
    }
    return sample
  }

  /// Asks for items that were written, and compares all of them with what they may be.
  private func readBack(_ ids: [UInt64], _ written: Lock<WrittenItems>) async -> QualityTally {
    let moment = written.withLock { $0.moment }
    var tally = QualityTally()
    sentCount.withLock { $0 += 1 }
    guard
      let answer = try? await client.get(
        ids.map { ItemID($0) }, from: collection.name, withEmbeddings: true, withRerankVectors: true),
      answer.unavailable == 0
    else { return tally }
    written.withLock { written in
      for id in ids {
        let stored = answer.items.first { $0.id.rawValue == id }
        tally.check(isRight: written.isRight(id, stored: stored, since: moment))
      }
    }
    return tally
  }
}

extension LoadSample {
  fileprivate init(_ kind: Kind, _ error: WinnowError) {
    self.init(kind, .failed(error.name))
    retryAfterMilliseconds = error.retryAfterMilliseconds
  }
}
