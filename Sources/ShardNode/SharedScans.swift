package import Kernels
package import Retrieval
import Vocabulary

/// The searches of a shard: as many at a time as there are threads for them, the rest scanned together with those.
///
/// A search that finds a seat free leads a scan, block by block; one that does not waits until a leader takes it in at
/// its next block. A leader whose own search is over hands the scan to a search that is still in it, so that its reply
/// does not wait for other searches. Admission bounds the number of searches that wait.
///
/// A search that finds all seats free takes them all: helpers scan its last blocks while it scans the first. A helper
/// gives its seat to the next search that waits, at its next block, so that under load each has one thread.
package final class SharedScans: Sendable {
  /// A search as its request brings it.
  package struct Search: Sendable {
    let snapshot: Snapshot
    let query: SearchQuery
    let shouldStop: @Sendable () -> Bool
    let shouldBegin: @Sendable () -> Bool

    /// - Parameters:
    ///   - shouldStop: Asked block by block.
    ///   - shouldBegin: Asked once, when a scan has room for the search; false: it is too late for it.
    package init(
      snapshot: Snapshot, query: SearchQuery, shouldStop: @escaping @Sendable () -> Bool = { false },
      shouldBegin: @escaping @Sendable () -> Bool = { true }
    ) {
      self.snapshot = snapshot
      self.query = query
      self.shouldStop = shouldStop
      self.shouldBegin = shouldBegin
    }
  }

  /// Why a search has no outcome.
  package enum Refusal: Error, Equatable {
    case vector(VectorError)
    /// A scan had room for it too late.
    case late
  }

  /// The next step of a search that waits.
  private enum Turn: Sendable {
    case over(SearchOutcome)
    case refused(Refusal)
    /// Lead this scan; the search is in it under this ticket, or not yet in it, and then `helpers` seats are for
    /// helpers.
    case lead(Lock<LedScan>, ticket: Int?, helpers: Int = 0)
  }

  /// A scan with a leader, and the searches that wait for their outcomes; only the leader locks it.
  private struct LedScan: Sendable {
    var scan: SharedScan
    private var nextTicket = 0
    private var waiters: [Int: CheckedContinuation<Turn, Never>] = [:]

    init(_ kernels: KernelSet) { scan = SharedScan(kernels: kernels) }

    mutating func join(
      _ search: Search, _ turn: CheckedContinuation<Turn, Never>? = nil, sharing shared: BlocksLeft? = nil
    ) throws(Refusal) -> Int {
      guard search.shouldBegin() else { throw .late }
      do throws(VectorError) {
        try scan.join(nextTicket, search.snapshot, search.query, sharing: shared, shouldStop: search.shouldStop)
      } catch { throw .vector(error) }
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
    mutating func removeNextLeader() -> (ticket: Int, turn: CheckedContinuation<Turn, Never>)? {
      guard let ticket = waiters.keys.min(), let turn = waiters.removeValue(forKey: ticket) else { return nil }
      return (ticket, turn)
    }
  }

  private struct Seats: Sendable {
    var free: Int
    /// Seats of helpers, who give them up as soon as they see a search wait.
    var helperCount = 0
    var waiting: [(search: Search, turn: CheckedContinuation<Turn, Never>)] = []
  }

  private let kernels: KernelSet
  private let seats: Lock<Seats>
  private let helpedItemsMin: Int
  /// The blocks after which a leader lets other work of its thread run: arrivals, writes.
  private static let blocksBetweenYields = 8

  /// - Parameters:
  ///   - seats: How many threads may scan at once.
  ///   - helpedItemsMin: A search through fewer items is over before help comes.
  package init(kernels: KernelSet, seats: Int, helpedItemsMin: Int = 65_536) {
    self.kernels = kernels
    self.helpedItemsMin = helpedItemsMin
    self.seats = Lock(Seats(free: max(seats, 1)))
  }

  /// The outcome of a search; the caller's thread may do the work of others meanwhile.
  package nonisolated(nonsending) func outcome(of search: Search) async throws(Refusal) -> SearchOutcome {
    let turn = await withCheckedContinuation { continuation in
      let helpers = seats.withLock { seats -> Int? in
        guard seats.free > 0 else {
          seats.waiting.append((search, continuation))
          return nil
        }
        seats.free -= 1
        guard search.snapshot.count >= helpedItemsMin else { return 0 }
        defer { seats.free = 0 }
        seats.helperCount += seats.free
        return seats.free
      }
      if let helpers { continuation.resume(returning: .lead(Lock(LedScan(kernels)), ticket: nil, helpers: helpers)) }
    }
    switch turn {
    case .over(let outcome): return outcome
    case .refused(let error): throw error
    case .lead(let led, let ticket?, _): return await lead(led, ticket)
    case .lead(let led, nil, let helpers):
      let shared = helpers > 0 ? BlocksLeft(search.snapshot) : nil
      let ticket: Int
      do throws(Refusal) {
        ticket = try led.withLock { (led) throws(Refusal) in try led.join(search, sharing: shared) }
      } catch {
        for _ in 0..<helpers { leaveHelp() }
        handOver(led)
        throw error
      }
      guard let shared else { return await lead(led, ticket) }
      return await withTaskGroup(of: SearchOutcome?.self) { group in
        for _ in 0..<helpers { group.addTask { await self.help(search, shared) } }
        var outcome = await lead(led, ticket)
        for await part in group {
          if let part { outcome.merge(part, limit: search.query.limit) }
        }
        return outcome
      }
    }
  }

  private nonisolated(nonsending) func lead(_ led: Lock<LedScan>, _ own: Int) async -> SearchOutcome {
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

  /// Scans the last blocks of a search until none is left or another search waits.
  private func help(_ search: Search, _ shared: BlocksLeft) async -> SearchOutcome? {
    defer { leaveHelp() }
    guard var part = try? HelpingScan(kernels: kernels, search.snapshot, search.query, shared) else { return nil }
    var blocks = 0
    while seats.withLock({ $0.waiting.isEmpty }), part.step(shouldStop: search.shouldStop) {
      blocks += 1
      if blocks % Self.blocksBetweenYields == 0 { await Task.yield() }
    }
    return part.finish()
  }

  private func leaveHelp() {
    seats.withLock { $0.helperCount -= 1 }
    freeSeat()
  }

  /// Lets searches that wait join a scan, the oldest first, while it has room; while there are helpers, those make room.
  private func takeIn(_ led: Lock<LedScan>) {
    while led.withLock({ $0.scan.hasRoom }) {
      guard
        let (search, turn) = seats.withLock({ seats in
          seats.waiting.isEmpty || seats.helperCount > 0 ? nil : seats.waiting.removeFirst()
        })
      else { return }
      do throws(Refusal) {
        _ = try led.withLock { (led) throws(Refusal) in try led.join(search, turn) }
      } catch {
        turn.resume(returning: .refused(error))
      }
    }
  }

  /// Gives a scan to the oldest search in it, or, if it is empty, to one that waits; else frees the seat.
  private func handOver(_ led: Lock<LedScan>) {
    if let (ticket, turn) = led.withLock({ $0.removeNextLeader() }) {
      turn.resume(returning: .lead(led, ticket: ticket))
      return
    }
    freeSeat()
  }

  /// Gives a seat to the oldest search that waits, if one does.
  private func freeSeat() {
    let next = seats.withLock { seats in
      if seats.waiting.isEmpty {
        seats.free += 1
        return nil as CheckedContinuation<Turn, Never>?
      }
      return seats.waiting.removeFirst().turn
    }
    next?.resume(returning: .lead(Lock(LedScan(kernels)), ticket: nil))
  }
}
