import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// An open loop of queries and writes: each is sent at its time, whatever became of those before it, and its latency counts
/// from that time. What is refused for now is sent again, as a front end does.
struct GrowthLoad: Sendable {
  /// In flight at most; what comes when there are so many has failed.
  private static let inFlightMax = 4000
  private static let (patienceMicroseconds, pauseMicroseconds): (UInt64, UInt64) = (5_000_000, 50_000)

  /// What became of a stretch of it.
  struct Outcome: Sendable, CustomStringConvertible {
    var queries: [Double] = []
    var writes: [Double] = []
    /// The newest revision of each item that was acknowledged, by its id.
    var written: [UInt64: Int64] = [:]
    var failed = 0
    /// Refusals for now, each of which was sent again.
    var refused = 0
    var changed = 0
    var firstFailure = ""
    /// Answers that are checked when nothing is timed any more.
    var unchecked: [(number: Int, results: [RankAnswer.Result])] = []

    static func percentile(_ values: [Double], _ share: Double) -> Double {
      let sorted = values.sorted()
      return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    var queryP99: Double { Self.percentile(queries, 0.99) }
    var writeP99: Double { Self.percentile(writes, 0.99) }

    var description: String {
      func milliseconds(_ microseconds: Double) -> String { "\((microseconds / 100).rounded() / 10) ms" }
      return
        "\(queries.count) queries p50 \(milliseconds(Self.percentile(queries, 0.5))) p99 \(milliseconds(queryP99)), "
        + "\(writes.count) writes p50 \(milliseconds(Self.percentile(writes, 0.5))) p99 \(milliseconds(writeP99)) "
        + "most \(milliseconds(writes.max() ?? 0)), failed \(failed), refused for now \(refused), changed \(changed)"
        + (firstFailure.isEmpty ? "" : " (\(firstFailure))")
    }
  }

  private enum Sample: Sendable {
    /// With what has to be recomputed of it.
    case query(Double, isRight: Bool, number: Int, [RankAnswer.Result])
    case write(Double, id: UInt64, revision: Int64)
    case failed(String)
  }

  let shop: GrowthShop
  let client: WinnowClient
  /// What each checked query was answered at rest.
  let reference: [[RankAnswer.Result]]
  let queriesPerSecond: Int
  let writesPerSecond: Int
  private let refused = Lock(0)

  /// Creates the collection, writes all items, and looks at what queries find then; some of that is computed here too.
  init(
    filling shop: GrowthShop, _ client: WinnowClient, queriesPerSecond: Int = 500, writesPerSecond: Int = 200
  ) async throws {
    (self.shop, self.client) = (shop, client)
    (self.queriesPerSecond, self.writesPerSecond) = (queriesPerSecond, writesPerSecond)
    try await ServiceCluster.create(shop.schema, client)
    _ = try await Self.feed(shop, client)
    var reference: [[RankAnswer.Result]] = []
    for number in 0..<2 * GrowthShop.queryCount {
      let answer = shop.isChecked(number) ? try await client.rank(shop.query(number)) : nil
      let results = answer?.results ?? []
      guard results.allSatisfy({ shop.isRight($0, number) }) else {
        throw WrongResult(description: "query \(number) has wrong scores")
      }
      if let answer, number < 8, results.map(\.item.rawValue) != shop.answer(number) {
        throw WrongResult(
          description: "query \(number) is answered wrongly at rest, coverage \(answer.report.coverage)")
      }
      reference.append(results)
    }
    self.reference = reference
  }

  /// What queries found at rest, for the fingerprint of a result.
  var fingerprint: [UInt32] { reference.flatMap { $0.map { UInt32(truncatingIfNeeded: $0.item.rawValue) } } }

  /// Writes all items as they were at first.
  ///
  /// - Returns: How long that took, in microseconds.
  func feed() async throws -> Double { try await Self.feed(shop, client) }

  private static func feed(_ shop: GrowthShop, _ client: WinnowClient) async throws -> Double {
    let clock = SystemClock()
    let start = clock.now()
    var ids = (1...UInt64(shop.count)).makeIterator()
    let summary = await Feeder(client, collection: "shop", schema: shop.schema).feed {
      ids.next().map { Feeder.Element(tag: Int($0), item: GrowthShop.item($0, revision: 0)) }
    }
    guard summary.isWhole else { throw WrongResult(description: "the feed failed: \(summary)") }
    return Double(start.microseconds(until: clock.now()))
  }

  /// Sends while something is done.
  func amid(round: Int, _ body: () async throws -> Void) async throws -> Outcome {
    let isOver = Lock(false)
    async let loaded = run(round: round) { _ in isOver.withLock { $0 } }
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    isOver.withLock { $0 = true }
    let outcome = await loaded
    try result.get()
    return outcome
  }

  /// Whether nothing has failed or changed, and everything that was acknowledged is there.
  ///
  /// - Parameter mayFail: What has failed, or was answered in part, is counted by the caller.
  func check(_ outcome: Outcome, mayFail: Bool = false) async throws {
    guard mayFail || outcome.failed == 0, outcome.changed == 0, !outcome.queries.isEmpty, !outcome.writes.isEmpty else {
      throw WrongResult(description: "something failed or changed: \(outcome)")
    }
    let ids = outcome.written.keys.sorted()
    for start in stride(from: 0, to: ids.count, by: 500) {
      let part = ids[start..<min(start + 500, ids.count)]
      let found = try await client.get(part.map { ItemID($0) }, from: "shop", attributes: .named(["revision"])).items
      let lost = zip(part, found).filter { id, item in
        item.id.rawValue != id || item.attributes.first?.value != .int(outcome.written[id] ?? 0)
      }
      guard lost.isEmpty, found.count == part.count else {
        throw WrongResult(description: "lost: \(lost.count + part.count - found.count) acknowledged writes")
      }
    }
  }

  /// Sends until `isOver` says so, told the seconds since the start, and waits for the last answers.
  ///
  /// - Parameter round: Makes the revisions of this stretch differ from those before.
  func run(round: Int, isOver: @escaping @Sendable (Double) -> Bool) async -> Outcome {
    let clock = SystemClock()
    let timers = client.executor
    return await withTaskGroup(of: Sample.self) { group in
      var outcome = Outcome()
      let start = clock.now()
      let perSecond = queriesPerSecond + writesPerSecond
      var number = 0
      var inFlight = 0
      while true {
        let due = start.advanced(microseconds: UInt64(number) * 1_000_000 / UInt64(perSecond))
        if clock.now() < due { await timers.sleep(until: due) }
        if isOver(Double(start.microseconds(until: due)) / 1e6) { break }
        let isWrite = number * writesPerSecond % perSecond < writesPerSecond
        if inFlight < Self.inFlightMax {
          inFlight += 1
          let sent = number
          group.addTask { isWrite ? await write(sent, round, due) : await query(sent, due) }
        } else {
          outcome.failed += 1
        }
        number += 1
        while inFlight > 200, let sample = await group.next() {
          inFlight -= 1
          Self.count(sample, in: &outcome)
          if clock.now() >= start.advanced(microseconds: UInt64(number) * 1_000_000 / UInt64(perSecond)) { break }
        }
      }
      for await sample in group { Self.count(sample, in: &outcome) }
      let wrong = outcome.unchecked.count { unchecked in
        !unchecked.results.allSatisfy { shop.isRight($0, unchecked.number) }
      }
      outcome.changed += wrong
      outcome.unchecked = []
      outcome.refused = refused.withLock { count in
        defer { count = 0 }
        return count
      }
      return outcome
    }
  }

  private static func count(_ sample: Sample, in outcome: inout Outcome) {
    switch sample {
    case .query(let microseconds, let isRight, let number, let results):
      outcome.queries.append(microseconds)
      if !results.isEmpty { outcome.unchecked.append((number, results)) }
      if !isRight { outcome.changed += 1 }
    case .write(let microseconds, let id, let revision):
      outcome.writes.append(microseconds)
      outcome.written[id] = max(outcome.written[id] ?? 0, revision)
    case .failed(let reason):
      outcome.failed += 1
      if outcome.firstFailure.isEmpty { outcome.firstFailure = reason }
    }
  }

  /// Waits after a query or a write was refused because there is too much to do.
  ///
  /// - Returns: Whether it is to be sent again: that is all that has happened, and it is young.
  private func waits(after error: any Error, _ due: Instant) async -> Bool {
    guard let error = error as? WinnowError, error.name == "OVERLOADED", !error.isIndefinite else { return false }
    let now = client.executor.clock.now()
    guard due.microseconds(until: now) < Self.patienceMicroseconds else { return false }
    refused.withLock { $0 += 1 }
    await client.executor.sleep(until: now.advanced(microseconds: Self.pauseMicroseconds))
    return true
  }

  private func query(_ number: Int, _ due: Instant) async -> Sample {
    let index = number % (2 * GrowthShop.queryCount)
    while true {
      do {
        let answer = try await client.rank(shop.query(index))
        let latency = Double(due.microseconds(until: SystemClock().now()))
        guard answer.report.coverage == 1_000_000 else { return .failed("coverage \(answer.report.coverage)") }
        let isChecked = shop.isChecked(index)
        let isRight = !isChecked || answer.results == reference[index]
        return .query(
          latency, isRight: isRight && answer.results.count == GrowthShop.k && answer.isExact, number: index,
          isChecked ? [] : answer.results)
      } catch {
        guard await waits(after: error, due) else { return .failed("\(error)") }
      }
    }
  }

  private func write(_ number: Int, _ round: Int, _ due: Instant) async -> Sample {
    let touched = UInt64(shop.count) / GrowthShop.touchedEvery
    let id = (UInt64(number) &* 7919 % touched + 1) * GrowthShop.touchedEvery
    let revision = Int64(round * 10_000_000 + number)
    let item = GrowthShop.item(id, revision: revision)
    while true {
      do {
        let outcome = try await client.upsert([item], schema: shop.schema, into: "shop", timeout: .seconds(10))
        let latency = Double(due.microseconds(until: SystemClock().now()))
        guard outcome.statuses == [.replaced] else { return .failed("a write: \(outcome)") }
        return .write(latency, id: id, revision: revision)
      } catch {
        guard await waits(after: error, due) else { return .failed("a write: \(error)") }
      }
    }
  }
}
