package import Wire

/// One opcode of a role: the lane in which its requests wait, and the function that answers them.
///
/// The opcode, the types of the messages and the versions of their bodies follow from the function:
/// `Route(lane, queries.rank)` with `func rank(_: RankRequest, _: InboundRequest) -> RankResponse` is all that a role says
/// about RANK.
package struct Route: Sendable {
  /// Of the requests that it answers.
  package let opcode: Opcode
  /// `nil`: there is always room.
  let lane: (any RequestLane)?
  let isServedWhileDraining: Bool
  let handler: any RouteHandler

  /// A route to a function.
  ///
  /// - Parameters:
  ///   - isServedWhileDraining: Whether a node that drains still answers: how it does must be seen.
  ///   - handle: Answers a decoded request; runs on the router's executor.
  package init<Request: RequestMessage>(
    _ lane: (any RequestLane)?, isServedWhileDraining: Bool = false,
    _ handle: @escaping @Sendable (Request, InboundRequest) async throws(WireError) -> Request.Reply
  ) {
    opcode = Request.opcode
    self.lane = lane
    self.isServedWhileDraining = isServedWhileDraining
    handler = TypedHandler(handle: handle)
  }
}

/// Answers requests of one opcode, from bytes to bytes.
protocol RouteHandler: Sendable {
  func answer(_ request: InboundRequest) async throws(WireError) -> MessageBody
}

/// Decodes a request, answers it, and encodes the reply in the version of the request's body.
struct TypedHandler<Request: RequestMessage>: RouteHandler {
  let handle: @Sendable (Request, InboundRequest) async throws(WireError) -> Request.Reply

  func answer(_ request: InboundRequest) async throws(WireError) -> MessageBody {
    let version = request.bodyVersion
    do throws(WireError) {
      return try await handle(Request(body: request.body, version: version), request).body(version: version)
    } catch {
      throw error.placed(in: request.opcode, request.body)
    }
  }
}
