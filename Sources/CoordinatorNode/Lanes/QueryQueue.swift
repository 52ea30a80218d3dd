package import Transport
package import Vocabulary

/// Decides which queries are worked on, which wait and which are refused: a machine without I/O.
///
/// Queries wait in a line for each caller, and callers take turns (`FairLine`), so the wait of a caller follows what it
/// has in line itself. CoDel (Nichols & Jacobson 2012) on admission, for each caller and for all together: overloaded
/// when the minimum queueing delay over 100 ms exceeds 5 ms. An empty queue never refuses.
///
/// While its caller or the whole is overloaded, the queue refuses a query on arrival unless its turn comes within 50 ms:
/// admitted queries are answered in time, and callers of refused ones know at once. A short pause therefore fails no
/// query that has time. Overload ends with 100 ms without a refusal whose minimum delay is at most 5 ms. The queue also
/// refuses a query whose budget is shorter than an answer in full takes, before any work, unless it need not wait: a
/// partial answer is better than none then. A full line makes room by the newest query of the caller that has the most.
///
/// Queries in work slow each other down, so a caller with many of them has only a few in work while a caller asks that
/// has one or two at a time (`companyMax`).
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
    /// How long a query may wait for its turn under overload.
    package var turnMicrosecondsMax: UInt64 = 50_000
    /// Queries that callers with many have in work together while a caller with few asks.
    package var companyMax = 2
    /// How long a caller that asked counts as asking.
    package var companyMicroseconds: UInt64 = 10_000_000

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

  /// A query in line.
  package typealias Ticket = FairLine<Waiting>.Ticket

  /// The answer to an arriving query.
  package enum Arrival: Sendable, Equatable {
    case admitted
    /// `leave` will name the ticket. A query of another caller may have lost its place to it.
    case waits(Ticket, displaced: Release?)
    case refused(Refusal)
  }

  /// The answer to a query that waited.
  package struct Release: Sendable, Equatable {
    package let ticket: Ticket
    /// `nil`: it is admitted.
    package let refusal: Refusal?
    /// How long it has waited.
    package let waitedMicroseconds: UInt64
  }

  /// What is known of a query in line.
  package struct Waiting: Sendable {
    fileprivate let arrival: Instant
    fileprivate let deadline: Instant
  }

  /// A delay that stands or not, by stretches.
  private struct Delay {
    var standing = StandingDelay()
    var hasRefused = false
    var isOverloaded = false

    /// Ends a stretch.
    mutating func end(oldest: UInt64?, target: UInt64) {
      // A line in which no query had its turn has a delay too: that of its oldest query.
      let least = standing.leastMicroseconds ?? oldest ?? 0
      if least > target { isOverloaded = true } else if !hasRefused { isOverloaded = false }
      standing.reset()
      hasRefused = false
    }
  }

  private struct Caller {
    var inWork = 0
    /// The most that it had in work and in line of late: falls by a twentieth with each stretch.
    var peak = 0.0
    var lastArrival: Instant
    var delay = Delay()

  }

  private let settings: Settings
  private var limit: InFlightLimit
  private var depth = DepthShare()
  private var line = FairLine<Waiting>()
  /// Callers with queries here or of late.
  private var callers: [CallerID: Caller] = [:]
  /// How many of the callers have few queries, as of the last look.
  private var fewCount = 0
  /// The most queries that a caller had at once, as of the last look.
  private var peak = 0.0
  /// Queries that are being worked on.
  package private(set) var inWork = 0

  // The stretch that runs.
  private var stretchEnd: Instant?
  private var delay = Delay()
  private var innerDelay = StandingDelay()
  private var wasFull = false

  /// Moving averages: of the time in work of all queries, and of those that were answered in full.
  private var workMicroseconds: Double?
  private var wholeMicroseconds: Double?
  private var wholeAt: Instant?
  /// The moving averages cover about this number of queries.
  private static let averageCount = 16.0
  /// An answer in full older than this says nothing about how long one takes now.
  private static let wholeMicrosecondsMax: UInt64 = 1_000_000
  /// A caller has few queries if it has at most `fewMax` at once, or at most this part of what the greediest has.
  private static let fewMax = 3.0
  private static let fewPart = 4.0
  private static let peakDecay = 0.95

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
  /// Whether a delay stands, of all queries or of those of a caller.
  package var isOverloaded: Bool { delay.isOverloaded || callers.values.contains { $0.delay.isOverloaded } }

  /// The candidates of a query: all that it asks for, unless it allows less and there is too much to do.
  package func depth(asked: Int, least: Int, k: Int) -> Int { depth.depth(asked: asked, least: least, k: k) }

  // MARK: Events

  /// A query has come.
  package mutating func arrive(_ id: CallerID, deadline: Instant, at now: Instant) -> Arrival {
    advance(at: now)
    if callers[id] == nil {
      callers[id] = Caller(lastArrival: now)
      fewCount += 1
    }
    callers[id]?.lastArrival = now
    note(line.count(of: id) + 1, of: id)
    // What waits while there is room waits for its caller's other queries.
    if inWork < limit.count, line.count(of: id) == 0, hasFew(id) || mayMany {
      admit(id, waited: 0)
      return .admitted
    }
    wasFull = true
    if let reason = objection(id, deadline, at: now) { return .refused(refuse(id, reason)) }
    let displaced = line.count < settings.waitingMax ? nil : line.removeNewestOfLongest(over: line.count(of: id) + 1)
    guard displaced != nil || line.count < settings.waitingMax else { return .refused(refuse(id, .full)) }
    let ticket = line.append(Waiting(arrival: now, deadline: deadline), from: id)
    return .waits(
      ticket,
      displaced: displaced.map { ticket, waiting in
        Release(
          ticket: ticket, refusal: refuse(ticket.caller, .full),
          waitedMicroseconds: waiting.arrival.microseconds(until: now))
      })
  }

  /// A query that was in work is done.
  ///
  /// - Parameter worked: How long that took, in microseconds.
  /// - Returns: Whose turn it is now, and who need not wait any longer.
  package mutating func leave(_ id: CallerID, after worked: UInt64, at now: Instant) -> [Release] {
    inWork -= 1
    callers[id]?.inWork -= 1
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
  package mutating func withdraw(_ ticket: Ticket, at now: Instant) -> Bool {
    // How long it has waited says nothing: its turn has not come.
    advance(at: now)
    return line.remove(ticket) != nil
  }

  // MARK: Inside

  private mutating func admit(_ id: CallerID, waited: UInt64) {
    inWork += 1
    callers[id]?.inWork += 1
    callers[id]?.delay.standing.note(waited)
    delay.standing.note(waited)
    if inWork >= limit.count { wasFull = true }
  }

  private mutating func refuse(_ id: CallerID, _ reason: Reason) -> Refusal {
    delay.hasRefused = true
    callers[id]?.delay.hasRefused = true
    return Refusal(reason: reason, retryAfterMilliseconds: retryAfterMilliseconds)
  }

  private func objection(_ id: CallerID, _ deadline: Instant, at now: Instant) -> Reason? {
    let wait = turnMicroseconds(of: id) * Double(line.turnsUntilNext(of: id))
    if delay.isOverloaded || callers[id]?.delay.isOverloaded ?? false, wait > Double(settings.turnMicrosecondsMax) {
      return .delay
    }
    if let needed = neededMicroseconds(at: now), Double(now.microseconds(until: deadline)) < wait + needed {
      return .deadline
    }
    return nil
  }

  private mutating func release(at now: Instant) -> [Release] {
    var released: [Release] = []
    while inWork < limit.count, let (ticket, next) = removeNext() {
      let waited = next.arrival.microseconds(until: now)
      if let needed = neededMicroseconds(at: now), Double(now.microseconds(until: next.deadline)) < needed {
        delay.standing.note(waited)
        callers[ticket.caller]?.delay.standing.note(waited)
        released.append(
          Release(ticket: ticket, refusal: refuse(ticket.caller, .deadline), waitedMicroseconds: waited))
        continue
      }
      admit(ticket.caller, waited: waited)
      released.append(Release(ticket: ticket, refusal: nil, waitedMicroseconds: waited))
    }
    return released
  }

  private mutating func removeNext() -> (ticket: Ticket, element: Waiting)? {
    let mayMany = mayMany
    // Apart from `self`, which says who has few.
    var line = FairLine<Waiting>()
    swap(&line, &self.line)
    defer { swap(&line, &self.line) }
    return line.removeNext { mayMany || hasFew($0) }
  }

  /// Whether callers with many queries may have one more in work: while a caller with few asks, all have only a few.
  private var mayMany: Bool {
    fewCount == 0 || callers.values.reduce(0) { $0 + (hasFew($1) ? 0 : $1.inWork) } < settings.companyMax
  }

  /// Takes in what a caller has here besides what is in work.
  private mutating func note(_ waiting: Int, of id: CallerID) {
    guard var caller = callers[id] else { return }
    let hadFew = hasFew(caller)
    caller.peak = max(caller.peak, Double(caller.inWork + waiting))
    callers[id] = caller
    peak = max(peak, caller.peak)
    if hadFew, !hasFew(caller) { fewCount -= 1 }
  }

  private func hasFew(_ id: CallerID) -> Bool { callers[id].map { hasFew($0) } ?? true }

  private func hasFew(_ caller: Caller) -> Bool { caller.peak <= max(Self.fewMax, peak / Self.fewPart) }

  /// How long an answer in full takes, if that is known.
  private func neededMicroseconds(at now: Instant) -> Double? {
    guard let wholeAt, wholeAt.microseconds(until: now) <= Self.wholeMicrosecondsMax else { return nil }
    return wholeMicroseconds
  }

  /// The time between two turns: `limit` queries are in work at once, each for `workMicroseconds`.
  private var turnMicroseconds: Double { (workMicroseconds ?? 0) / Double(max(1, limit.count)) }

  /// The time between two turns that a caller may have.
  private func turnMicroseconds(of id: CallerID) -> Double {
    guard fewCount > 0, !hasFew(id) else { return turnMicroseconds }
    return (workMicroseconds ?? 0) / Double(max(1, min(limit.count, settings.companyMax)))
  }

  private var retryAfterMilliseconds: UInt32 {
    let drained = turnMicroseconds * Double(inWork + line.count) / 1000
    return UInt32(min(1000, max(1, drained.rounded(.up))))
  }

  /// Closes the stretch if it is over.
  private mutating func advance(at now: Instant) {
    guard let end = stretchEnd else { return stretchEnd = now.advanced(microseconds: settings.stretchMicroseconds) }
    guard now >= end else { return }
    delay.end(
      oldest: line.oldest.map { $0.arrival.microseconds(until: now) }, target: settings.targetMicroseconds)
    limit.passed(
      standing: innerDelay.leastMicroseconds, target: settings.targetMicroseconds, wasReached: wasFull)
    depth.passed(isOverloaded: delay.isOverloaded, count: 1)
    let further = end.microseconds(until: now) / settings.stretchMicroseconds
    if further > 0 {
      // In which nothing happened: without a line that was calm.
      if line.count == 0 { delay.isOverloaded = false }
      depth.passed(isOverloaded: delay.isOverloaded, count: Int(min(further, 1000)))
    }
    innerDelay.reset()
    wasFull = inWork >= limit.count
    lookAtCallers(at: now)
    stretchEnd = now.advanced(microseconds: settings.stretchMicroseconds)
  }

  /// Closes the stretch of each caller, and forgets those that have asked for nothing of late.
  private mutating func lookAtCallers(at now: Instant) {
    peak = 0
    for (id, var caller) in callers {
      let waiting = line.count(of: id)
      caller.delay.end(
        oldest: line.first(of: id).map { $0.arrival.microseconds(until: now) }, target: settings.targetMicroseconds)
      if waiting == 0, caller.inWork == 0 { caller.delay.isOverloaded = false }
      let count = caller.inWork + waiting
      caller.peak = max(Double(count), caller.peak * Self.peakDecay)
      let isHere = count > 0 || caller.lastArrival.microseconds(until: now) <= settings.companyMicroseconds
      callers[id] = isHere ? caller : nil
      if isHere { peak = max(peak, caller.peak) }
    }
    fewCount = callers.values.count { hasFew($0) }
  }

  private static func average(_ average: Double?, _ value: UInt64) -> Double {
    guard let average else { return Double(value) }
    return average + (Double(value) - average) / averageCount
  }
}
