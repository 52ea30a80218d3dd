import CoordinatorNode
import Support
import Transport
import Vocabulary

/// A cluster as a queue sees it: it does so many queries a second however many it is given at once, up to a number beyond
/// which they only wait. Time jumps from event to event.
final class QueueModel {
  enum Fate: Equatable {
    case answered(latency: UInt64)
    /// Not within its time, though it was worked on.
    case late
    case refused(QueryQueue.Reason, after: UInt64, retryAfter: UInt32)
    case expired
  }

  private enum Event {
    case done(Int, admitted: UInt64, waited: UInt64)
    case again(Int)
    case expiry(ticket: QueryQueue.Ticket)
  }

  var queue: QueryQueue
  /// Microseconds of the cluster's time that a query takes.
  let workMicroseconds: UInt64
  /// Queries that the cluster works on together.
  let togetherMax: Int
  let patience: UInt64
  private(set) var fates: [(due: UInt64, fate: Fate, caller: CallerID)] = []
  /// Ascending, once they happen; those before `arrivedCount` have.
  private var arrivals: [(at: UInt64, index: Int)] = []
  private var arrivedCount = 0
  /// What follows from them.
  private var events = EventHeap<Event>()
  private var waiting: [QueryQueue.Ticket: (index: Int, since: UInt64)] = [:]
  private var dues: [(at: UInt64, caller: CallerID)] = []
  private var kept: [CallerID: UInt64] = [:]

  init(settings: QueryQueue.Settings, workMicroseconds: UInt64, togetherMax: Int, patience: UInt64) {
    queue = QueryQueue(settings)
    self.workMicroseconds = workMicroseconds
    self.togetherMax = togetherMax
    self.patience = patience
  }

  /// Queries at random distances, so many a second on average, over a stretch of time.
  func load(perSecond rate: Double, from start: UInt64, to end: UInt64, seed: UInt64, by caller: UInt64 = 1) {
    var random = SeededRandom(seed: seed)
    var time = Double(start)
    while true {
      // The distance of a Poisson stream, by thinning a step of a tenth of the mean.
      repeat { time += 1e5 / rate } while random.next() % 10 != 0
      guard time < Double(end) else { return }
      arrive(at: UInt64(time), by: CallerID(caller))
    }
  }

  /// Queries that come at once.
  func burst(_ count: Int, at time: UInt64) {
    for _ in 0..<count { arrive(at: time, by: CallerID(1)) }
  }

  /// A caller that always has as many queries here, until an instant: the end of one makes the next.
  func keep(_ count: Int, by caller: UInt64, until end: UInt64) {
    kept[CallerID(caller)] = end
    for _ in 0..<count { arrive(at: 0, by: CallerID(caller)) }
  }

  private func arrive(at time: UInt64, by caller: CallerID) {
    arrivals.append((time, dues.count))
    dues.append((time, caller))
  }

  /// Notes what became of a query; a caller that keeps its number asks again, at once or after the time it is told.
  private func note(_ index: Int, at time: UInt64, _ fate: Fate) {
    let (due, caller) = dues[index]
    fates.append((due, fate, caller))
    guard let end = kept[caller], time < end else { return }
    var next = time + 1
    if case .refused(_, _, let retryAfter) = fate { next += UInt64(retryAfter) * 1000 }
    dues.append((next, caller))
    add(next, .again(dues.count - 1))
  }

  private func add(_ time: UInt64, _ event: Event) {
    events.insert(event, at: time)
  }

  /// Lets everything happen.
  func run() {
    arrivals.sort { ($0.at, $0.index) < ($1.at, $1.index) }
    while true {
      if arrivedCount < arrivals.count, events.nextTime.map({ arrivals[arrivedCount].at <= $0 }) ?? true {
        let (time, index) = arrivals[arrivedCount]
        arrivedCount += 1
        enter(index, at: time)
        continue
      }
      guard let (time, event) = events.removeNext() else { return }
      let now = Instant(nanoseconds: time * 1000)
      switch event {
      case .done(let index, let admitted, let waited):
        let latency = time - dues[index].at
        let isWhole = latency <= patience
        note(index, at: time, isWhole ? .answered(latency: latency) : .late)
        queue.answered(worked: time - admitted, waited: waited, isWhole: isWhole, at: now)
        for release in queue.leave(dues[index].caller, after: time - admitted, at: now) {
          told(release, at: time)
        }
      case .again(let index): enter(index, at: time)
      case .expiry(let ticket):
        guard queue.withdraw(ticket, at: now), let (index, _) = waiting.removeValue(forKey: ticket) else { continue }
        note(index, at: time, .expired)
      }
    }
  }

  private func enter(_ index: Int, at time: UInt64) {
    let now = Instant(nanoseconds: time * 1000)
    switch queue.arrive(dues[index].caller, deadline: now.advanced(microseconds: patience), at: now) {
    case .admitted: begin(index, at: time)
    case .waits(let ticket, let displaced):
      waiting[ticket] = (index, time)
      add(time + patience, .expiry(ticket: ticket))
      if let displaced { told(displaced, at: time) }
    case .refused(let refusal):
      note(index, at: time, .refused(refusal.reason, after: 0, retryAfter: refusal.retryAfterMilliseconds))
    }
  }

  private func told(_ release: QueryQueue.Release, at time: UInt64) {
    guard let (index, since) = waiting.removeValue(forKey: release.ticket) else { return }
    guard let refusal = release.refusal else { return begin(index, at: time) }
    note(
      index, at: time,
      .refused(refusal.reason, after: time - since, retryAfter: refusal.retryAfterMilliseconds))
  }

  private func begin(_ index: Int, at time: UInt64) {
    let surplus = max(0, queue.inWork - togetherMax)
    add(
      time + UInt64(queue.inWork) * workMicroseconds,
      .done(index, admitted: time, waited: UInt64(surplus) * workMicroseconds))
  }

  /// Answers in time among queries of a stretch.
  func goodCount(from start: UInt64, to end: UInt64) -> Int {
    fates.count { if case .answered = $0.fate { (start..<end).contains($0.due) } else { false } }
  }
}

/// Events by time, and among those of one time in the order in which they were inserted: a binary heap.
private struct EventHeap<Event> {
  private var nodes: [(at: UInt64, order: Int, event: Event)] = []
  private var order = 0

  var nextTime: UInt64? { nodes.first?.at }

  mutating func insert(_ event: Event, at time: UInt64) {
    order += 1
    nodes.append((time, order, event))
    var place = nodes.count - 1
    while place > 0, isBefore(place, (place - 1) / 2) {
      nodes.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func removeNext() -> (at: UInt64, event: Event)? {
    guard let first = nodes.first else { return nil }
    nodes.swapAt(0, nodes.count - 1)
    nodes.removeLast()
    var place = 0
    while true {
      let children = (2 * place + 1)..<min(2 * place + 3, max(nodes.count, 2 * place + 1))
      guard let child = children.min(by: isBefore), isBefore(child, place) else { return (first.at, first.event) }
      nodes.swapAt(place, child)
      place = child
    }
  }

  private func isBefore(_ one: Int, _ other: Int) -> Bool {
    (nodes[one].at, nodes[one].order) < (nodes[other].at, nodes[other].order)
  }
}
