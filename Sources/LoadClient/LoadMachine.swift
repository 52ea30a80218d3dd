import Telemetry
package import Vocabulary

/// Decides when requests are sent and keeps the tally; never reads a clock and sends nothing itself.
package struct LoadMachine: Sendable {
  /// A request that is to be sent now.
  package struct Ticket: Sendable, Equatable {
    /// Counts from 0 over the whole run.
    package let index: Int
    /// When it was due.
    package let intended: Instant
    package let sent: Instant
    /// False in the warm-up.
    package let isCounted: Bool
  }

  /// What to do next.
  package enum Step: Sendable, Equatable {
    case send(Ticket)
    /// Nothing is due before.
    case wait(until: Instant)
    case done
  }

  private let plan: LoadPlan
  private let start: Instant
  private var schedule: ArrivalSchedule?
  private var due: Instant
  private var nextIndex = 0
  private var inFlight = 0
  private var report: LoadReport

  /// A run that begins at an instant.
  package init(_ plan: LoadPlan, start: Instant) {
    self.plan = plan
    self.start = start
    report = LoadReport(plan: plan)
    due = start
    if case .open(let rate, let arrivals) = plan.mode {
      var schedule = ArrivalSchedule(arrivals, rate: rate, seed: plan.seed)
      due = Self.instant(start, schedule.next())
      self.schedule = schedule
    }
  }

  private var countedFrom: Instant { start.advanced(microseconds: plan.warmupMicroseconds) }
  private var end: Instant { countedFrom.advanced(microseconds: plan.durationMicroseconds) }

  private static func instant(_ start: Instant, _ nanoseconds: UInt64) -> Instant {
    let (sum, overflow) = start.nanoseconds.addingReportingOverflow(nanoseconds)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// What to do now; call it again after each request that was sent.
  package mutating func next(at now: Instant) -> Step {
    while true {
      let intended = schedule == nil ? now : due
      guard intended < end else { return .done }
      guard intended <= now else { return .wait(until: intended) }
      if var schedule {
        due = Self.instant(start, schedule.next())
        self.schedule = schedule
      }
      let ticket = Ticket(index: nextIndex, intended: intended, sent: now, isCounted: intended >= countedFrom)
      nextIndex += 1
      if ticket.isCounted {
        report.sendCount += 1
        if intended.microseconds(until: now) > LoadReport.lateMicroseconds { report.lateCount += 1 }
      }
      if schedule != nil, inFlight >= plan.inFlightMax {
        if ticket.isCounted { report.errors["NOT_SENT", default: 0] += 1 }
        continue
      }
      inFlight += 1
      return .send(ticket)
    }
  }

  /// Takes in what a request came to.
  package mutating func finished(_ ticket: Ticket, _ sample: LoadSample, at now: Instant) {
    inFlight -= 1
    guard ticket.isCounted else { return }
    switch sample {
    case .failed(let name): report.errors[name, default: 0] += 1
    case .answered(let isCovered, let isReranked):
      if !isCovered { report.uncoveredCount += 1 }
      if !isReranked { report.unrerankedCount += 1 }
      report.latency.record(microseconds: ticket.intended.microseconds(until: now))
      report.service.record(microseconds: ticket.sent.microseconds(until: now))
    }
    report.elapsedMicroseconds = max(
      report.elapsedMicroseconds, max(countedFrom.microseconds(until: now), 1))
  }

  /// The tally so far.
  package func result() -> LoadReport { report }
}
