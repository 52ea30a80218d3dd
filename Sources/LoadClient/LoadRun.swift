package import Transport
import Vocabulary
import WinnowClient

/// Runs a plan: the thin shell that gives the machine time and sends what it says.
package enum LoadRun {
  /// Makes the load and waits for the last answer.
  ///
  /// - Parameters:
  ///   - executor: Keeps the time and sends; best one that does nothing else.
  ///   - tell: Called about once a second with the tally so far, on another thread than the executor's.
  ///   - send: Sends the request of an index and waits for what it comes to.
  /// - Returns: The tally; of what was done so far, if the task was cancelled.
  package static func run(
    _ plan: LoadPlan, on executor: any LinkExecutor, tell: (@Sendable (LoadReport) -> Void)? = nil,
    send: @escaping @Sendable (Int) async -> LoadSample
  ) async -> LoadReport {
    let clock = executor.clock
    let machine = Lock(LoadMachine(plan, start: clock.now()))
    await withTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: executor) { await load(plan, executor, machine, send) }
      if let tell {
        group.addTask {
          while !Task.isCancelled {
            await executor.sleep(until: clock.now().advanced(microseconds: 1_000_000))
            if !Task.isCancelled { tell(machine.withLock { $0.result() }) }
          }
        }
      }
      // The load ends by itself, the telling never.
      await group.next()
      group.cancelAll()
    }
    return machine.withLock { machine in
      machine.ended(at: clock.now())
      return machine.result()
    }
  }

  private static func load(
    _ plan: LoadPlan, _ executor: any LinkExecutor, _ machine: Lock<LoadMachine>,
    _ send: @escaping @Sendable (Int) async -> LoadSample
  ) async {
    let clock = executor.clock
    await withDiscardingTaskGroup { requests in
      if case .closed(let concurrency) = plan.mode {
        for _ in 0..<concurrency {
          requests.addTask(executorPreference: executor) {
            while !Task.isCancelled, case .send(let ticket) = machine.withLock({ $0.next(at: clock.now()) }) {
              let wait = await request(ticket, machine, clock, send)
              // A caller that asks again at once would measure refusals, not answers.
              if wait > 0 { await executor.sleep(until: clock.now().advanced(microseconds: UInt64(wait) * 1000)) }
            }
          }
        }
        return
      }
      while !Task.isCancelled {
        switch machine.withLock({ $0.next(at: clock.now()) }) {
        case .done: return
        case .wait(let until): await executor.sleep(until: until)
        case .send(let ticket):
          requests.addTask(executorPreference: executor) { _ = await request(ticket, machine, clock, send) }
        }
      }
    }
  }

  /// - Returns: How many milliseconds the server asks to wait.
  private static func request(
    _ ticket: LoadMachine.Ticket, _ machine: Lock<LoadMachine>, _ clock: any MonotonicClock,
    _ send: @Sendable (Int) async -> LoadSample
  ) async -> UInt32 {
    let sample = await send(ticket.index)
    let now = clock.now()
    machine.withLock { $0.finished(ticket, sample, at: now) }
    if let compare = sample.compare {
      let quality = await compare()
      machine.withLock { $0.compared(quality) }
    }
    return sample.retryAfterMilliseconds
  }
}
