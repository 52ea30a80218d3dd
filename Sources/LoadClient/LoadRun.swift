package import Transport
import Vocabulary
import WinnowClient

/// Runs a plan: the thin shell that gives the machine time and sends what it says.
package enum LoadRun {
  /// Makes the load and waits for the last answer.
  ///
  /// - Parameters:
  ///   - executor: Keeps the time and sends; best one that does nothing else.
  ///   - send: Sends the request of an index and waits for what it comes to.
  /// - Returns: The tally; of what was done so far, if the task was cancelled.
  package static func run(
    _ plan: LoadPlan, on executor: any LinkExecutor, send: @escaping @Sendable (Int) async -> LoadSample
  ) async -> LoadReport {
    let clock = executor.clock
    let machine = Lock(LoadMachine(plan, start: clock.now()))
    await withDiscardingTaskGroup { group in
      switch plan.mode {
      case .open:
        group.addTask(executorPreference: executor) {
          await withDiscardingTaskGroup { requests in
            while !Task.isCancelled {
              switch machine.withLock({ $0.next(at: clock.now()) }) {
              case .done: return
              case .wait(let until): await executor.sleep(until: until)
              case .send(let ticket):
                requests.addTask(executorPreference: executor) { await request(ticket, machine, clock, send) }
              }
            }
          }
        }
      case .closed(let concurrency):
        for _ in 0..<concurrency {
          group.addTask(executorPreference: executor) {
            while !Task.isCancelled, case .send(let ticket) = machine.withLock({ $0.next(at: clock.now()) }) {
              await request(ticket, machine, clock, send)
            }
          }
        }
      }
    }
    return machine.withLock { $0.result() }
  }

  private static func request(
    _ ticket: LoadMachine.Ticket, _ machine: Lock<LoadMachine>, _ clock: any MonotonicClock,
    _ send: @Sendable (Int) async -> LoadSample
  ) async {
    let sample = await send(ticket.index)
    let now = clock.now()
    machine.withLock { $0.finished(ticket, sample, at: now) }
  }
}
