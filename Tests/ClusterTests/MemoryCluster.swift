import Bytes
import CoordinatorNode
import Metadata
import Placement
import ShardNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A whole cluster on a network in memory: shards, their coordinator and a client, all by the protocol, on one executor
/// with a time of its own, so that no load on the machine changes an answer.
struct MemoryCluster: Sendable {
  let executor: ManualExecutor
  let coordinator: Coordinator
  let shards: [ShardNode]
  let client: ClientConnection

  /// The coordinator's time when a test begins, in microseconds since 1970.
  static let begin: Int64 = 1_764_000_000_000_000

  /// Runs a test on a fresh cluster that is up.
  ///
  /// - Parameters:
  ///   - spareCount: Shards that run behind those, and belong to no cluster yet.
  ///   - begin: The coordinator's time.
  static func run<Value: Sendable>(
    shardCount: Int, spareCount: Int = 0, conditions: MemoryConditions = MemoryConditions(),
    configuration: Coordinator.Configuration = Coordinator.Configuration(),
    begin: Int64 = MemoryCluster.begin,
    _ body: @escaping @Sendable (MemoryCluster) async throws -> Value
  ) throws -> Value {
    let executor = ManualExecutor()
    return try executor.run {
      let network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: 1), conditions: conditions)
      var shards: [ShardNode] = []
      var servers: [Server] = []
      for index in 0..<(shardCount + spareCount) {
        let shard = ShardNode(
          clock: executor.clock, random: SeededRandomSource(seed: UInt64(100 + index)), compute: executor)
        servers.append(
          try await Server.listen(
            "shard:\(index + 1)", over: network, handler: shard, random: SeededRandomSource(seed: 2)))
        shards.append(shard)
      }
      let directory = try DataDirectory("/data", on: MemoryDisk())
      let surroundings = Coordinator.Surroundings(
        timers: executor, random: SeededRandomSource(seed: 3), compute: executor, directory: directory,
        metadata: try FileMetadataStore(directory),
        wallMicroseconds: { UInt64(begin) + executor.clock.now().nanoseconds / 1000 })
      let coordinator = try await Coordinator(
        configuration, surroundings, shards: (1...shardCount).map { "shard:\($0)" }
      ) { shard, identity in
        PooledShardCaller(
          to: shard.address, over: network, identity: identity, random: SeededRandomSource(seed: 4), executor: executor)
      }
      servers.append(
        try await Server.listen(
          "coordinator:1", over: network, handler: coordinator, random: SeededRandomSource(seed: 5)))
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        let client = try await ClientConnection.open(
          "coordinator:1", over: network, configuration: ClientConfiguration(identity: NodeIdentity(role: .client)),
          random: SeededRandomSource(seed: 6), deadline: executor.clock.now().advanced(microseconds: 1_000_000))
        _ = try await client.ready()
        let cluster = MemoryCluster(executor: executor, coordinator: coordinator, shards: shards, client: client)
        for _ in 0..<1000 where await coordinator.greetAll() < shardCount { await cluster.sleep(10_000) }
        let value = try await body(cluster)
        await client.close()
        group.cancelAll()
        for server in servers { await server.close() }
        return value
      }
    }
  }

  /// Asks the coordinator and returns the reply's body.
  func body<Request: RequestMessage>(_ request: Request, microseconds: UInt64 = 30_000_000) async throws -> [UInt8] {
    let outbound = OutboundRequest(
      Request.opcode, body: request.body, deadline: executor.clock.now().advanced(microseconds: microseconds))
    return Array(try await client.call(outbound).body)
  }

  /// Asks the coordinator and decodes the reply.
  @discardableResult
  func ask<Request: RequestMessage>(_ request: Request) async throws -> Request.Reply {
    try Request.Reply(body: try await body(request), version: request.sentVersion)
  }

  /// The error that the coordinator refuses a request with.
  func refusal<Request: RequestMessage>(_ request: Request) async -> ErrorCode? {
    do {
      _ = try await body(request)
      return nil
    } catch CallError.refused(let error) { return error.code } catch { return nil }
  }

  func sleep(_ microseconds: UInt64) async {
    await withCheckedContinuation { continuation in
      executor.schedule(at: executor.clock.now().advanced(microseconds: microseconds)) { continuation.resume() }
    }
  }

  /// Creates the collection `shop`, writes all items in batches, and loads the model if there is one.
  func fill(_ shop: RandomShop, batch: Int = 64) async throws {
    try await ask(CollectionCreateRequest(name: "shop", schema: shop.schema))
    for (op, request) in shop.upserts(batch: batch).enumerated() {
      let response = try await ask(request)
      #expect(response.statuses.allSatisfy { $0 == .inserted }, "batch \(op)")
    }
    if let model = shop.model { for request in model.loads() { try await ask(request) } }
  }
}

extension RandomShop {
  /// The items as writes, in batches.
  func upserts(batch: Int, writer: UInt64 = 9) -> [UpsertRequest] {
    stride(from: 0, to: items.count, by: batch).enumerated().map { op, start in
      UpsertRequest(items[start..<min(start + batch, items.count)], schema, writer: writer, op: UInt64(op + 1))
    }
  }
}

extension UpsertRequest {
  init(_ items: ArraySlice<Item>, _ schema: CollectionSchema, writer: UInt64, op: UInt64) {
    self.init(
      collection: "shop", writer: writer, op: op, embeddingDimension: schema.embeddingDimension,
      rerankDimension: schema.rerankDimension, ids: items.map(\.id.rawValue),
      expectedVersions: [UInt64](repeating: 0, count: items.count),
      attributes: AttributeTable(rows: items.map(\.attributes), definitions: schema.attributes),
      embeddings: items.flatMap(\.embedding), rerank: items.flatMap(\.rerank))
  }
}

extension SlowModel {
  /// The model as uploads in chunks, and the commit.
  func loads(upload: UInt64 = 77, chunk: Int = 1000) -> [ModelLoadRequest] {
    Self.loads(files: files, upload: upload, chunk: chunk)
  }

  /// Any files likewise.
  static func loads(files: [[UInt8]], upload: UInt64, chunk: Int = 1000) -> [ModelLoadRequest] {
    var requests: [ModelLoadRequest] = []
    for (file, bytes) in zip(ModelLoadRequest.File.allCases, files) {
      for offset in stride(from: 0, to: bytes.count, by: chunk) {
        let piece = Array(bytes[offset..<min(offset + chunk, bytes.count)])
        requests.append(
          ModelLoadRequest(
            collection: "shop", upload: upload,
            step: .chunk(file, total: UInt64(bytes.count), offset: UInt64(offset), bytes: piece)))
      }
    }
    let hash = ContentHash.sha256(joining: files)
    return requests + [ModelLoadRequest(collection: "shop", upload: upload, step: .commit(sha256: hash))]
  }
}

/// The `results` of a RANK reply's body, as they travel.
func resultBytes(_ body: [UInt8]) throws -> [UInt8] {
  try #require(body.count >= 8)
  let count = (0..<4).reduce(0) { $0 | Int(body[$1]) << (8 * $1) }
  try #require(body.count >= 8 + count)
  return Array(body[8..<8 + count])
}
