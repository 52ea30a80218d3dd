import Bytes
import CoordinatorNode
import Kernels
import Metadata
import Placement
import Ranking
import Storage
import Support
import Testing
import Towers
import Transport
import Vocabulary
import Wire

/// A coordinator over shards in one process, with a time and a disk of its own.
final class TestCluster {
  static let dimension = 6
  static let rerank = 3
  static let schema = CollectionSchema(
    embeddingDimension: dimension, rerankDimension: rerank,
    attributes: [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "brand", type: .keyword),
      AttributeDefinition(name: "title", type: .text),
    ])

  let executor: ManualExecutor
  let disk: MemoryDisk
  let shards: [FakeShard]
  private(set) var coordinator: Coordinator
  private var directory: DataDirectory

  /// A cluster whose shards know the map.
  init(
    shardCount: Int, seed: UInt64 = 1, disk: MemoryDisk = MemoryDisk(), shards: [FakeShard]? = nil,
    executor: ManualExecutor = ManualExecutor(),
    configuration: Coordinator.Configuration = .init()
  ) throws {
    self.disk = disk
    self.executor = executor
    let shards = shards ?? (0..<shardCount).map { FakeShard(number: $0, executor: executor) }
    self.shards = shards
    (coordinator, directory) = try Self.start(
      executor, disk, shards, addresses: Self.addresses(shardCount), configuration, seed: seed)
    greet()
  }

  static func addresses(_ count: Int) -> [String] { (0..<count).map { "127.0.0.1:\(7701 + $0)" } }

  private static func start(
    _ executor: ManualExecutor, _ disk: MemoryDisk, _ shards: [FakeShard], addresses: [String],
    _ configuration: Coordinator.Configuration = .init(), seed: UInt64 = 1
  ) throws -> (Coordinator, DataDirectory) {
    let directory = try DataDirectory("/data", on: disk)
    do {
      let store = try FileMetadataStore(directory)
      let coordinator = try executor.run {
        try await Coordinator(
          configuration,
          .init(
            timers: executor, random: SeededRandomSource(seed: seed), compute: executor, directory: directory,
            metadata: store), shards: addresses
        ) { shard, identity in ClaimedShard(shard: shards[Int(shard.id.rawValue)], claim: identity.claim) }
      }
      return (coordinator, directory)
    } catch {
      directory.unlock()
      throw error
    }
  }

  /// Ends the coordinator and starts another one from the same disk.
  func restart(addresses: [String] = []) throws {
    directory.unlock()
    (coordinator, directory) = try Self.start(executor, disk, shards, addresses: addresses, seed: 2)
  }

  /// Tells the shards what they do not know.
  @discardableResult
  func greet() -> Int {
    let coordinator = coordinator
    return (try? executor.run { await coordinator.greetAll() }) ?? -1
  }

  // MARK: Requests

  /// Sends a request to the coordinator.
  ///
  /// - Throws: the error that answers it.
  func ask<Request: RequestMessage>(
    _ request: Request, budget: UInt64 = 1_000_000, isRetry: Bool = false, version: UInt16 = Request.bodyVersion,
    as principal: Principal = .unnamed
  ) throws -> Request.Reply {
    let coordinator = coordinator
    let clock = executor.clock
    let outcome = try executor.run {
      let now = clock.now()
      return await coordinator.handle(
        InboundRequest(
          opcode: Request.opcode, bodyVersion: version, body: request.body(version: version).bytes[...], arrival: now,
          deadline: now.advanced(microseconds: budget), isRetry: isRetry, principal: principal))
    }
    switch outcome {
    case .reply(let body):
      #expect(body.version == version)
      return try Request.Reply(body: body.bytes, version: version)
    case .failure(let error): throw error
    }
  }

  /// The code of the error that answers a request.
  func code<Request: RequestMessage>(_ request: Request, budget: UInt64 = 1_000_000) -> ErrorCode? {
    do {
      _ = try ask(request, budget: budget)
      return nil
    } catch {
      return (error as? WireError)?.code
    }
  }

  /// The codes of the errors that answer requests which arrive together, in their order.
  func codesAtOnce<Request: RequestMessage>(_ requests: [Request], budgets: [UInt64]) throws -> [ErrorCode?] {
    let coordinator = coordinator
    let now = executor.clock.now()
    return try executor.run {
      await withTaskGroup(of: (Int, ErrorCode?).self) { group in
        for (index, request) in requests.enumerated() {
          let inbound = InboundRequest(
            opcode: Request.opcode, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
            deadline: now.advanced(microseconds: budgets[index]))
          group.addTask {
            if case .failure(let error) = await coordinator.handle(inbound) {
              (index, error.code)
            } else {
              (index, nil)
            }
          }
        }
        var codes = [ErrorCode?](repeating: nil, count: requests.count)
        for await (index, code) in group { codes[index] = code }
        return codes
      }
    }
  }

  /// Sends a request, and a step once it is under way.
  func askDuring<Request: RequestMessage>(
    _ request: Request, budget: UInt64 = 1_000_000, cancellation: RequestCancellation = RequestCancellation(),
    _ step: @escaping @Sendable (Coordinator, Instant) async -> Void
  ) throws -> Request.Reply {
    let coordinator = coordinator
    let now = executor.clock.now()
    let inbound = InboundRequest(
      opcode: Request.opcode, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
      deadline: now.advanced(microseconds: budget),
      cancellation: cancellation)
    let executor = executor
    let outcome = try executor.run {
      async let answer = coordinator.handle(inbound)
      await executor.sleep(until: now.advanced(microseconds: 50_000))
      await step(coordinator, now)
      return await answer
    }
    switch outcome {
    case .reply(let body): return try Request.Reply(body: body.bytes, version: body.version)
    case .failure(let error): throw error
    }
  }

  /// The requests that load a model, each file in one chunk.
  static func requests(_ files: ModelFiles, upload: UInt64) -> [ModelLoadRequest] {
    [
      chunk(upload, .manifest, total: files.manifest.count, offset: 0, files.manifest),
      chunk(upload, .weights, total: files.weights.count, offset: 0, files.weights),
      chunk(upload, .users, total: files.users.count, offset: 0, files.users),
    ] + (files.tower.map { [chunk(upload, .tower, total: $0.count, offset: 0, $0)] } ?? []) + [
      ModelLoadRequest(collection: "shop", upload: upload, step: .commit(sha256: files.sha256))
    ]
  }

  /// How long a request takes.
  func microseconds(_ body: () throws -> Void) rethrows -> UInt64 {
    let start = executor.clock.now()
    try body()
    return start.microseconds(until: executor.clock.now())
  }

  func createShop() throws {
    _ = try ask(CollectionCreateRequest(name: "shop", schema: try #require(Self.schema)))
  }

  func rank(k: Int = 10, depth: Int = 50, _ change: (inout RankRequest) -> Void = { _ in }) -> RankRequest {
    Self.rank(k: k, depth: depth, change)
  }

  static func rank(k: Int = 10, depth: Int = 50, _ change: (inout RankRequest) -> Void = { _ in }) -> RankRequest {
    var request = RankRequest(collection: "shop", k: k, depth: depth)
    request.vector = query
    change(&request)
    return request
  }

  static let query: [Float] = [1, -0.5, 0.25, 0.75, -1, 0.5]

  // MARK: Items

  /// Items made from a seed.
  static func items(_ count: Int, seed: UInt64 = 3) -> [Item] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { index in
      let price: AttributeValue? = index % 5 == 0 ? nil : .float(Double(index))
      let attributes: [AttributeValue?] = [price, .keyword("brand\(index % 4)"), .text("item \(index)")]
      return Item(
        id: ItemID(UInt64(index * 7 + 1)), embedding: random.floats(dimension), rerank: random.floats(rerank),
        attributes: attributes)
    }
  }

  static func upsert(_ items: [Item], op: UInt64 = 1, writer: UInt64 = 9) throws -> UpsertRequest {
    UpsertRequest(
      collection: "shop", writer: writer, op: op, embeddingDimension: dimension, rerankDimension: rerank,
      ids: items.map(\.id.rawValue), expectedVersions: items.map { _ in 0 },
      attributes: AttributeTable(rows: items.map(\.attributes), definitions: try #require(schema).attributes),
      embeddings: items.flatMap(\.embedding), rerank: items.flatMap(\.rerank))
  }

  // MARK: Models

  /// The files of a model that fits the collection.
  struct ModelFiles {
    let manifest: [UInt8]
    let weights: [UInt8]
    let users: [UInt8]
    var tower: [UInt8]?
    var words = WordFiles()

    var suggestions: [UInt8]? {
      get { words.suggestions }
      set { words.suggestions = newValue }
    }

    var sha256: [UInt8] {
      ContentHash.sha256(
        joining: [
          manifest, weights, users, tower ?? [], words.lexicon ?? [], words.text ?? [], words.suggestions ?? [],
          words.synonyms ?? [], words.protected ?? [],
        ])
    }

    func model() throws -> Model {
      try Model.load(manifest: manifest, weights: weights, users: users, tower: tower, words: words)
    }

    /// The same model in another arithmetic, its ranges taken from some items of the cluster.
    func computing(in arithmetic: Arithmetic) throws -> ModelFiles {
      guard arithmetic != .float32 else { return self }
      let model = try model()
      let items = TestCluster.items(50)
      var calibration = Calibration(model)
      calibration.add(
        CandidateInputs(
          retrievalScores: items.indices.map { Float($0) / 50 }, reranks: items.flatMap(\.rerank),
          columns: [items.map { $0.attributes[0] }, items.map { $0.attributes[1] }]),
        user: try #require(model.users[UserID(1)]))
      let files = try calibration.files(manifest: manifest, weights: weights, arithmetic: arithmetic)
      return ModelFiles(manifest: files.manifest, weights: files.weights, users: users)
    }
  }

  /// A model with the users 1 and 2, and perhaps a fallback.
  ///
  /// - Parameter histories: Of both users, if the tower stores events.
  static func model(
    seed: UInt64, hasFallback: Bool = false, hasPopularity: Bool = false, segments: [String] = [], weight: Float? = nil,
    tower: Tower? = nil, histories: [[(item: UInt64, weight: Float)]] = [[], []]
  ) throws -> ModelFiles {
    var random = SeededRandom(seed: seed)
    let manifest = try Manifest(
      name: "test", collection: try #require(schema), userDimension: rerank,
      segments: segments.isEmpty ? nil : .init(name: "age", words: segments),
      attributeFeatures: [
        .numeric(attribute: "price", Normalisation(mean: 50, scale: 0.02)),
        .oneHot(attribute: "brand", OneHot(words: ["brand0", "brand1"], hasOther: true)),
        .retrievalScore(Normalisation()),
      ], contextFeatures: [.numeric(name: "hour", Normalisation(scale: 0.1))],
      layers: [.init(out: 8, activation: .relu), .init(out: 1, activation: .sigmoid)], tower: tower?.settings)
    var weights = SafetensorsWriter()
    var inputs = manifest.inputCount
    for (index, layer) in manifest.layers.enumerated() {
      let values = weight.map { [Float](repeating: $0, count: inputs * layer.out) } ?? random.floats(inputs * layer.out)
      weights.add("layers.\(index).weight", values, shape: [layer.out, inputs])
      weights.add("layers.\(index).bias", random.floats(layer.out), shape: [layer.out])
      inputs = layer.out
    }
    var users = SafetensorsWriter()
    users.add("id", [1, 2])
    users.add("query", random.floats(2 * dimension), shape: [2, dimension])
    users.add("vector", random.floats(2 * rerank), shape: [2, rerank])
    users.addStates(histories, profileWeights: [], for: manifest)
    if hasFallback {
      users.add("fallback.query", random.floats(dimension), shape: [dimension])
      users.add("fallback.vector", random.floats(rerank), shape: [rerank])
    }
    if hasPopularity {
      users.add("popularity.query", random.floats(dimension), shape: [dimension])
      users.add("popularity.vector", random.floats(rerank), shape: [rerank])
    }
    if !segments.isEmpty {
      users.add("segment.query", random.floats(segments.count * dimension), shape: [segments.count, dimension])
      users.add("segment.vector", random.floats(segments.count * rerank), shape: [segments.count, rerank])
    }
    return ModelFiles(manifest: manifest.json, weights: weights.file(), users: users.file(), tower: tower?.file)
  }

  /// Sends a model's files in chunks and commits them.
  @discardableResult
  func load(_ files: ModelFiles, upload: UInt64 = 77, sha256: [UInt8]? = nil) throws -> ModelLoadResponse {
    for (file, bytes) in [
      (ModelLoadRequest.File.users, files.users), (.weights, files.weights), (.manifest, files.manifest),
      (.tower, files.tower ?? []), (.lexicon, files.words.lexicon ?? []), (.synonyms, files.words.synonyms ?? []),
      (.protected, files.words.protected ?? []), (.suggestions, files.words.suggestions ?? []),
    ] {
      for offset in stride(from: 0, to: bytes.count, by: 300) {
        let chunk = Array(bytes[offset..<min(offset + 300, bytes.count)])
        let reply = try ask(Self.chunk(upload, file, total: bytes.count, offset: offset, chunk))
        #expect(reply.received == UInt64(offset + chunk.count))
      }
    }
    return try ask(
      ModelLoadRequest(collection: "shop", upload: upload, step: .commit(sha256: sha256 ?? files.sha256)))
  }

  static func chunk(
    _ upload: UInt64, _ file: ModelLoadRequest.File, total: Int, offset: Int, _ bytes: [UInt8]
  ) -> ModelLoadRequest {
    ModelLoadRequest(
      collection: "shop", upload: upload,
      step: .chunk(file, total: UInt64(total), offset: UInt64(offset), bytes: bytes))
  }
}
