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

  /// The next step.
  package enum Step: Sendable, Equatable {
    case send(Ticket)
    /// Nothing is due before.
    case wait(until: Instant)
    case done
  }

  private let plan: LoadPlan
  private let start: Instant
  private var schedule: ArrivalSchedule?
  /// When the next request is due; `nil` in a closed loop, and behind the last of a list.
  private var due: Instant?
  private var nextIndex = 0
  private var inFlight = 0
  private var report: LoadReport

  /// A run that begins at an instant.
  package init(_ plan: LoadPlan, start: Instant) {
    self.plan = plan
    self.start = start
    report = LoadReport(plan: plan)
    schedule = plan.schedule
    takeDue()
  }

  private var countedFrom: Instant { start.advanced(microseconds: plan.warmupMicroseconds) }
  private var end: Instant { countedFrom.advanced(microseconds: plan.durationMicroseconds) }

  private mutating func takeDue() {
    due = schedule?.next().map { nanoseconds in
      let (sum, overflow) = start.nanoseconds.addingReportingOverflow(nanoseconds)
      return Instant(nanoseconds: overflow ? .max : sum)
    }
  }

  /// The step to take now; call it again after each request that was sent.
  package mutating func next(at now: Instant) -> Step {
    while true {
      guard let intended = plan.isOpen ? due : now, intended < end else {
        // The last answer may have come long before the end: what is counted is counted over the whole stretch.
        report.elapsedMicroseconds = max(report.elapsedMicroseconds, plan.durationMicroseconds)
        return .done
      }
      guard intended <= now else { return .wait(until: intended) }
      takeDue()
      let ticket = Ticket(index: nextIndex, intended: intended, sent: now, isCounted: intended >= countedFrom)
      nextIndex += 1
      let isUnsent = plan.isOpen && inFlight >= plan.inFlightMax
      if ticket.isCounted {
        report.sendCount += 1
        // Those who would have waited longest are the ones not sent: what is left looks better than it was.
        if isUnsent || intended.microseconds(until: now) > plan.lateMicroseconds { report.lateCount += 1 }
        if isUnsent { report.unsentCount += 1 }
      }
      if isUnsent { continue }
      inFlight += 1
      return .send(ticket)
    }
  }

  /// Takes in what a request came to.
  package mutating func finished(_ ticket: Ticket, _ sample: LoadSample, at now: Instant) {
    inFlight -= 1
    guard ticket.isCounted else { return }
    report.add(
      sample, latency: ticket.intended.microseconds(until: now), service: ticket.sent.microseconds(until: now),
      at: countedFrom.microseconds(until: now))
  }

  /// Takes in how good an answer was; the answer may be one of the warm-up, which is as good as any other.
  package mutating func compared(_ quality: QualityTally) { report.quality.merge(quality) }

  /// The run was ended before its time, or its last answer is there.
  package mutating func ended(at now: Instant) {
    let counted = min(countedFrom.microseconds(until: now), plan.durationMicroseconds)
    report.elapsedMicroseconds = max(report.elapsedMicroseconds, counted)
  }

  /// The tally so far.
  package func result() -> LoadReport { report }
}
