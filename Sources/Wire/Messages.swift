/// The messages of the protocol: vectors, fuzzing and `winnow wire decode` go by this table.
package enum Messages {
  /// The requests, each with its reply.
  package static let requests: [any RequestMessage.Type] = [
    RankRequest.self, SearchRequest.self, GetRequest.self, EventRequest.self, HistoryRequest.self, SuggestRequest.self,
    RuleRequest.self, ExperimentRequest.self,
    CollectionCreateRequest.self, CollectionDescribeRequest.self,
    CollectionDropRequest.self, GenerationRequest.self, ModelLoadRequest.self, ModelDescribeRequest.self,
    UpsertRequest.self, DeleteRequest.self, FeedRequest.self, UpdateRequest.self, StatusRequest.self,
    ShardMapRequest.self, MetricsRequest.self, SlowLogRequest.self, ClusterLogRequest.self, TransferRequest.self,
    RebalanceRequest.self, SnapshotRequest.self, GroupRequest.self, ReplicateRequest.self, PositionRequest.self,
    MetadataRequest.self, Echo.self,
  ]

  /// The bodies of frames of the connection.
  package static let connectionBodies: KeyValuePairs<Opcode, any ConnectionBody.Type> = [
    .hello: Hello.self, .welcome: Welcome.self, .auth: Auth.self, .authOK: AuthOK.self, .ping: Ping.self,
    .pong: Ping.self, .goAway: GoAway.self,
    .cancel: Cancel.self, .credit: Credit.self, .error: WireError.self,
  ]

  /// All of them: connection, requests, replies.
  package static let all: [MessageKind] =
    connectionBodies.map { opcode, body in MessageKind.ofConnection(opcode, body) }
    + requests.flatMap { MessageKind.ofCall($0) }

  /// The collection that a request is about; `nil`: about none, or about all that there are.
  ///
  /// Each message has it in a field of this name.
  package static func collection(of opcode: Opcode, _ body: ArraySlice<UInt8>) -> String? {
    guard let request = requests.first(where: { $0.opcode == opcode }) else { return nil }
    return FieldFinder.text(of: "collection", in: request, body)
  }

  /// Reads the body of a whole message.
  ///
  /// - Throws: The error of the body; UNKNOWN_OPCODE.
  package static func read(_ header: FrameHeader, _ body: [UInt8]) throws(WireError) -> any FieldGroup {
    let opcode = header.flags.contains(.error) ? .error : header.opcode
    let isReply = !opcode.isConnectionFrame && header.flags.contains(.reply)
    guard let kind = all.first(where: { $0.opcode == opcode && $0.isReply == isReply }) else {
      throw WireError(.unknownOpcode)
    }
    return try kind.read(body[...], header.bodyVersion)
  }
}
