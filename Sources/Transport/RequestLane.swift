package import Wire

/// Where requests of one kind wait until there is room to work on them.
package protocol RequestLane: Sendable {
  /// Runs work once there is room for it. Called where the request arrived, before anything is decoded: a refusal costs
  /// no thread.
  ///
  /// - Parameter work: Takes the request, with the instant at which the lane has let it in.
  /// - Throws: OVERLOADED, EXPIRED_IN_QUEUE, CANCELLED; what the work throws.
  func run<Value: Sendable>(
    _ request: InboundRequest, _ work: (InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value
}
