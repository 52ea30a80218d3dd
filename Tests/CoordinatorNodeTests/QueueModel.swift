import CoordinatorNode
import Support
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
    case expiry(ticket: UInt64)
  }

  var queue: QueryQueue
  /// Microseconds of the cluster's time that a query takes.
  let workMicroseconds: UInt64
  /// Queries that the cluster works on together.
  let togetherMax: Int
  let patience: UInt64
  private(set) var fates: [(due: UInt64, fate: Fate)] = []
  /// Ascending, once they happen; those before `arrivedCount` have.
  private var arrivals: [(at: UInt64, index: Int)] = []
  private var arrivedCount = 0
  /// What follows from them: a few hundred at a time.
  private var events: [(at: UInt64, order: Int, event: Event)] = []
  private var waiting: [UInt64: (index: Int, since: UInt64)] = [:]
  private var dues: [UInt64] = []
  private var order = 0

  init(settings: QueryQueue.Settings, workMicroseconds: UInt64, togetherMax: Int, patience: UInt64) {
    queue = QueryQueue(settings)
    self.workMicroseconds = workMicroseconds
    self.togetherMax = togetherMax
    self.patience = patience
  }

  /// Queries at random distances, so many a second on average, over a stretch of time.
  func load(perSecond rate: Double, from start: UInt64, to end: UInt64, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var time = Double(start)
    while true {
      // The distance of a Poisson stream, by thinning a step of a tenth of the mean.
      repeat { time += 1e5 / rate } while random.next() % 10 != 0
      guard time < Double(end) else { return }
      arrive(at: UInt64(time))
    }
  }

  /// Queries that come at once.
  func burst(_ count: Int, at time: UInt64) {
    for _ in 0..<count { arrive(at: time) }
  }

  private func arrive(at time: UInt64) {
    arrivals.append((time, dues.count))
    dues.append(time)
  }

  private func add(_ time: UInt64, _ event: Event) {
    order += 1
    events.append((time, order, event))
  }

  /// Lets everything happen.
  func run() {
    arrivals.sort { ($0.at, $0.index) < ($1.at, $1.index) }
    while true {
      let next = events.indices.min { (events[$0].at, events[$0].order) < (events[$1].at, events[$1].order) }
      if arrivedCount < arrivals.count, next.map({ arrivals[arrivedCount].at <= events[$0].at }) ?? true {
        let (time, index) = arrivals[arrivedCount]
        arrivedCount += 1
        enter(index, at: time)
        continue
      }
      guard let next else { return }
      let (time, _, event) = events[next]
      events.swapAt(next, events.count - 1)
      events.removeLast()
      let now = Instant(nanoseconds: time * 1000)
      switch event {
      case .done(let index, let admitted, let waited):
        let latency = time - dues[index]
        let isWhole = latency <= patience
        fates.append((dues[index], isWhole ? .answered(latency: latency) : .late))
        queue.answered(worked: time - admitted, waited: waited, isWhole: isWhole, at: now)
        for release in queue.leave(after: time - admitted, at: now) {
          guard let (index, since) = waiting.removeValue(forKey: release.ticket) else { continue }
          guard let refusal = release.refusal else {
            begin(index, at: time)
            continue
          }
          fates.append(
            (since, .refused(refusal.reason, after: time - since, retryAfter: refusal.retryAfterMilliseconds)))
        }
      case .expiry(let ticket):
        guard queue.withdraw(ticket, at: now), let (_, since) = waiting.removeValue(forKey: ticket) else { continue }
        fates.append((since, .expired))
      }
    }
  }

  private func enter(_ index: Int, at time: UInt64) {
    let now = Instant(nanoseconds: time * 1000)
    switch queue.arrive(deadline: now.advanced(microseconds: patience), at: now) {
    case .admitted: begin(index, at: time)
    case .waits(let ticket):
      waiting[ticket] = (index, time)
      add(time + patience, .expiry(ticket: ticket))
    case .refused(let refusal):
      fates.append((time, .refused(refusal.reason, after: 0, retryAfter: refusal.retryAfterMilliseconds)))
    }
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
