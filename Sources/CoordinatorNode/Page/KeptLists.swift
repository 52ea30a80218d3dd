import Telemetry
import Vocabulary
import Wire

/// A ranked list of which a page was shown.
struct KeptList: Sendable {
  let ids: [UInt64]
  let retrievalScores: [Float]
  /// Of the first `rankedCount`.
  let logits: [Float]
  let rankedCount: Int
  let lexicalScores: [Float]
  /// By how many places the steps have moved each.
  let moves: [[PageReport.Move]]
  /// What its first page said, without what belongs to that page alone.
  let report: RankReport
  let isExact: Bool
  let isRanked: Bool

  /// The memory that it takes, about.
  var byteCount: Int {
    512 + 20 * ids.count + moves.reduce(0) { $0 + 32 + 8 * $1.count }
      + report.page.facets.reduce(0) { $0 + $1.values.reduce(64) { $0 + 40 + $1.utf8.count } + 24 * $1.counts.count }
  }
}

/// The lists of which pages were shown a short while ago, in bounded memory: the oldest makes room.
final class KeptLists: Sendable {
  private struct State {
    var lists: [UInt64: (list: KeptList, since: Instant)] = [:]
    /// The oldest first; those that are gone stand in it until they are reached.
    var order: [UInt64] = []
    var byteCount = 0

    mutating func removeOldest() {
      guard let number = order.first else { return }
      order.removeFirst()
      if let kept = lists.removeValue(forKey: number) { byteCount -= kept.list.byteCount }
    }
  }

  private let bytesMax: Int
  private let microsecondsMax: UInt64
  private let clock: any MonotonicClock
  private let state = Lock(State())

  init(bytesMax: Int, microsecondsMax: UInt64, clock: any MonotonicClock, _ metrics: MetricRegistry) {
    (self.bytesMax, self.microsecondsMax, self.clock) = (bytesMax, microsecondsMax, clock)
    metrics.gauge("winnow_page_lists", help: "Lists that are kept for their next pages.") { [state] in
      Double(state.withLock { $0.lists.count })
    }
    metrics.gauge("winnow_page_lists_bytes", help: "Bytes of the lists that are kept for their next pages.") {
      [state] in
      Double(state.withLock { $0.byteCount })
    }
  }

  /// Keeps a list under a number.
  func keep(_ list: KeptList, as number: UInt64) {
    let now = clock.now()
    let bytes = list.byteCount
    guard bytes <= bytesMax else { return }
    state.withLock { state in
      while let oldest = state.order.first {
        let isOld = state.lists[oldest].map { $0.since.microseconds(until: now) >= microsecondsMax } ?? true
        guard isOld || state.byteCount + bytes > bytesMax else { break }
        state.removeOldest()
      }
      state.lists[number] = (list, now)
      state.order.append(number)
      state.byteCount += bytes
    }
  }

  /// The list of a number; `nil`: it is not kept any more.
  func find(_ number: UInt64) -> KeptList? {
    let now = clock.now()
    return state.withLock { state in
      guard let kept = state.lists[number], kept.since.microseconds(until: now) < microsecondsMax else { return nil }
      return kept.list
    }
  }
}
