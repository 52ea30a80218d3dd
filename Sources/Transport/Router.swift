package import Vocabulary
package import Wire

/// The table of what a role answers: each request takes its route's lane, then its route's function on the executor for
/// work, and is counted.
package struct Router: Sendable {
  /// The opcodes that have a route.
  package let served: OpcodeSet
  /// By the number of the opcode.
  private let routes: [Route?]
  private let compute: any TaskExecutor
  private let clock: any MonotonicClock
  private let refusesLate: Bool
  private let answered: @Sendable (Opcode, ErrorCode?, UInt64) -> Void

  /// A router with a route for each opcode; of two routes for one opcode the later counts.
  ///
  /// - Parameters:
  ///   - compute: Where requests are decoded and answered, so that event loops never wait for that.
  ///   - refusesLate: Whether a request is refused whose time is up when it gets its thread.
  ///   - answered: Counts an answer: the opcode, its error, and microseconds since the request arrived.
  package init(
    _ routes: [Route], compute: any TaskExecutor, clock: any MonotonicClock, refusesLate: Bool = false,
    answered: @escaping @Sendable (Opcode, ErrorCode?, UInt64) -> Void
  ) {
    var table = [Route?](repeating: nil, count: 256)
    var served: OpcodeSet = []
    for route in routes {
      table[Int(route.opcode.rawValue)] = route
      served.insert(route.opcode)
    }
    self.routes = table
    self.served = served
    self.compute = compute
    self.clock = clock
    self.refusesLate = refusesLate
    self.answered = answered
  }

  /// Answers a request as it came over a connection.
  ///
  /// - Parameter refusal: Of a node that drains; `nil`: it does not drain.
  package nonisolated(nonsending) func answer(_ request: InboundRequest, refusal: WireError? = nil) async -> Outcome {
    do throws(WireError) {
      let body = try await run(request, refusal) { (route, admitted) async throws(WireError) in
        try await route.handler.answer(admitted)
      }
      return .reply(body)
    } catch {
      return .failure(error)
    }
  }

  /// Answers a message of a caller in this process, on the same way but without bytes.
  ///
  /// - Parameter request: Its arrival, deadline and cancellation count; its body is not read.
  /// - Throws: UNKNOWN_OPCODE; what the lane and the route's function throw.
  package nonisolated(nonsending) func answer<Request: RequestMessage>(
    _ message: Request, _ request: InboundRequest, refusal: WireError? = nil
  ) async throws(WireError) -> Request.Reply {
    try await run(request, refusal) { (route, admitted) async throws(WireError) in
      guard let handler = route.handler as? TypedHandler<Request> else { throw WireError(.unknownOpcode) }
      return try await handler.handle(message, admitted)
    }
  }

  private nonisolated(nonsending) func run<Value: Sendable>(
    _ request: InboundRequest, _ refusal: WireError?,
    _ work: @Sendable (Route, InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    do throws(WireError) {
      guard let route = routes[Int(request.opcode.rawValue)] else { throw WireError(.unknownOpcode) }
      if let refusal, !route.isServedWhileDraining { throw refusal }
      let value =
        if let lane = route.lane {
          try await lane.run(request) { (admitted) async throws(WireError) in
            try await computed(route, admitted, work)
          }
        } else {
          try await computed(route, request, work)
        }
      answered(request.opcode, nil, request.arrival.microseconds(until: clock.now()))
      return value
    } catch {
      answered(request.opcode, error.code, request.arrival.microseconds(until: clock.now()))
      throw error
    }
  }

  private func computed<Value: Sendable>(
    _ route: Route, _ request: InboundRequest,
    _ work: @Sendable (Route, InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await withTaskExecutorPreference(compute) { () async throws(WireError) in
      try await onExecutor(route, request, work)
    }
  }

  /// A function of its own, because the body of `withTaskExecutorPreference` may stay where the caller is.
  @concurrent
  private func onExecutor<Value: Sendable>(
    _ route: Route, _ request: InboundRequest,
    _ work: @Sendable (Route, InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    guard !refusesLate || clock.now() < request.deadline else { throw WireError(.expiredInQueue) }
    return try await work(route, request)
  }
}
