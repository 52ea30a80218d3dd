package import Kernels
import Placement
import Retrieval
import Storage
package import Telemetry
package import Transport
package import Vocabulary
package import Wire

/// A shard's role: answers a coordinator's searches and writes, and says how it does.
package final class ShardNode: RequestHandler {
  /// Settings of a shard.
  package struct Configuration: Sendable {
    package var kernels = KernelSet()
    /// GET, writes and steps of a move that may wait or run at once.
    package var requestsMax = 512
    /// SEARCH that may wait or run at once: far more than a coordinator has in work, which sheds first.
    package var searchesMax = 256
    /// Scans that run at once, each for up to 16 searches: no more than the executor has threads.
    package var scansMax = 1
    package var program = "winnowd"
    /// How long searches of an epoch are answered after the next one was installed.
    package var epochMicroseconds: UInt64
    /// The size of a transfer's parts, about: the shard writes a part at once, while other calls wait.
    package var partBytes = 256 << 10

    /// The address, as errors name the node.
    package var address = ""
    /// The data directory, as errors name it.
    package var directory = ""
    /// Bytes that items may take in memory; `nil`: any number.
    package var memoryMax: Int?

    /// Searches that take at least this long are logged as slow ones; 0: none is logged.
    package var slowSearchMicroseconds: UInt64 = 100_000
    /// Where events are told; `nil`: nowhere.
    package var log: Log?

    package init() { epochMicroseconds = ServedEpochs.lifetimeMicrosecondsDefault }
  }

  /// The server that coordinators connect to, once it is up: STATUS shows the traffic of its links.
  package let server = Lock<Server?>(nil)
  /// Whether the node takes no new requests any more, for STATUS.
  package let isDraining = Lock(false)
  /// Whether all that a start has left open is done.
  let isWarm = Lock(false)

  let store: ShardStore
  private let standing: Lock<ShardStore.Standing>
  private let incarnation: Bytes16
  let configuration: Configuration
  let clock: any MonotonicClock
  let memory: MemoryLimit
  private let compute: any TaskExecutor
  private let searches: Admission
  private let requests: Admission
  private let search: SearchHandler
  let metrics: ShardMetrics
  private let start: Instant

  /// A shard that holds nothing and keeps everything in memory only, with a new incarnation.
  ///
  /// - Parameter compute: Where scans and writes run, so that event loops never wait for them.
  package convenience init(
    _ configuration: Configuration = Configuration(), clock: any MonotonicClock, random: any RandomSource,
    compute: any TaskExecutor
  ) {
    self.init(
      configuration, clock: clock, compute: compute, incarnation: Bytes16(low: random.next(), high: random.next()),
      standing: ShardStore.Standing(), store: ShardStore(epochMicroseconds: configuration.epochMicroseconds))
  }

  /// A shard as its data directory holds it, in which it keeps every change before it acknowledges it.
  package convenience init(
    _ configuration: Configuration = Configuration(), clock: any MonotonicClock, compute: any TaskExecutor,
    recovered: consuming sending RecoveredShard
  ) {
    let (incarnation, journal) = (recovered.incarnation, recovered.journal)
    let standing = ShardStore.Standing(shardMap: recovered.state.shardMap, shardID: recovered.state.shardID)
    self.init(
      configuration, clock: clock, compute: compute, incarnation: incarnation, standing: standing,
      store: ShardStore(recovered.state, journal))
  }

  private init(
    _ configuration: Configuration, clock: any MonotonicClock, compute: any TaskExecutor, incarnation: Bytes16,
    standing: ShardStore.Standing, store: ShardStore
  ) {
    self.configuration = configuration
    self.clock = clock
    memory = MemoryLimit(configuration)
    self.compute = compute
    self.incarnation = incarnation
    self.store = store
    self.standing = Lock(standing)
    searches = Admission(most: configuration.searchesMax)
    requests = Admission(most: configuration.requestsMax)
    search = SearchHandler(
      scans: SharedScans(kernels: configuration.kernels, seats: configuration.scansMax), clock: clock)
    metrics = ShardMetrics()
    if let journal = store.journal { metrics.show(journal) }
    start = clock.now()
  }

  package var identity: NodeIdentity {
    let map = standing.withLock { $0.shardMap }
    return NodeIdentity(
      role: .shard, clusterID: map.flatMap { Bytes16($0.clusterID) } ?? .zero, incarnation: incarnation,
      epoch: map?.epoch ?? Epoch(0), program: configuration.program)
  }

  package let servedOpcodes: OpcodeSet = [
    .search, .get, .upsert, .update, .delete, .collectionCreate, .collectionDescribe, .collectionDrop, .generation,
    .status, .shardMap, .metrics, .transfer, .snapshot,
  ]

  package nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    let outcome: Outcome
    do throws(WireError) {
      let admission = admission(of: request.opcode)
      try admission?.enter()
      defer { admission?.leave(after: request.arrival.microseconds(until: clock.now())) }
      outcome = await withTaskExecutorPreference(compute) { await self.answer(request) }
    } catch {
      outcome = .failure(error)
    }
    metrics.answered(request.opcode, outcome, microseconds: request.arrival.microseconds(until: clock.now()))
    return outcome
  }

  /// Requests that only read the node's state are never refused, so that operators see it under overload.
  private func admission(of opcode: Opcode) -> Admission? {
    switch opcode {
    case .search: searches
    case .status, .metrics, .shardMap, .collectionDescribe: nil
    default: requests
    }
  }

  @concurrent
  private func answer(_ request: InboundRequest) async -> Outcome {
    do throws(WireError) {
      guard clock.now() < request.deadline else { throw WireError(.expiredInQueue) }
      return .reply(try await reply(to: request))
    } catch {
      let error = error.placed(in: request.opcode, request.body)
      return .failure(error.code == .storageFull ? storageFull(error) : error)
    }
  }

  /// The error, with what the person has to know who makes room.
  private func storageFull(_ error: WireError) -> WireError {
    var error = error
    let shard = standing.withLock { $0.shardID }
    error.shard = shard.map { UInt32($0.rawValue) }
    error.message =
      "\(MemoryLimit.place(shard, configuration)): the disk of \(configuration.directory) has no room for the next file of "
      + "the log, 64 MiB; deletions pass"
    return error
  }

  private func reply(to request: InboundRequest) async throws(WireError) -> MessageBody {
    let body = request.body
    switch request.opcode {
    case .search:
      let version = request.bodyVersion
      return try await found(try SearchRequest(body: body, version: version), request).body(version: version)
    case .get: return try await items(try GetRequest(body: body), request.epoch).body
    case .upsert: return try await upserted(try UpsertRequest(body: body), request).body
    case .update: return try await updated(try UpdateRequest(body: body), request).body
    case .delete: return try await deleted(try DeleteRequest(body: body), request).body
    case .collectionCreate: return try await created(try CollectionCreateRequest(body: body), request).body
    case .collectionDescribe: return try await store.describe(try CollectionDescribeRequest(body: body)).body
    case .collectionDrop: return try await dropped(try CollectionDropRequest(body: body), request).body
    case .generation: return try await measured(try GenerationRequest(body: body), request).body
    case .transfer: return try await transferred(try TransferRequest(body: body), request).body
    case .snapshot: return try await snapshotted(try SnapshotRequest(body: body), request).body
    case .shardMap: return try await shardMap(try ShardMapRequest(body: body), request).body
    case .status:
      _ = try StatusRequest(body: body)
      return try await status().body
    case .metrics:
      _ = try MetricsRequest(body: body)
      return MetricsResponse(text: await metricsText()).body
    default: throw WireError(.unknownOpcode)
    }
  }

  private func found(_ request: SearchRequest, _ inbound: InboundRequest) async throws(WireError) -> SearchResponse {
    let target = try await store.prepare(request, epoch: inbound.epoch, now: clock.now())
    let response = try await search.answer(request, on: target, inbound)
    metrics.scanned(response)
    tell(of: request, response)
    return response
  }

  /// A line in the log, by which a query is followed to here.
  private func tell(of request: SearchRequest, _ response: SearchResponse) {
    guard let log = configuration.log else { return }
    let took = UInt64(response.queueMicroseconds) + UInt64(response.scanMicroseconds)
    let isSlow = configuration.slowSearchMicroseconds > 0 && took >= configuration.slowSearchMicroseconds
    guard isSlow || log.isEnabled(.debug) else { return }
    let fields: KeyValuePairs<String, LogValue> = [
      "request": .text(request.requestID.hexadecimal), "collection": .text(request.collection),
      "queue": LogValue(response.queueMicroseconds), "scan": LogValue(response.scanMicroseconds),
      "limit": LogValue(request.limit), "owned": LogValue(response.owned), "scanned": LogValue(response.scanned),
      "passed": LogValue(response.passed), "complete": LogValue(response.isComplete),
    ]
    log(.debug, "search", fields)
    if isSlow { log.limited(by: "slow search", every: 100_000, .warning, "slow search", fields) }
  }

  private func items(_ request: GetRequest, _ epoch: Epoch) async throws(WireError) -> GetResponse {
    let located = try await store.locate(request, epoch: epoch, now: clock.now())
    let (snapshot, rows) = (located.snapshot, located.rows)
    let attributes = try snapshot.schema.indexes(of: request.attributes, at: request.attributesPlace)
    return GetResponse(
      generation: request.generation,
      embeddingDimension: request.wantsEmbeddings ? snapshot.schema.embeddingDimension : 0,
      rerankDimension: request.wantsRerank ? snapshot.schema.rerankDimension : 0, unavailable: 0,
      ids: rows.map { snapshot.id(at: $0).rawValue }, versions: rows.map { snapshot.version(at: $0) },
      attributes: AttributeTable(snapshot, attributes: attributes, rows: rows),
      embeddings: request.wantsEmbeddings ? snapshot.embeddings(at: rows) : [],
      rerank: request.wantsRerank ? snapshot.reranks(at: rows) : [])
  }

  /// How many items are counted before other work of the thread may run.
  private static let itemsBetweenYields = 1024

  /// Counts and sums what a generation holds.
  private func measured(
    _ request: GenerationRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> GenerationResponse {
    guard case .measure(let generation) = request.step else {
      throw WireError(.unknownOpcode, fieldOffset: 0, message: "a shard measures a generation, and no more")
    }
    let (snapshot, owned, memoryBytes) = try await store.contents(
      InstanceKey(name: request.collection, generation: generation), epoch: inbound.epoch)
    let content = try await digest(snapshot, owned, inbound)
    return GenerationResponse(generations: [
      .init(
        generation: generation, state: .unknown, memoryBytes: UInt64(memoryBytes), content: content, model: 0,
        completeShards: 1, shardCount: 1)
    ])
  }

  /// Counts and sums the items of some slots, item by item as they are stored.
  func digest(
    _ snapshot: Snapshot, _ slots: SlotSet, _ inbound: InboundRequest
  ) async throws(WireError) -> ItemDigest {
    var rows: [RowAddress] = []
    snapshot.forEachItem { row, id in
      if slots.contains(slot(of: id)) { rows.append(row) }
      return true
    }
    var content = ItemDigest()
    for (count, row) in rows.enumerated() {
      content.add(snapshot.item(at: row))
      guard (count + 1) % Self.itemsBetweenYields == 0 else { continue }
      guard !inbound.isCancelled, clock.now() < inbound.deadline else {
        throw WireError(.deadlineExceeded, message: "time ran out while items were counted")
      }
      await Task.yield()
    }
    return content
  }

  private func shardMap(
    _ request: ShardMapRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> ShardMapResponse {
    if case .install(let map, let id) = request.step {
      let now = clock.now()
      try await store.change(inbound.record, epoch: nil, mayUseReserve: true) { (state, log) throws(WireError) in
        try state.install(map, as: id, now: now, log: log)
      }
      let new = await store.standing
      standing.withLock { $0 = new }
    }
    return ShardMapResponse(map: standing.withLock { $0.shardMap })
  }

  private func status() async throws(WireError) -> StatusResponse {
    let identity = identity
    let collections = try await store.describe(CollectionDescribeRequest(name: nil)).collections
    var status = StatusResponse(
      role: .shard, isDraining: isDraining.withLock { $0 }, shard: standing.withLock { $0.shardID },
      epoch: identity.epoch, uptimeMicroseconds: start.microseconds(until: clock.now()), cluster: identity.clusterID,
      incarnation: incarnation, build: configuration.program)
    status.collections = collections.map {
      .init(name: $0.name, generation: $0.generation, items: $0.items, memoryBytes: $0.memoryBytes, model: 0)
    }
    status.links = await links().map(StatusResponse.Link.init)
    return status
  }
}
