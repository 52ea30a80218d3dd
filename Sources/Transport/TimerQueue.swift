package import Vocabulary

/// Bodies to run at instants: a binary heap with cancellation, the part that every executor with time shares.
package struct TimerQueue: Sendable {
  private struct Entry: Sendable {
    let instant: Instant
    let number: UInt64

    /// Equal instants fire in the order in which they were added.
    func precedes(_ other: Entry) -> Bool {
      instant != other.instant ? instant < other.instant : number < other.number
    }
  }

  private struct Body: Sendable {
    let run: @Sendable () -> Void
  }

  /// Entries of cancelled timers stay until they surface, or until they are the larger half.
  private var heap: [Entry] = []
  private var bodies: [UInt64: Body] = [:]
  private var lastNumber: UInt64 = 0

  /// An empty queue.
  package init() {}

  /// How many timers wait.
  package var count: Int { bodies.count }

  /// When the next timer is due; `nil` if none waits.
  ///
  /// - Complexity: amortised O(log n).
  package mutating func nextInstant() -> Instant? {
    while let first = heap.first {
      if bodies[first.number] != nil { return first.instant }
      removeFirst()
    }
    return nil
  }

  /// Adds a timer and returns its number, which is never 0.
  ///
  /// - Complexity: O(log n).
  package mutating func add(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> UInt64 {
    lastNumber += 1
    bodies[lastNumber] = Body(run: body)
    heap.append(Entry(instant: instant, number: lastNumber))
    siftUp(from: heap.count - 1)
    return lastNumber
  }

  /// Forgets a timer; does nothing if it is gone.
  package mutating func cancel(_ number: UInt64) {
    guard bodies.removeValue(forKey: number) != nil else { return }
    if heap.count > 64, heap.count > 2 * bodies.count { compact() }
  }

  /// Takes the number of the first timer that is due at `now`; `nil` if none is. It can be cancelled until `claim`.
  ///
  /// - Complexity: amortised O(log n).
  package mutating func popDue(at now: Instant) -> UInt64? {
    guard let next = nextInstant(), next <= now else { return nil }
    defer { removeFirst() }
    return heap[0].number
  }

  /// Takes the body of a timer that was popped; `nil` if it has been cancelled since.
  package mutating func claim(_ number: UInt64) -> (@Sendable () -> Void)? {
    bodies.removeValue(forKey: number)?.run
  }

  private mutating func compact() {
    heap.removeAll { bodies[$0.number] == nil }
    for index in stride(from: heap.count / 2, through: 0, by: -1) { siftDown(from: index) }
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    siftDown(from: 0)
  }

  private mutating func siftUp(from start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(from start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].precedes(heap[least]) { least = child }
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
