package import Vocabulary

/// Decides which queries are worked on, which wait and which are refused: a machine without I/O.
///
/// CoDel (Nichols & Jacobson 2012) on admission: overloaded when the minimum queueing delay over 100 ms exceeds 5 ms.
/// An empty queue never refuses.
///
/// While it is overloaded, the queue refuses a query on arrival unless its turn comes within those 5 ms, or within a
/// twentieth of the query's time: admitted queries are answered in time, and callers of refused ones know at once. A
/// short pause therefore fails no query that has time. Overload ends with 100 ms without a refusal whose minimum
/// delay is at most 5 ms. The queue also refuses a query whose budget is shorter than an answer in full takes, before
/// any work, unless the queue is empty: a partial answer is better than none then.
///
/// First come, first served: a line that is cut on arrival stays short, so letting the newest overtake gains nothing.
package struct QueryQueue: ~Copyable, Sendable {
  /// Settings of the queue.
  package struct Settings: Sendable {
    /// Queries in work at most.
    package var inWorkMax = 64
    /// Queries that wait at most.
    package var waitingMax = 512
    /// How long a standing delay may be.
    package var targetMicroseconds: UInt64 = 5_000
    /// The stretch over which a delay has to stand.
    package var stretchMicroseconds: UInt64 = 100_000

    /// The defaults.
    package init() {}
  }

  /// Why a query is refused.
  package enum Reason: String, Sendable, CaseIterable {
    /// As many wait as may.
    case full
    /// It would wait too long.
    case delay
    /// Its budget is too short for the work.
    case deadline
  }

  /// A query that is not worked on.
  package struct Refusal: Error, Hashable, Sendable {
    package let reason: Reason
    /// When what is here now will be done.
    package let retryAfterMilliseconds: UInt32
  }

  /// The answer to an arriving query.
  package enum Arrival: Sendable, Equatable {
    case admitted
    /// `released` will name the ticket.
    case waits(ticket: UInt64)
    case refused(Refusal)
  }

  /// The answer to a query that waited.
  package struct Release: Sendable, Equatable {
    package let ticket: UInt64
    /// `nil`: it is admitted.
    package let refusal: Refusal?
    /// How long it has waited.
    package let waitedMicroseconds: UInt64
  }

  private struct Waiting {
    let ticket: UInt64
    let arrival: Instant
    let deadline: Instant
  }

  private let settings: Settings
  private var limit: InFlightLimit
  private var depth = DepthShare()
  private var line: [Waiting] = []
  private var lastTicket: UInt64 = 0
  /// Queries that are being worked on.
  package private(set) var inWork = 0
  /// Whether a delay stands.
  package private(set) var isOverloaded = false

  // The stretch that runs.
  private var stretchEnd: Instant?
  private var lineDelay = StandingDelay()
  private var innerDelay = StandingDelay()
  private var wasFull = false
  private var hasRefused = false

  /// Moving averages: of the time in work of all queries, and of those that were answered in full.
  private var workMicroseconds: Double?
  private var wholeMicroseconds: Double?
  private var wholeAt: Instant?
  /// The share of its time that a query may wait.
  private static let waitingShare = 0.05
  /// The moving averages cover about this number of queries.
  private static let averageCount = 16.0
  /// An answer in full older than this says nothing about how long one takes now.
  private static let wholeMicrosecondsMax: UInt64 = 1_000_000

  /// An empty queue.
  package init(_ settings: Settings = Settings()) {
    self.settings = settings
    limit = InFlightLimit(ceiling: settings.inWorkMax)
  }

  /// Queries that wait.
  package var waitingCount: Int { line.count }
  /// Queries that may be in work now.
  package var inWorkLimit: Int { limit.count }
  /// The share of the depth asked for that queries get which allow less.
  package var depthShare: Double { depth.share }

  /// The candidates of a query: all that it asks for, unless it allows less and there is too much to do.
  package func depth(asked: Int, least: Int, k: Int) -> Int { depth.depth(asked: asked, least: least, k: k) }

  // MARK: Events

  /// A query has come.
  package mutating func arrive(deadline: Instant, at now: Instant) -> Arrival {
    advance(at: now)
    if line.isEmpty, inWork < limit.count {
      admit(waited: 0)
      return .admitted
    }
    wasFull = true
    if let reason = objection(deadline, at: now) {
      hasRefused = true
      return .refused(Refusal(reason: reason, retryAfterMilliseconds: retryAfterMilliseconds))
    }
    lastTicket += 1
    line.append(Waiting(ticket: lastTicket, arrival: now, deadline: deadline))
    return .waits(ticket: lastTicket)
  }

  /// A query that was in work is done.
  ///
  /// - Parameter worked: How long that took, in microseconds.
  /// - Returns: Whose turn it is now, and who need not wait any longer.
  package mutating func leave(after worked: UInt64, at now: Instant) -> [Release] {
    inWork -= 1
    workMicroseconds = Self.average(workMicroseconds, worked)
    advance(at: now)
    return release(at: now)
  }

  /// A query was answered.
  ///
  /// - Parameters:
  ///   - worked: How long the work took.
  ///   - waited: How much of that it waited all the same: for a thread, or at the slowest shard.
  ///   - isWhole: Whether nothing is missing from the answer for want of time.
  package mutating func answered(worked: UInt64, waited: UInt64, isWhole: Bool, at now: Instant) {
    innerDelay.note(waited)
    guard isWhole else { return }
    wholeMicroseconds = Self.average(wholeMicroseconds, worked)
    wholeAt = now
  }

  /// The caller waits for a query no more, or the query's time is up.
  ///
  /// - Returns: Whether it was still in the line.
  package mutating func withdraw(_ ticket: UInt64, at now: Instant) -> Bool {
    guard let place = line.firstIndex(where: { $0.ticket == ticket }) else { return false }
    // How long it has waited says nothing: its turn has not come.
    advance(at: now)
    line.remove(at: place)
    return true
  }

  // MARK: Inside

  private mutating func admit(waited: UInt64) {
    inWork += 1
    lineDelay.note(waited)
    if inWork >= limit.count { wasFull = true }
  }

  private func objection(_ deadline: Instant, at now: Instant) -> Reason? {
    guard line.count < settings.waitingMax else { return .full }
    let wait = turnMicroseconds * Double(line.count + 1)
    let left = Double(now.microseconds(until: deadline))
    if isOverloaded, wait > max(Double(settings.targetMicroseconds), left * Self.waitingShare) { return .delay }
    if let needed = neededMicroseconds(at: now), left < wait + needed { return .deadline }
    return nil
  }

  private mutating func release(at now: Instant) -> [Release] {
    var released: [Release] = []
    while inWork < limit.count, !line.isEmpty {
      let next = line.removeFirst()
      let waited = next.arrival.microseconds(until: now)
      if let needed = neededMicroseconds(at: now), Double(now.microseconds(until: next.deadline)) < needed {
        hasRefused = true
        lineDelay.note(waited)
        let refusal = Refusal(reason: .deadline, retryAfterMilliseconds: retryAfterMilliseconds)
        released.append(Release(ticket: next.ticket, refusal: refusal, waitedMicroseconds: waited))
        continue
      }
      admit(waited: waited)
      released.append(Release(ticket: next.ticket, refusal: nil, waitedMicroseconds: waited))
    }
    return released
  }

  /// How long an answer in full takes, if that is known.
  private func neededMicroseconds(at now: Instant) -> Double? {
    guard let wholeAt, wholeAt.microseconds(until: now) <= Self.wholeMicrosecondsMax else { return nil }
    return wholeMicroseconds
  }

  /// The time between two turns: `limit` queries are in work at once, each for `workMicroseconds`.
  private var turnMicroseconds: Double { (workMicroseconds ?? 0) / Double(max(1, limit.count)) }

  private var retryAfterMilliseconds: UInt32 {
    let drained = turnMicroseconds * Double(inWork + line.count) / 1000
    return UInt32(min(1000, max(1, drained.rounded(.up))))
  }

  /// Closes the stretch if it is over.
  private mutating func advance(at now: Instant) {
    guard let end = stretchEnd else { return stretchEnd = now.advanced(microseconds: settings.stretchMicroseconds) }
    guard now >= end else { return }
    // A line in which no query had its turn has a delay too: that of its oldest query.
    if lineDelay.leastMicroseconds == nil, let oldest = line.first {
      lineDelay.note(oldest.arrival.microseconds(until: now))
    }
    let standing = lineDelay.leastMicroseconds ?? 0
    if standing > settings.targetMicroseconds {
      isOverloaded = true
    } else if !hasRefused {
      isOverloaded = false
    }
    limit.passed(
      standing: innerDelay.leastMicroseconds, target: settings.targetMicroseconds, wasReached: wasFull)
    depth.passed(isOverloaded: isOverloaded, count: 1)
    let further = end.microseconds(until: now) / settings.stretchMicroseconds
    if further > 0 {
      // In which nothing happened: without a line that was calm.
      if line.isEmpty { isOverloaded = false }
      depth.passed(isOverloaded: isOverloaded, count: Int(min(further, 1000)))
    }
    lineDelay.reset()
    innerDelay.reset()
    wasFull = inWork >= limit.count
    hasRefused = false
    stretchEnd = now.advanced(microseconds: settings.stretchMicroseconds)
  }

  private static func average(_ average: Double?, _ value: UInt64) -> Double {
    guard let average else { return Double(value) }
    return average + (Double(value) - average) / averageCount
  }
}
