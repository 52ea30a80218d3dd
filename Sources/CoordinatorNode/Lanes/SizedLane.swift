import Transport
import Wire

/// A lane for requests of a kind that may be small or large: the large ones wait in a narrow lane of their own, so that
/// they leave threads to queries and to small requests.
struct SizedLane: RequestLane {
  let small: Gate
  let large: Gate
  /// A request with a longer body is large.
  let smallBytesMax: Int

  func run<Value: Sendable>(
    _ request: InboundRequest, _ work: (InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await (request.body.count > smallBytesMax ? large : small).run(request, work)
  }
}
