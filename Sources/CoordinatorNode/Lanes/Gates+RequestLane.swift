package import Transport
package import Wire

extension Gate: RequestLane {
  package func run<Value: Sendable>(
    _ request: InboundRequest, _ work: (InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await run(by: request.deadline, for: request.caller) { () async throws(WireError) in try await work(request) }
  }
}

extension QueryGate: RequestLane {
  package func run<Value: Sendable>(
    _ request: InboundRequest, _ work: (InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await run(by: request.deadline, for: request.caller, request.cancellation) {
      (admitted) async throws(WireError) in
      var request = request
      request.admission = admitted.instant
      return try await work(request)
    }
  }
}
