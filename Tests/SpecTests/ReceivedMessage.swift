import Bytes
import Filters
import Transport
import Vocabulary
import Wire

/// A message as its receiver sees it: the header of its first fragment and the joined raw payloads.
struct ReceivedMessage {
  var header: FrameHeader
  var body: [UInt8]

  /// The messages that bytes complete, in order; for bytes that have been accepted.
  static func all(in bytes: [UInt8]) throws -> [ReceivedMessage] {
    var assembler = FrameAssembler(payloadWireBytesMax: 4 << 20)
    var codec = FrameCodec(compression: .all)
    var open: [UInt64: ReceivedMessage] = [:]
    var whole: [ReceivedMessage] = []
    assembler.append(bytes, at: .init(nanoseconds: 0))
    while true {
      switch assembler.next(at: .init(nanoseconds: 0)) {
      case .needsBytes: return whole
      case .fault(let fault): throw fault
      case .header: break
      case .frame(let header, let payload):
        var message = ReceivedMessage(header: header, body: [])
        if header.flags.contains(.continuation) { message = open[header.requestID] ?? message }
        message.body += try codec.decodePayload(payload, of: header)
        open[header.requestID] = message
        if header.flags.contains(.fin) { whole.append(message) }
      }
    }
  }

  /// The decoded body.
  func decoded() throws(WireError) -> any Showable {
    if header.flags.contains(.error) { return try plain(WireError.init(from:)) }
    switch header.opcode {
    case .hello: return try Hello(from: body[...])
    case .welcome: return try Welcome(from: body[...])
    case .ping, .pong: return try plain(Ping.init(from:))
    case .cancel: return try plain(Cancel.init(from:))
    case .credit: return try plain(Credit.init(from:))
    case .goAway: return try plain(GoAway.init(from:))
    case .error: return try plain(WireError.init(from:))
    case .rank: return try either(RankRequest.self)
    case .search: return try either(SearchRequest.self)
    case .get: return try either(GetRequest.self)
    case .collectionCreate: return try either(CollectionCreateRequest.self)
    case .collectionDescribe: return try either(CollectionDescribeRequest.self)
    case .collectionDrop: return try either(CollectionDropRequest.self)
    case .generation: return try either(GenerationRequest.self)
    case .modelLoad: return try either(ModelLoadRequest.self)
    case .modelDescribe: return try either(ModelDescribeRequest.self)
    case .upsert: return try either(UpsertRequest.self)
    case .delete: return try either(DeleteRequest.self)
    case .update: return try either(UpdateRequest.self)
    case .feed: return try either(FeedRequest.self)
    case .status: return try either(StatusRequest.self)
    case .shardMap: return try either(ShardMapRequest.self)
    case .metrics: return try either(MetricsRequest.self)
    case .slowLog: return try either(SlowLogRequest.self)
    case .transfer: return try either(TransferRequest.self)
    case .rebalance: return try either(RebalanceRequest.self)
    case .snapshot: return try either(SnapshotRequest.self)
    case .echo: return try either(Echo.self)
    default: throw WireError(.unknownOpcode)
    }
  }

  /// The body that the decoded message is written as.
  func encodedAgain() throws -> [UInt8] {
    switch try decoded() {
    case let message as any Message: message.body(version: header.bodyVersion).bytes
    case let message as Hello: message.body
    case let message as Welcome: message.body
    case let message as Ping: message.body
    case let message as Cancel: message.body
    case let message as Credit: message.body
    case let message as GoAway: message.body
    case let message as WireError: message.body
    default: []
    }
  }

  private func either<Request: RequestMessage & Showable>(_: Request.Type) throws(WireError) -> any Showable
  where Request.Reply: Showable {
    if header.flags.contains(.reply) { return try Request.Reply(body: body, version: header.bodyVersion) }
    return try Request(body: body, version: header.bodyVersion)
  }

  private func plain<Body: Showable>(
    _ read: (ArraySlice<UInt8>) throws(ByteError) -> Body
  ) throws(WireError) -> any Showable {
    do throws(ByteError) { return try read(body[...]) } catch { throw WireError(error) }
  }
}
