import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// An open loop of queries and writes: each is sent at its time, whatever became of those before it, and its latency counts
/// from that time.
struct GrowthLoad: Sendable {
  static let queriesPerSecond = 500
  static let writesPerSecond = 200
  /// In flight at most; what comes when there are so many has failed.
  private static let inFlightMax = 4000

  /// What became of a stretch of it.
  struct Outcome: Sendable, CustomStringConvertible {
    var queries: [Double] = []
    var writes: [Double] = []
    var failed = 0
    var changed = 0
    var firstFailure = ""
    /// Answers that are checked when nothing is timed any more.
    var unchecked: [(number: Int, results: [RankAnswer.Result])] = []

    func percentile(_ values: [Double], _ share: Double) -> Double {
      let sorted = values.sorted()
      return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    var queryP99: Double { percentile(queries, 0.99) }
    var writeP99: Double { percentile(writes, 0.99) }

    var description: String {
      func milliseconds(_ microseconds: Double) -> String { "\((microseconds / 100).rounded() / 10) ms" }
      return "\(queries.count) queries p50 \(milliseconds(percentile(queries, 0.5))) p99 \(milliseconds(queryP99)), "
        + "\(writes.count) writes p50 \(milliseconds(percentile(writes, 0.5))) p99 \(milliseconds(writeP99)) "
        + "most \(milliseconds(writes.max() ?? 0)), failed \(failed), changed \(changed)"
        + (firstFailure.isEmpty ? "" : " (\(firstFailure))")
    }
  }

  private enum Sample: Sendable {
    /// With what has to be recomputed of it.
    case query(Double, isRight: Bool, number: Int, [RankAnswer.Result])
    case write(Double)
    case failed(String)
  }

  let shop: GrowthShop
  let client: WinnowClient
  /// What each checked query was answered at rest.
  let reference: [[RankAnswer.Result]]

  /// Sends until `isOver` says so, told the seconds since the start, and waits for the last answers.
  ///
  /// - Parameter round: Makes the revisions of this stretch differ from those before.
  func run(round: Int, isOver: @escaping @Sendable (Double) -> Bool) async -> Outcome {
    let clock = SystemClock()
    let timers = client.executor
    return await withTaskGroup(of: Sample.self) { group in
      var outcome = Outcome()
      let start = clock.now()
      let perSecond = Self.queriesPerSecond + Self.writesPerSecond
      var number = 0
      var inFlight = 0
      while true {
        let due = start.advanced(microseconds: UInt64(number) * 1_000_000 / UInt64(perSecond))
        if clock.now() < due { await timers.sleep(until: due) }
        if isOver(Double(start.microseconds(until: due)) / 1e6) { break }
        let isWrite = number * Self.writesPerSecond % perSecond < Self.writesPerSecond
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
      return outcome
    }
  }

  private static func count(_ sample: Sample, in outcome: inout Outcome) {
    switch sample {
    case .query(let microseconds, let isRight, let number, let results):
      outcome.queries.append(microseconds)
      if !results.isEmpty { outcome.unchecked.append((number, results)) }
      if !isRight { outcome.changed += 1 }
    case .write(let microseconds): outcome.writes.append(microseconds)
    case .failed(let reason):
      outcome.failed += 1
      if outcome.firstFailure.isEmpty { outcome.firstFailure = reason }
    }
  }

  private func query(_ number: Int, _ due: Instant) async -> Sample {
    let index = number % (2 * GrowthShop.queryCount)
    do {
      let answer = try await client.rank(shop.query(index))
      let latency = Double(due.microseconds(until: SystemClock().now()))
      guard answer.report.coverage == 1_000_000 else { return .failed("coverage \(answer.report.coverage)") }
      let isChecked = shop.isChecked(index)
      let isRight = !isChecked || answer.results == reference[index]
      return .query(
        latency, isRight: isRight && answer.results.count == GrowthShop.k && answer.isExact, number: index,
        isChecked ? [] : answer.results)
    } catch { return .failed("\(error)") }
  }

  private func write(_ number: Int, _ round: Int, _ due: Instant) async -> Sample {
    let touched = UInt64(shop.count) / GrowthShop.touchedEvery
    let id = (UInt64(number) &* 7919 % touched + 1) * GrowthShop.touchedEvery
    let item = GrowthShop.item(id, revision: Int64(round * 10_000_000 + number))
    do {
      let outcome = try await client.upsert([item], schema: shop.schema, into: "shop", timeout: .seconds(10))
      let latency = Double(due.microseconds(until: SystemClock().now()))
      guard outcome.statuses == [.replaced] else { return .failed("a write: \(outcome)") }
      return .write(latency)
    } catch { return .failed("a write: \(error)") }
  }
}
