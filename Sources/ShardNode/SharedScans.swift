import Kernels
import Retrieval
import Vocabulary

/// The searches of a shard: as many at a time as there are threads for them, the rest scanned together with those.
///
/// There is no task and no thread here. A search that finds a seat free leads a scan, block by block; one that does not
/// waits until a leader takes it in at its next block. A leader whose own search is over hands the scan to a search that
/// is still in it, so that nobody's reply waits for others. How many wait is bounded by admission.
final class SharedScans: Sendable {
  /// A search as its request brings it.
  struct Search: Sendable {
    let snapshot: Snapshot
    let query: SearchQuery
    let shouldStop: @Sendable () -> Bool
  }

  /// What a search that waits is told.
  private enum Turn: Sendable {
    case over(SearchOutcome)
    case refused(VectorError)
    /// Lead this scan; the search is in it under this ticket, or not yet in it.
    case lead(Lock<Led>, ticket: Int?)
  }

  /// A scan and those who wait for its outcomes; only its leader locks it.
  private struct Led: Sendable {
    var scan: SharedScan<Int>
    private var nextTicket = 0
    private var waiters: [Int: CheckedContinuation<Turn, Never>] = [:]

    init(_ kernels: KernelSet) { scan = SharedScan(kernels: kernels) }

    mutating func join(_ search: Search, _ turn: CheckedContinuation<Turn, Never>? = nil) throws(VectorError) -> Int {
      try scan.join(nextTicket, search.snapshot, search.query, shouldStop: search.shouldStop)
      defer { nextTicket += 1 }
      waiters[nextTicket] = turn
      return nextTicket
    }

    /// Steps, answers those whose search is over, and returns the outcome of the leader's own if it is.
    mutating func step(own: Int) -> SearchOutcome? {
      var outcome: SearchOutcome?
      for finished in scan.step() {
        if finished.ticket == own { outcome = finished.outcome }
        waiters.removeValue(forKey: finished.ticket)?.resume(returning: .over(finished.outcome))
      }
      return outcome
    }

    /// Takes the oldest search that waits for its outcome.
    mutating func removeHeir() -> (ticket: Int, turn: CheckedContinuation<Turn, Never>)? {
      guard let ticket = waiters.keys.min(), let turn = waiters.removeValue(forKey: ticket) else { return nil }
      return (ticket, turn)
    }
  }

  private struct Hall: Sendable {
    var seatsFree: Int
    var waiting: [(search: Search, turn: CheckedContinuation<Turn, Never>)] = []
  }

  private let kernels: KernelSet
  private let hall: Lock<Hall>
  /// After so many blocks a leader lets other work of its thread run: arrivals, writes.
  private static let blocksBetweenYields = 8

  init(kernels: KernelSet, seats: Int) {
    self.kernels = kernels
    hall = Lock(Hall(seatsFree: max(seats, 1)))
  }

  /// The outcome of a search; the caller's thread may do the work of others meanwhile.
  nonisolated(nonsending) func outcome(of search: Search) async throws(VectorError) -> SearchOutcome {
    let turn = await withCheckedContinuation { continuation in
      let mayLead = hall.withLock { hall in
        if hall.seatsFree > 0 {
          hall.seatsFree -= 1
          return true
        }
        hall.waiting.append((search, continuation))
        return false
      }
      if mayLead { continuation.resume(returning: .lead(Lock(Led(kernels)), ticket: nil)) }
    }
    switch turn {
    case .over(let outcome): return outcome
    case .refused(let error): throw error
    case .lead(let led, let ticket): return try await lead(led, ticket, search)
    }
  }

  private nonisolated(nonsending) func lead(
    _ led: Lock<Led>, _ ticket: Int?, _ search: Search
  ) async throws(VectorError) -> SearchOutcome {
    let own: Int
    if let ticket {
      own = ticket
    } else {
      do throws(VectorError) {
        own = try led.withLock { (led) throws(VectorError) in try led.join(search) }
      } catch {
        handOver(led)
        throw error
      }
    }
    var blocks = 0
    while true {
      takeIn(led)
      if let outcome = led.withLock({ $0.step(own: own) }) {
        handOver(led)
        return outcome
      }
      blocks += 1
      if blocks % Self.blocksBetweenYields == 0 { await Task.yield() }
    }
  }

  /// Lets searches that wait join a scan, the oldest first, while it has room.
  private func takeIn(_ led: Lock<Led>) {
    while led.withLock({ $0.scan.hasRoom }) {
      guard let (search, turn) = hall.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) else { return }
      do throws(VectorError) {
        _ = try led.withLock { (led) throws(VectorError) in try led.join(search, turn) }
      } catch {
        turn.resume(returning: .refused(error))
      }
    }
  }

  /// Gives a scan to the oldest search in it, or, if it is empty, to one that waits; else frees the seat.
  private func handOver(_ led: Lock<Led>) {
    if let (ticket, turn) = led.withLock({ $0.removeHeir() }) {
      turn.resume(returning: .lead(led, ticket: ticket))
      return
    }
    let next = hall.withLock { hall in
      if hall.waiting.isEmpty {
        hall.seatsFree += 1
        return nil as CheckedContinuation<Turn, Never>?
      }
      return hall.waiting.removeFirst().turn
    }
    next?.resume(returning: .lead(led, ticket: nil))
  }
}
