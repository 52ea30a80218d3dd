package import Kernels
package import Metadata
package import Placement
package import Storage
package import Telemetry
package import Transport
package import Vocabulary
package import Wire

/// A coordinator's role: answers queries by asking shards and re-ranking what they send, and owns the shard map, the
/// collections and the models of the cluster.
package final class Coordinator: RequestHandler {
  /// Settings of a coordinator.
  package struct Configuration: Sendable {
    /// How RANK is let in.
    package var queries = QueryQueue.Settings()
    /// Other requests in work at once, and waiting for that.
    package var requestsMax = 256
    /// Other requests that may wait; more are OVERLOADED.
    package var requestsWaitingMax = 1024
    /// How long a shard may take to be told the map and the collections.
    package var greetingMicrosecondsMax: UInt64 = 5_000_000
    /// How often a shard that came back is looked for.
    package var watchMicroseconds: UInt64 = 20_000
    /// How long a staged generation waits for the next that is sent to it.
    package var stagedMicrosecondsMax: UInt64 = 600_000_000
    /// How long the previous generation is kept for the way back.
    package var previousMicrosecondsMax: UInt64 = 600_000_000
    /// Interval of the garbage collection of unused generations.
    package var tidyMicroseconds: UInt64 = 1_000_000
    /// Queries that take at least this long are kept as slow ones; 0: none is kept.
    package var slowQueryMicroseconds: UInt64 = 100_000
    /// Whether slow queries are kept with the id of their shopper.
    package var slowQueriesKeepUsers = true
    /// The instruction set that re-ranks.
    package var kernels = KernelSet()
    /// Name and version for HELLO, WELCOME and STATUS.
    package var program = "winnowd"

    /// The defaults.
    package init() {}
  }

  /// The world outside, passed in.
  package struct Surroundings: Sendable {
    /// Time and timers.
    package let timers: any LinkExecutor
    /// For ids, incarnations and jitter.
    package let random: any RandomSource
    /// Where requests are worked on, so that event loops never wait for arithmetic or the disk.
    package let compute: any TaskExecutor
    /// The directory of all data that outlives the process.
    package let directory: DataDirectory
    /// The home of the shard map.
    package let mapStore: any ShardMapStore
    /// Where events are told; `nil`: nowhere.
    package let log: Log?

    /// The world of one coordinator.
    package init(
      timers: any LinkExecutor, random: any RandomSource, compute: any TaskExecutor, directory: DataDirectory,
      mapStore: any ShardMapStore, log: Log? = nil
    ) {
      self.timers = timers
      self.random = random
      self.compute = compute
      self.directory = directory
      self.mapStore = mapStore
      self.log = log
    }

    var clock: any MonotonicClock { timers.clock }
  }

  /// A shard of the map and how it is reached.
  struct Peer: Sendable {
    let shard: ShardMap.Shard
    let slots: Int
    let caller: any ShardCaller
    /// Telling the shard what it has to do, one at a time, so that a drop and a creation never cross.
    let turn: Gate
  }

  /// What a shard knows: the incarnation that was given the collections, and the epoch of its map.
  struct ShardKnowledge: Sendable {
    let incarnation: Bytes16
    var epoch: Epoch
  }

  /// The server that clients connect to, once it is up: STATUS shows its traffic.
  package let server = Lock<Server?>(nil)
  /// Whether the node takes no new requests any more.
  package let isDraining = Lock(false)
  /// The metrics that METRICS shows.
  package let registry = MetricRegistry()

  /// The queries that took long.
  package let slowQueries: SlowQueryLog

  let configuration: Configuration
  let surroundings: Surroundings
  /// Makes the way to a shard.
  let makeCaller: @Sendable (ShardMap.Shard, NodeIdentity) -> any ShardCaller
  /// The map as the store holds it: that of what serves, or for a moment a later one.
  let stored: Lock<StoredShardMap>
  /// How many requests hold a lease on an epoch.
  let epochLeases = Lock<[Epoch: Int]>([:])
  /// Shards that were added; `run` watches them.
  let addedShards = AsyncStream.makeStream(of: Peer.self, bufferingPolicy: .bufferingNewest(Limits.shardsMax))
  /// The plan of moves, and how far it is.
  let plans: MovePlanStore
  let progress = Lock(MoveProgress())
  /// Transfers whose END a shard has not acknowledged. No entry: not greeted yet, so end all.
  let openEnds = Lock<[ShardID: Set<UInt64>]>([:])
  let catalogue: CatalogueStore
  let models: ModelStore
  let serving: Lock<Serving>
  /// Models that are loaded, by the hash of their content.
  let loadedModels = Lock<[[UInt8]: ServingModel]>([:])
  /// How many requests hold a lease on a generation.
  let generationLeases = Lock<[InstanceKey: Int]>([:])
  /// Since when a generation that does not serve has been unused.
  let unusedSince = Lock<[InstanceKey: Instant]>([:])
  /// Held while the catalogue becomes visible to queries, so that the newest state stays.
  let publication = Lock(())
  let state = AdministrationState()
  /// What each shard knows; no entry: the coordinator has to greet it.
  let knowledge = Lock<[ShardID: ShardKnowledge]>([:])
  let queries: QueryGate
  let requests: Gate
  /// Requests that only read the node's state have a lane of their own, so that operators see it under overload.
  let inspections: Gate
  /// Changes of collections, models and feeds, one at a time.
  let administration: Gate
  let metrics: CoordinatorMetrics
  /// The counts behind the charts of the console.
  let tally = QueryTally()
  let start: Instant
  /// Of this coordinator's data.
  let incarnation: Bytes16

  /// Starts from the data directory; at the very first start it makes a cluster of the given shards.
  ///
  /// - Parameters:
  ///   - shards: `HOST:PORT` of each shard; empty: those of the stored map.
  ///   - caller: Makes the way to a shard.
  /// - Throws: `StartError`.
  package init(
    _ configuration: Configuration = Configuration(), _ surroundings: Surroundings, shards: [String],
    caller: @escaping @Sendable (ShardMap.Shard, NodeIdentity) -> any ShardCaller
  ) async throws(StartError) {
    self.configuration = configuration
    self.surroundings = surroundings
    let random = surroundings.random
    let stored = try await MapHome.open(
      surroundings.mapStore, addresses: shards, random: random, log: surroundings.log)
    self.stored = Lock(stored)
    makeCaller = caller
    do throws(StorageError) {
      plans = try MovePlanStore(surroundings.directory)
      catalogue = try CatalogueStore(
        surroundings.directory, newIncarnation: Bytes16(low: random.next() | 1, high: random.next()))
    } catch {
      throw .storage(error)
    }
    do throws(DiskError) { models = try ModelStore(surroundings.directory, kernels: configuration.kernels) } catch {
      throw .storage(.disk(error))
    }
    for path in [catalogue.damagedPath, plans.damagedPath].compactMap({ $0 }) {
      surroundings.log?(.warning, "a file is not whole; its other copy counts", ["file": .text(path)])
    }
    incarnation = catalogue.current.incarnation
    serving = Lock(Serving(map: stored.map))
    slowQueries = SlowQueryLog(
      thresholdMicroseconds: configuration.slowQueryMicroseconds, keepsUsers: configuration.slowQueriesKeepUsers,
      clock: surroundings.clock, log: surroundings.log)
    metrics = CoordinatorMetrics(registry: registry)
    start = surroundings.clock.now()
    queries = QueryGate(
      configuration.queries, timers: surroundings.timers, metrics: OverloadMetrics(registry: registry))
    requests = Gate(
      width: configuration.requestsMax, lineMax: configuration.requestsWaitingMax, timers: surroundings.timers)
    inspections = Gate(width: 16, lineMax: configuration.requestsWaitingMax, timers: surroundings.timers)
    administration = Gate(width: 1, lineMax: configuration.requestsWaitingMax, timers: surroundings.timers)
    let peers = peers(of: stored.map)
    serving.withLock { $0.peers = peers }
    try loadModels()
    registerGauges()
  }

  /// The shards of the map that serves now.
  var peers: [Peer] { serving.withLock { $0.peers } }

  /// The coordinator's identity in handshakes and STATUS.
  package var identity: NodeIdentity {
    Self.identity(serving.withLock { $0.map }, incarnation, configuration)
  }

  /// The opcodes that a client may send.
  package let servedOpcodes: OpcodeSet = [
    .rank, .get, .collectionCreate, .collectionDescribe, .collectionDrop, .generation, .modelLoad, .modelDescribe,
    .upsert, .update, .delete, .feed, .status, .shardMap, .metrics, .slowLog, .rebalance, .snapshot,
  ]

  /// Admits a request, works on it and counts its answer.
  package nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    let clock = surroundings.clock
    let outcome: Outcome
    do throws(WireError) {
      guard !isDraining.withLock({ $0 }) || [.status, .metrics, .slowLog].contains(request.opcode) else {
        throw WireError(
          .shuttingDown, retryAfterMilliseconds: 1000, message: "the coordinator drains: ask again when it is back")
      }
      outcome = .reply(try await admitted(request))
    } catch {
      outcome = .failure(error)
    }
    let code: ErrorCode? = if case .failure(let error) = outcome { error.code } else { nil }
    let microseconds = request.arrival.microseconds(until: clock.now())
    metrics.answered(request.opcode, error: code, microseconds: microseconds)
    if request.opcode == .rank { tally.answered(error: code, microseconds: microseconds) }
    return outcome
  }

  /// Works on a request when there is room for it: queries, what changes something, and what only looks, each among
  /// their own. A refusal is made here on the event loop, before anything is decoded.
  private nonisolated(nonsending) func admitted(_ request: InboundRequest) async throws(WireError) -> MessageBody {
    switch request.opcode {
    case .rank:
      try await queries.run(by: request.deadline, for: request.caller, request.cancellation) {
        (admitted) async throws(WireError) in
        try await answered(request, admitted).get()
      }
    case .status, .metrics, .slowLog, .shardMap, .collectionDescribe, .modelDescribe:
      try await inspections.run(by: request.deadline, for: request.caller) { () async throws(WireError) in
        try await answered(request).get()
      }
    default:
      try await requests.run(by: request.deadline, for: request.caller) { () async throws(WireError) in
        try await answered(request).get()
      }
    }
  }

  /// Works on a request on the compute executor.
  private func answered(
    _ request: InboundRequest, _ admitted: QueryGate.Admitted? = nil
  ) async -> Result<MessageBody, WireError> {
    await withTaskExecutorPreference(surroundings.compute) { await self.answer(request, admitted) }
  }

  @concurrent
  private func answer(
    _ request: InboundRequest, _ admitted: QueryGate.Admitted?
  ) async -> Result<MessageBody, WireError> {
    do throws(WireError) { return .success(try await reply(to: request, admitted)) } catch {
      return .failure(error.placed(in: request.opcode, request.body))
    }
  }

  private func reply(
    to request: InboundRequest, _ admitted: QueryGate.Admitted?
  ) async throws(WireError) -> MessageBody {
    let body = request.body
    switch request.opcode {
    case .rank:
      let version = request.bodyVersion
      let rankRequest = try RankRequest(body: body, version: version)
      return try await rank(rankRequest, request, since: admitted?.instant).body(version: version)
    case .get: return try await get(try GetRequest(body: body), request.deadline).body
    case .upsert: return try await upsert(try UpsertRequest(body: body), request).body
    case .update: return try await update(try UpdateRequest(body: body), request).body
    case .delete: return try await delete(try DeleteRequest(body: body), request).body
    case .collectionCreate:
      return try await create(try CollectionCreateRequest(body: body), by: request.deadline).body
    case .collectionDescribe:
      return try await describe(try CollectionDescribeRequest(body: body), by: request.deadline).body
    case .collectionDrop: return try await drop(try CollectionDropRequest(body: body), by: request.deadline).body
    case .generation: return try await step(try GenerationRequest(body: body), by: request.deadline).body
    case .modelLoad: return try await load(try ModelLoadRequest(body: body), by: request.deadline).body
    case .modelDescribe: return try describe(try ModelDescribeRequest(body: body)).body
    case .snapshot: return try await snapshot(try SnapshotRequest(body: body), request).body
    case .feed: return try await feed(try FeedRequest(body: body), by: request.deadline).body
    case .status:
      _ = try StatusRequest(body: body)
      return await status(by: request.deadline).body
    case .shardMap:
      guard case .read = try ShardMapRequest(body: body).step else {
        throw WireError(.unknownOpcode, fieldOffset: 0, message: "a coordinator's shard map is read, not installed")
      }
      return ShardMapResponse(map: serving.withLock { $0.map }).body
    case .rebalance: return try await rebalance(try RebalanceRequest(body: body), by: request.deadline).body
    case .metrics:
      _ = try MetricsRequest(body: body)
      return MetricsResponse(text: await metricsText()).body
    case .slowLog: return slowQueries.answer(try SlowLogRequest(body: body)).body
    default: throw WireError(.unknownOpcode)
    }
  }

  private static func identity(
    _ map: ShardMap, _ incarnation: Bytes16, _ configuration: Configuration
  ) -> NodeIdentity {
    NodeIdentity(
      role: .coordinator, clusterID: Bytes16(map.clusterID) ?? .zero, incarnation: incarnation, epoch: map.epoch,
      program: configuration.program)
  }
}
