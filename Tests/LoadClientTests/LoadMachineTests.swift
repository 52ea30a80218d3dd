import LoadClient
import Telemetry
import Testing
import Vocabulary

struct LoadMachineTests {
  private func open(_ rate: Double, warmup: UInt64 = 0, duration: UInt64 = 1_000_000) -> LoadPlan {
    LoadPlan(
      mode: .open(rate: rate, arrivals: .constant), warmupMicroseconds: warmup, durationMicroseconds: duration, seed: 1)
  }

  private func at(_ microseconds: UInt64) -> Instant { Instant(nanoseconds: microseconds * 1000) }

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
    machine.finished(tickets[0], .answered(isCovered: true, isReranked: true), at: at(6000))
    let report = machine.result()
    #expect(report.latency.microsecondsMax == 6000)
    #expect(report.service.microsecondsMax == 1000)
    #expect(report.lateCount == 4)
    #expect(!report.isOnTime)
  }

  @Test func warmUpIsSentAndNotCounted() {
    var machine = LoadMachine(open(1000, warmup: 3000, duration: 2000), start: at(0))
    var tickets: [LoadMachine.Ticket] = []
    while case .send(let ticket) = machine.next(at: at(9000)) { tickets.append(ticket) }
    #expect(machine.next(at: at(9000)) == .done)
    #expect(tickets.map(\.isCounted) == [false, false, false, true, true])
    for ticket in tickets { machine.finished(ticket, .answered(isCovered: false, isReranked: true), at: at(9000)) }
    let report = machine.result()
    #expect(report.sendCount == 2)
    #expect(report.answerCount == 2)
    #expect(report.uncoveredCount == 2)
    #expect(report.unrerankedCount == 0)
  }

  @Test func errorsAreCountedByNameAndHaveNoLatency() {
    var machine = LoadMachine(open(1000), start: at(0))
    guard case .send(let ticket) = machine.next(at: at(0)) else { return }
    machine.finished(ticket, .failed("OVERLOADED"), at: at(10))
    #expect(machine.result().errors == ["OVERLOADED": 1])
    #expect(machine.result().answerCount == 0)
  }

  @Test func requestsInFlightAreBounded() {
    var plan = open(1_000_000, duration: 100)
    plan.inFlightMax = 10
    var machine = LoadMachine(plan, start: at(0))
    var sent = 0
    while case .send = machine.next(at: at(100)) { sent += 1 }
    #expect(sent == 10)
    #expect(machine.result().errors == ["NOT_SENT": 90])
    #expect(machine.result().sendCount == 100)
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
    #expect(!machine.result().isOpen)
  }
}
