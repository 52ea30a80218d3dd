package import Kernels
package import Telemetry
package import Transport
package import Vocabulary
package import Wire

/// A shard's role: answers a coordinator's searches and writes, and says how it does. What it answers is its routes.
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

  /// What connections and STATUS see.
  package let standing: Lock<ShardStanding>
  /// What the shard does of itself.
  package let upkeep: ShardUpkeep
  /// Says how the shard does.
  package let report: ReportService
  /// `nil`: the shard can have no other members.
  let replication: Replication?
  private let router: Router

  /// A shard that holds nothing and keeps everything in memory only, with a new incarnation.
  ///
  /// - Parameter compute: Where scans and writes run, so that event loops never wait for them.
  package convenience init(
    _ configuration: Configuration = Configuration(), clock: any MonotonicClock, random: any RandomSource,
    compute: any TaskExecutor, outside: Outside? = nil
  ) {
    let state = ShardState(epochMicroseconds: configuration.epochMicroseconds)
    let incarnation = Bytes16(low: random.next(), high: random.next())
    let replication = outside.map {
      Replication(node: Self.node(of: incarnation), ShardHistory(), $0, log: configuration.log)
    }
    self.init(
      configuration, clock: clock, compute: compute, incarnation: incarnation,
      ShardStanding(), ShardStore(state, nil, configuration, clock: clock, replication: replication))
  }

  /// A shard as its data directory holds it, in which it keeps every change before it acknowledges it.
  package convenience init(
    _ configuration: Configuration = Configuration(), clock: any MonotonicClock, compute: any TaskExecutor,
    recovered: consuming sending RecoveredShard, outside: Outside? = nil
  ) {
    let (incarnation, journal) = (recovered.incarnation, recovered.journal)
    let standing = ShardStanding(
      map: recovered.state.map, shard: recovered.state.shard, claim: recovered.state.claim)
    let history = recovered.state.history
    let replication = outside.map {
      Replication(node: Self.node(of: incarnation), history, $0, log: configuration.log)
    }
    self.init(
      configuration, clock: clock, compute: compute, incarnation: incarnation, standing,
      ShardStore(recovered.state, journal, configuration, clock: clock, replication: replication))
  }

  /// The number of a data directory among the members of a shard.
  private static func node(of incarnation: Bytes16) -> UInt64 {
    incarnation.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private init(
    _ configuration: Configuration, clock: any MonotonicClock, compute: any TaskExecutor, incarnation: Bytes16,
    _ standing: ShardStanding, _ store: ShardStore
  ) {
    let standing = Lock(standing)
    let metrics = ShardMetrics()
    if let journal = store.journal { metrics.show(journal) }
    let scans = SharedScans(kernels: configuration.kernels, seats: configuration.scansMax)
    let search = SearchHandler(
      store: store, scans: scans, kernels: configuration.kernels, metrics: metrics, clock: clock,
      slowMicroseconds: configuration.slowSearchMicroseconds, log: configuration.log)
    let changes = ChangeService(store: store, kernels: configuration.kernels)
    let histories = HistoryHandler(changes: changes)
    let members = MemberService(replication: store.replication, changes: changes, standing: standing)
    let copies = CopyService(changes: changes, clock: clock, partBytes: configuration.partBytes)
    let report = ReportService(
      changes: changes, standing: standing, metrics: metrics, incarnation: incarnation, program: configuration.program,
      memoryMax: configuration.memoryMax, clock: clock, start: clock.now(),
      told: ToldRevisions(store.journal?.directory))
    let searches = Admission(most: configuration.searchesMax, clock: clock)
    let requests = Admission(most: configuration.requestsMax, clock: clock)
    // Requests that only read the node's state are never refused, so that operators see it under overload.
    let routes = [
      Route(searches, search.search as Answer<SearchRequest>),
      Route(requests, search.items as Answer<GetRequest>),
      Route(requests, changes.make as Answer<UpsertRequest>),
      Route(requests, changes.make as Answer<UpdateRequest>),
      Route(requests, changes.make as Answer<DeleteRequest>),
      Route(requests, changes.make as Answer<EventRequest>),
      Route(requests, histories.step as Answer<HistoryRequest>),
      Route(requests, changes.make as Answer<CollectionCreateRequest>),
      Route(requests, changes.make as Answer<CollectionDropRequest>),
      Route(requests, copies.transfer as Answer<TransferRequest>),
      Route(requests, copies.snapshot as Answer<SnapshotRequest>),
      Route(requests, copies.measure as Answer<GenerationRequest>),
      Route(nil, members.group as Answer<GroupRequest>),
      Route(nil, members.replicate as Answer<ReplicateRequest>),
      Route(nil, report.shardMap as Answer<ShardMapRequest>),
      Route(nil, report.position as Answer<PositionRequest>),
      Route(nil, report.describe as Answer<CollectionDescribeRequest>),
      Route(nil, report.status as Answer<StatusRequest>),
      Route(nil, report.metrics as Answer<MetricsRequest>),
    ]
    router = Router(routes, compute: compute, clock: clock, refusesLate: true) { opcode, error, microseconds in
      metrics.answered(opcode, error, microseconds: microseconds)
    }
    (self.standing, self.report, replication) = (standing, report, store.replication)
    store.replication?.show(in: metrics.registry)
    upkeep = ShardUpkeep(changes: changes, standing: standing, log: configuration.log)
  }

  /// What answers requests of a type.
  private typealias Answer<Request: RequestMessage> =
    @Sendable (Request, InboundRequest) async throws(WireError) -> Request.Reply

  package var identity: NodeIdentity { report.identity }

  package var servedOpcodes: OpcodeSet { router.served }

  package nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    if let refusal = replication?.refusal(of: request) { return .failure(refusal) }
    return await router.answer(request)
  }
}
