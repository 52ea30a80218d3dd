import Bytes
import Wire

/// How the body of each message is read.
enum BodyTable {
  /// The tree of a whole body.
  static func tree(_ header: FrameHeader, _ body: [UInt8]) throws(WireError) -> FieldTree {
    if header.flags.contains(.error) || header.opcode == .error {
      return FieldTree("body: an error", of: try reading { () throws(ByteError) in try WireError(from: body[...]) })
    }
    let isReply = header.flags.contains(.reply)
    switch header.opcode {
    case .hello: return FieldTree("body", of: try Hello(from: body[...]))
    case .welcome: return FieldTree("body", of: try Welcome(from: body[...]))
    case .ping, .pong: return FieldTree("body", of: try reading { () throws(ByteError) in try Ping(from: body[...]) })
    case .goAway: return FieldTree("body", of: try reading { () throws(ByteError) in try GoAway(from: body[...]) })
    case .cancel: return FieldTree("body", of: try reading { () throws(ByteError) in try Cancel(from: body[...]) })
    case .credit: return FieldTree("body", of: try reading { () throws(ByteError) in try Credit(from: body[...]) })
    default: break
    }
    guard let message = messages.first(where: { $0.opcode == header.opcode }) else { throw WireError(.unknownOpcode) }
    return try message.read(body, header.bodyVersion, isReply: isReply)
  }

  private struct Entry: Sendable {
    let opcode: Opcode
    let read: @Sendable ([UInt8], UInt16, Bool) throws(WireError) -> FieldTree

    /// - Parameter later: What a body of version 1 does not have, in the words of a tree.
    init<Request: RequestMessage>(_: Request.Type, later: Set<String> = [], laterInReply: Set<String> = []) {
      opcode = Request.opcode
      read = { (body: [UInt8], version: UInt16, isReply: Bool) throws(WireError) -> FieldTree in
        let tree =
          isReply
          ? FieldTree("body of the reply", of: try Request.Reply(body: body, version: version))
          : FieldTree("body of the request", of: try Request(body: body, version: version))
        return version > 1 ? tree : tree.without(isReply ? laterInReply : later)
      }
    }

    func read(_ body: [UInt8], _ version: UInt16, isReply: Bool) throws(WireError) -> FieldTree {
      try read(body, version, isReply)
    }
  }

  private static let messages = [
    Entry(
      RankRequest.self, later: ["least depth", "request id", "explained count"],
      laterInReply: ["depth", "request id", "explanation"]),
    Entry(SearchRequest.self, later: ["request id"]), Entry(GetRequest.self), Entry(CollectionCreateRequest.self),
    Entry(CollectionDescribeRequest.self), Entry(CollectionDropRequest.self), Entry(GenerationRequest.self),
    Entry(ModelLoadRequest.self), Entry(ModelDescribeRequest.self), Entry(UpsertRequest.self),
    Entry(DeleteRequest.self), Entry(UpdateRequest.self), Entry(FeedRequest.self),
    Entry(StatusRequest.self), Entry(ShardMapRequest.self), Entry(MetricsRequest.self),
    Entry(SlowLogRequest.self),
    Entry(TransferRequest.self), Entry(RebalanceRequest.self), Entry(SnapshotRequest.self), Entry(Echo.self),
  ]

  private static func reading<Value>(_ body: () throws(ByteError) -> Value) throws(WireError) -> Value {
    do { return try body() } catch { throw WireError(error) }
  }
}
