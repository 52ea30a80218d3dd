import Metadata
package import Placement
import Storage
package import Telemetry
package import Transport
package import Vocabulary
package import Wire

/// A coordinator's role: answers queries by asking shards and re-ranking what they send, and owns the shard map, the
/// collections and the models of the cluster.
///
/// It is a table of routes to services, each of which owns its part of the state. Locks that are taken while another is
/// held, the outermost first: the catalogue's (changes are on disk before requests see them), the registry's, the
/// publication's. All others are taken alone.
package final class Coordinator: RequestHandler {
  /// The metrics that METRICS shows.
  package let registry = MetricRegistry()
  /// Answers the console.
  package let console: Console
  let router: Router
  private let fleet: ShardFleet
  private let keeper: InstanceKeeper
  private let mover: Mover
  private let status: StatusService
  private let events: ClusterLog
  private let queries: QueryService
  private let experiments: ExperimentService
  private let accounts: KeyAccounts
  /// `nil`: this is the only coordinator.
  private let following: Following?

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
    let (timers, waitingMax) = (surroundings.timers, configuration.requestsWaitingMax)
    let confirmed: ConfirmedStore
    do throws(StorageError) { confirmed = try ConfirmedStore(surroundings.directory) } catch { throw .storage(error) }
    let surroundings = try await surroundings.timing(registry).entering(confirmed, configuration)
    let home = try await MapHome(surroundings, addresses: shards)
    // For people, and for the next node that is started on it: a full disk does not matter.
    try? surroundings.directory.note(owner: home.map.words(for: nil))
    let plans = try await AgreedValue<MovePlan?>(
      MovePlan?.form, surroundings, patienceMicroseconds: CollectionRegistry.patienceMicroseconds
    ) { (nil, nil) }
    surroundings.warn(ofDamaged: confirmed.damagedPath)
    let events = ClusterLog(surroundings)
    self.events = events
    let collections = try await CollectionRegistry(
      surroundings, kernels: configuration.kernels, Publication(home.map), events)
    fleet = ShardFleet(surroundings, configuration, home, collections, confirmed, plans, registry, makeCaller: caller)
    let administration = Administration(plans, events, waitingMax: waitingMax, timers: timers)
    let queue = QueryGate(configuration.queries, timers: timers, metrics: OverloadMetrics(registry: registry))
    let items = ItemService(fleet: fleet, written: ItemService.Written.table(registry))
    let histories = HistoryService(fleet: fleet)
    let queries = QueryService(items, histories, queue, registry)
    self.queries = queries
    let suggestions = SuggestService(
      items: items, histories: histories, cache: queries.cache, metrics: SuggestMetrics(registry))
    mover = Mover(fleet, administration, queue, registry)
    following = surroundings.council.map { [fleet, mover] in Following($0, fleet, mover) }
    keeper = InstanceKeeper(fleet: fleet, administration: administration)
    status = StatusService(fleet, registry)
    let metadata = MetadataService(fleet: fleet, plans: plans)
    CouncilMetrics.add(metadata, to: registry)
    let feeds = FeedService(fleet, administration)
    let models = ModelService(collections, administration, surroundings)
    let collection = CollectionService(fleet: fleet, administration: administration, keeper: keeper, feeds: feeds)
    let generations = GenerationService(
      fleet: fleet, administration: administration, keeper: keeper, feeds: feeds, models: models,
      items: items)
    let rules = RuleService(registry: collections, administration: administration, surroundings: surroundings)
    let experiments = ExperimentService(generations: generations, administration: administration, arms: queries.arms)
    self.experiments = experiments
    let snapshots = SnapshotService(fleet: fleet, tally: SnapshotTally(registry))

    let groups = GroupService(fleet: fleet)
    let shoppers = EventService(fleet: fleet, metrics: EventMetrics(registry), arms: queries.arms)
    let requests = Gate(width: configuration.requestsMax, lineMax: waitingMax, timers: timers)
    // One large reading is in work at a time, and 16 large writes, so that queries have their threads.
    let reads = SizedLane(
      small: requests, large: Gate(width: 1, lineMax: 64, timers: timers), smallBytesMax: 2 << 10)
    let writes = SizedLane(
      small: requests, large: Gate(width: 16, lineMax: 256, timers: timers), smallBytesMax: 64 << 10)
    // Requests that only read the node's state have a lane of their own, so that operators see it under overload.
    let inspections = Gate(width: 16, lineMax: waitingMax, timers: timers)
    let metrics = RequestMetrics(registry)
    let accounts = KeyAccounts(registry, surroundings.clock)
    self.accounts = accounts
    let rank = accounts.paying(.work, queries.rank) { request, reply in
      let dimension = collections.serving.collections[request.collection]?.schema.embeddingDimension ?? 0
      return Double(reply.report.scanned) * Double(dimension) / 1e6
    }
    let router = Router(
      [
        Route(queue, rank),
        Route(reads, items.get),
        Route(writes, accounts.paying(.items, items.upsert) { request, _ in Double(request.ids.count) }),
        Route(writes, accounts.paying(.items, items.update) { request, _ in Double(request.ids.count) }),
        Route(writes, accounts.paying(.items, items.delete) { request, _ in Double(request.ids.count) }),
        Route(writes, accounts.paying(.items, shoppers.take) { request, _ in Double(request.events.count) }),
        Route(requests, histories.step),
        Route(requests, suggestions.suggest),
        Route(requests, rules.step),
        Route(requests, experiments.step),
        Route(requests, events.noting(collection.create)),
        Route(inspections, collection.describe),
        Route(requests, events.noting(collection.drop)),
        Route(requests, events.noting(generations.step)),
        Route(requests, events.noting(models.load)),
        Route(inspections, models.describe),
        Route(requests, events.noting(feeds.feed)),
        Route(requests, events.noting(snapshots.step)),
        Route(requests, events.noting(mover.rebalance)),
        Route(inspections, groups.step),
        Route(inspections, isServedWhileDraining: true, status.status),
        Route(inspections, isServedWhileDraining: true, status.metrics),
        Route(inspections, isServedWhileDraining: true, metadata.step),
        Route(inspections, isServedWhileDraining: true, queries.slowLog),
        Route(inspections, isServedWhileDraining: true, events.answer),
        Route(inspections, status.shardMap),
      ], compute: surroundings.compute, clock: surroundings.clock
    ) { opcode, error, microseconds in
      metrics.answered(opcode, error: error, microseconds: microseconds)
      if opcode == .rank { queries.tally.answered(error: error, microseconds: microseconds) }
    }
    self.router = router
    console = Console(status, mover, queries, router)
    events.note(
      .coordinatorStarted, of: "", "\(configuration.program), shard map \(home.map.epoch.rawValue)")
  }

  /// The coordinator's identity in handshakes and STATUS.
  package var identity: NodeIdentity { fleet.identity }

  /// The opcodes that a client may send.
  package var servedOpcodes: OpcodeSet { router.served }

  /// Admits a request, works on it and counts its answer.
  package nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    if let refusal = request.scopeRefusal ?? accounts.refusal(of: request) { return .failure(refusal) }
    if Self.changing.contains(request.opcode), let refusal = fleet.confirmations.displacement {
      return .failure(refusal)
    }
    if let council = fleet.surroundings.council { return await answer(request, in: council) }
    return await router.answer(request, refusal: refusal)
  }

  /// The refusal of most requests while the node drains.
  var refusal: WireError? { status.refusal }

  /// The map and the catalogue that this coordinator serves.
  var served: ServedRevisions { ServedRevisions(map: fleet.home.revision, catalogue: fleet.registry.revision) }

  /// What a coordinator that was displaced refuses.
  private static let changing: OpcodeSet = [
    .collectionCreate, .collectionDrop, .generation, .modelLoad, .upsert, .update, .delete, .feed, .snapshot,
    .rebalance, .event, .history, .rule, .experiment, .group,
  ]

  // MARK: The node

  /// Watches the shards, moves slots and keeps the collections tidy until the task is cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.fleet.run() }
      group.addTask { await self.keeper.run() }
      group.addTask { await self.mover.run() }
      group.addTask { await self.events.run() }
      group.addTask { await self.queries.pages.exposures.run() }
      group.addTask { await self.experiments.run() }
      group.addTask { await self.queries.answers.run { self.fleet.registry.catalogue.forgotten } }
      group.addTask { await self.queries.loss.run { await self.queries.measured($0, by: $1) } }
      if let following = self.following { group.addTask { await following.run() } }
    }
  }

  /// Keeps what shards have confirmed, and what groups of items were shown; the coordinator takes no requests any more.
  package func close() async {
    await queries.pages.exposures.write()
    await fleet.surroundings.council?.close()
    await fleet.close()
  }

  /// The server that clients connect to is up: STATUS shows its traffic.
  package func show(_ server: Server) { status.show(server) }

  /// Takes no new requests any more, but for those that look how it does.
  package func drain() {
    status.drain()
    events.note(.coordinatorDrains, of: "")
  }

  /// All metrics in Prometheus' text format.
  package func metricsText() async -> String { await status.metricsText() }

  /// What keeps the coordinator from answering queries in full, in words for people; nothing: it is ready.
  package func obstacles() async -> [String] { await status.obstacles() }

  /// Tells every shard that can be asked what it does not know yet.
  ///
  /// - Returns: how many shards know everything now.
  @discardableResult
  package func greetAll() async -> Int {
    _ = await fleet.withEach(fleet.peers) { [fleet] peer in await fleet.greetIfNeeded(peer) }
    return fleet.reachable().count
  }

  /// Removes staged generations that nothing was sent to for long, and previous ones that were kept for long.
  package func tidy(by deadline: Instant) async throws(WireError) { try await keeper.tidy(by: deadline) }
}
