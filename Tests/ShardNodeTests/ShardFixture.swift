import Placement
import ShardNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A shard of a cluster, asked in its own process.
struct ShardFixture {
  let node: ShardNode
  let clock: ManualClock
  let map: ShardMap
  let schema: CollectionSchema

  /// A shard `id` of `shardCount`, with a collection `shop` of dimension 4 with rerank vectors of dimension 2.
  ///
  /// - Parameter node: Another than an empty one in memory.
  init(
    id: UInt16 = 0, of shardCount: Int = 1, requestsMax: Int = 512, scansMax: Int = 1,
    memoryMax: Int? = nil, clock: ManualClock = ManualClock(), node: ShardNode? = nil
  ) async throws {
    self.clock = clock
    var configuration = ShardNode.Configuration()
    configuration.requestsMax = requestsMax
    configuration.scansMax = scansMax
    configuration.memoryMax = memoryMax
    configuration.address = "here:7701"
    self.node =
      node
      ?? ShardNode(configuration, clock: clock, random: SeededRandomSource(seed: 7), compute: globalConcurrentExecutor)
    map = try ShardMap.first(
      clusterID: Array(repeating: 5, count: 16), addresses: (0..<shardCount).map { "127.0.0.1:\(7701 + $0)" })
    schema = try #require(
      CollectionSchema(
        embeddingDimension: 4, rerankDimension: 2,
        attributes: [.init(name: "price", type: .float), .init(name: "brand", type: .keyword)]))
    _ = try await ask(ShardMapRequest(.install(map, as: ShardID(id))))
    _ = try await ask(CollectionCreateRequest(generation: Generation(1), name: "shop", schema: schema))
  }

  /// Sends a request under an epoch and decodes the answer; an error answer is thrown.
  func ask<Request: RequestMessage>(_ request: Request, epoch: UInt32 = 1) async throws -> Request.Reply {
    try await Self.ask(request, epoch: epoch, of: node, clock)
  }

  /// The same of a shard that has no map yet.
  static func ask<Request: RequestMessage>(
    _ request: Request, epoch: UInt32 = 1, of node: ShardNode, _ clock: ManualClock
  ) async throws -> Request.Reply {
    let now = clock.now()
    let inbound = InboundRequest(
      opcode: Request.opcode, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
      deadline: now.advanced(microseconds: 1_000_000), epoch: Epoch(epoch), peerRole: .coordinator)
    switch await node.handle(inbound) {
    case .reply(let body): return try Request.Reply(body: body.bytes, version: body.version)
    case .failure(let error): throw error
    }
  }

  /// The error that a request is answered with.
  func error<Request: RequestMessage>(_ request: Request, epoch: UInt32 = 1) async -> ErrorCode? {
    do {
      _ = try await ask(request, epoch: epoch)
      return nil
    } catch let error as WireError { return error.code } catch { return nil }
  }

  /// An upsert of items whose vectors are functions of their ids.
  func upsert(_ ids: [UInt64], op: UInt64, writer: UInt64 = 9, expected: [UInt64]? = nil) -> UpsertRequest {
    UpsertRequest(
      collection: "shop", generation: Generation(1), writer: writer, op: op, embeddingDimension: 4, rerankDimension: 2,
      ids: ids, expectedVersions: expected ?? ids.map { _ in 0 },
      attributes: AttributeTable(
        rows: ids.map { [.float(Double($0)), .keyword("b\($0 % 3)")] }, definitions: schema.attributes),
      embeddings: ids.flatMap { [Float($0), 1, 0, -1] }, rerank: ids.flatMap { [Float($0), 2] })
  }

  func search(limit: Int) -> SearchRequest {
    SearchRequest(collection: "shop", generation: Generation(1), limit: limit, query: [1, 0, 0, 0])
  }
}
