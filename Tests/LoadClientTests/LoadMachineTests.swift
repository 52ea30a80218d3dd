import LoadClient
import Telemetry
import Testing
import Vocabulary

struct LoadMachineTests {
  private func open(_ rate: Double, warmup: UInt64 = 0, duration: UInt64 = 1_000_000) -> LoadPlan {
    LoadPlans.open(rate, warmup: warmup, duration: duration)
  }

  private func at(_ microseconds: UInt64) -> Instant { LoadPlans.at(microseconds) }

  @Test func nothingIsSentBeforeItIsDue() {
    var machine = LoadMachine(open(1000), start: at(0))
    guard case .send(let first) = machine.next(at: at(0)) else {
      Issue.record("the first is due at once")
      return
    }
    #expect(first.index == 0)
    #expect(machine.next(at: at(0)) == .wait(until: at(1000)))
    #expect(machine.next(at: at(999)) == .wait(until: at(1000)))
  }

  @Test func lateClientSendsWhatWasDueAndCountsFromThen() {
    var machine = LoadMachine(open(1000), start: at(0))
    var tickets: [LoadMachine.Ticket] = []
    while case .send(let ticket) = machine.next(at: at(5000)) { tickets.append(ticket) }
    #expect(tickets.map(\.intended) == (0...5).map { at(UInt64($0) * 1000) })
    machine.finished(tickets[0], LoadPlans.whole, at: at(6000))
    let report = machine.result()
    #expect(report.queries.latency.microsecondsMax == 6000)
    #expect(report.queries.service.microsecondsMax == 1000)
    #expect(report.lateCount == 4)
    #expect(!report.isOnTime && !report.hasLatency)
  }

  @Test func moreIsOnTimeWhereThePromiseIsLong() {
    var plan = open(1000)
    plan.lateMicroseconds = 4000
    var machine = LoadMachine(plan, start: at(0))
    while case .send = machine.next(at: at(5000)) {}
    #expect(machine.result().lateCount == 1)
  }

  @Test func rateIsOverTheWholeStretchAndNotUpToTheLastAnswer() throws {
    var machine = LoadMachine(open(10, warmup: 50_000, duration: 100_000), start: at(0))
    var tickets: [LoadMachine.Ticket] = []
    while case .send(let ticket) = machine.next(at: at(100_000)) { tickets.append(ticket) }
    let counted = try #require(tickets.last)
    machine.finished(counted, LoadPlans.whole, at: at(101_400))
    guard case .done = machine.next(at: at(101_400)) else {
      Issue.record("nothing more is due")
      return
    }
    machine.ended(at: at(101_400))
    #expect(machine.result().answerCount == 1)
    #expect(abs(machine.result().answersPerSecond - 10) < 1e-9)
    // A last answer that comes late makes the stretch longer.
    machine.finished(counted, LoadPlans.whole, at: at(250_000))
    #expect(abs(machine.result().answersPerSecond - 10) < 1e-9)
  }

  @Test func rateOfARunThatWasEndedIsOverWhatItTook() throws {
    var machine = LoadMachine(open(10, duration: 1_000_000), start: at(0))
    guard case .send(let ticket) = machine.next(at: at(0)) else {
      Issue.record("the first is due at once")
      return
    }
    machine.finished(ticket, LoadPlans.whole, at: at(1400))
    machine.ended(at: at(500_000))
    #expect(abs(machine.result().answersPerSecond - 2) < 1e-9)
  }

  @Test func warmUpIsSentAndNotCounted() {
    var machine = LoadMachine(open(1000, warmup: 3000, duration: 2000), start: at(0))
    var tickets: [LoadMachine.Ticket] = []
    while case .send(let ticket) = machine.next(at: at(9000)) { tickets.append(ticket) }
    #expect(machine.next(at: at(9000)) == .done)
    #expect(tickets.map(\.isCounted) == [false, false, false, true, true])
    var half = LoadAnswer()
    half.coverage = 500_000
    for ticket in tickets { machine.finished(ticket, LoadSample(.query, .answered(half)), at: at(9000)) }
    let report = machine.result()
    #expect(report.sendCount == 2)
    #expect(report.answerCount == 2)
    #expect(report.uncoveredCount == 2 && report.degradedCount == 2)
    #expect(report.unrerankedCount == 0)
    #expect(report.coverage == 0.5)
  }

  @Test func errorsAreCountedByNameAndHaveNoLatency() {
    var machine = LoadMachine(open(1000), start: at(0))
    guard case .send(let ticket) = machine.next(at: at(0)) else { return }
    machine.finished(ticket, LoadSample(.query, .failed("OVERLOADED")), at: at(10))
    #expect(machine.result().errors == ["OVERLOADED": 1])
    #expect(machine.result().answerCount == 0)
    #expect(machine.result().errorShare == 1)
  }

  @Test func whatCouldNotBeSentIsCountedAndSpoilsTheLatencies() {
    var plan = open(1_000_000, duration: 100)
    plan.inFlightMax = 10
    var machine = LoadMachine(plan, start: at(0))
    var sent = 0
    while case .send = machine.next(at: at(100)) { sent += 1 }
    let report = machine.result()
    #expect(sent == 10)
    #expect(report.unsentCount == 90)
    #expect(report.sendCount == 100)
    #expect(report.errors == [:] && report.errorShare == 0.9)
    #expect(!report.isOnTime)
  }

  @Test func closedLoopSendsUntilItsEnd() {
    let plan = LoadPlan(
      mode: .closed(concurrency: 1), warmupMicroseconds: 0, durationMicroseconds: 100, seed: 1)
    var machine = LoadMachine(plan, start: at(0))
    guard case .send(let ticket) = machine.next(at: at(99)) else {
      Issue.record("it is not over")
      return
    }
    #expect(ticket.intended == ticket.sent)
    #expect(machine.next(at: at(100)) == .done)
    #expect(machine.result().isOnTime)
    machine.finished(ticket, LoadPlans.whole, at: at(120))
    #expect(!machine.result().hasLatency)
  }

  @Test func replayEndsBehindItsLastLine() {
    let plan = LoadPlan(
      mode: .replay(microseconds: [0, 0, 250]), warmupMicroseconds: 0, durationMicroseconds: 1000, seed: 1)
    var machine = LoadMachine(plan, start: at(7))
    var due: [Instant] = []
    while case .send(let ticket) = machine.next(at: at(257)) { due.append(ticket.intended) }
    #expect(due == [at(7), at(7), at(257)])
    #expect(machine.next(at: at(257)) == .done)
  }

  @Test func kindsOfRequestsAreToldApart() {
    let report = LoadPlans.report(
      [5, 6, 7, 8],
      samples: [
        LoadPlans.whole, LoadSample(.upsert, .answered(LoadAnswer())), LoadSample(.delete, .failed("CONFLICT")),
      ])
    #expect(report.queries.answerCount == 2)
    #expect(report.writes[.upsert]?.latency.microsecondsMax == 6)
    #expect(report.writes[.delete]?.errors == ["CONFLICT": 1])
    #expect(report.errorCount == 1 && report.answerCount == 3)
    #expect(report.intervals.map(\.writeCount).reduce(0, +) == 1)
  }

  @Test func phasesKeepTheirOrder() {
    var answer = LoadAnswer()
    answer.phases = [.init("plan", microseconds: 3), .init("scan", microseconds: 9)]
    let report = LoadPlans.report([20, 20], samples: [LoadSample(.query, .answered(answer)), LoadPlans.whole])
    #expect(report.phases.map(\.name) == ["plan", "scan"])
    #expect(report.phases.map { $0.latency.microsecondsMax } == [3, 9])
  }

  @Test func clientsSideBySideAddUp() {
    var report = LoadPlans.report([1000, 2000])
    report.merge(LoadPlans.report([3000, 4000], samples: [LoadSample(.query, .failed("OVERLOADED"))]))
    #expect(report.sendCount == 4 && report.answerCount == 3)
    #expect(report.queries.latency.microsecondsMax == 4000)
    #expect(report.errors == ["OVERLOADED": 1])
    #expect(report.plan.mode == .open(rate: LoadRate(2000), arrivals: .constant))
  }
}
