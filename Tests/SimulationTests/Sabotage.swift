import Transport
import Vocabulary
import Wire

/// A cluster that does something else than it says: what the simulation has to notice.
enum Sabotage: CaseIterable, Sendable {
  /// A write changes what it writes.
  case garbledWrite
  /// A delete removes another item.
  case strayDelete
  /// A look-up forgets an item.
  case shortRead
  /// A query overlooks an item.
  case blindRank
  /// An event becomes another one.
  case garbledEvent
  /// The history that is read is another shopper's.
  case otherHistory

  /// Whether shoppers notice it.
  var isOfEvents: Bool { self == .garbledEvent || self == .otherHistory }

  /// The request that is carried out in place of another.
  func applied(to request: OutboundRequest, ids: [UInt64]) -> OutboundRequest {
    do { return try changed(request, ids) ?? request } catch { return request }
  }

  private func changed(_ request: OutboundRequest, _ ids: [UInt64]) throws(WireError) -> OutboundRequest? {
    switch (self, request.opcode) {
    case (.garbledWrite, .upsert):
      var body = try UpsertRequest(body: request.body.bytes)
      body.embeddings[0] += 1
      return Self.request(body, like: request)
    case (.strayDelete, .delete):
      var body = try DeleteRequest(body: request.body.bytes)
      body.ids = body.ids.map { $0 ^ 1 }
      return Self.request(body, like: request)
    case (.shortRead, .get):
      var body = try GetRequest(body: request.body.bytes)
      guard body.ids.count > 1 else { return nil }
      body.ids.removeLast()
      return Self.request(body, like: request)
    case (.blindRank, .rank):
      var body = try RankRequest(body: request.body.bytes, version: request.body.version)
      body.exclude = Array(ids.prefix(ids.count / 2))
      return Self.request(body, like: request)
    case (.garbledEvent, .event):
      var body = try EventRequest(body: request.body.bytes)
      body.events[0].event.item += 1 << 32
      return Self.request(body, like: request)
    case (.otherHistory, .history):
      var body = try HistoryRequest(body: request.body.bytes)
      body.user += 1
      return Self.request(body, like: request)
    default: return nil
    }
  }

  private static func request<Request: RequestMessage>(
    _ body: Request, like request: OutboundRequest
  ) -> OutboundRequest {
    OutboundRequest(Request.opcode, body: body.body, deadline: request.deadline, isRetry: request.isRetry)
  }
}
