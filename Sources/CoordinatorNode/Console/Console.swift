import Placement
import Ranking
import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers the console in JSON: how the cluster does, and queries with the way to their results.
package struct Console: Sendable {
  /// Time that the shards have to say how they do, when the console asks.
  private static let statusMicrosecondsMax: UInt64 = 1_000_000
  /// Slow queries that the console shows.
  private static let slowQueriesShown = 50
  /// Events of the cluster that it shows.
  private static let eventsShown = 12
  private static let loopRunsShown = 5

  private let service: StatusService
  private let mover: Mover
  private let queries: QueryService
  private let router: Router

  private var registry: CollectionRegistry { service.registry }
  private var clock: any MonotonicClock { service.fleet.surroundings.clock }

  /// - Parameter router: Answers the console's requests on the way that those of connections take.
  init(_ service: StatusService, _ mover: Mover, _ queries: QueryService, _ router: Router) {
    self.service = service
    self.mover = mover
    self.queries = queries
    self.router = router
  }

  /// The state of the cluster: node, collections, shards with their slots, moves, links and the newest events.
  package func status() async -> ConsoleReply {
    let status = await service.status(by: clock.now().advanced(microseconds: Self.statusMicrosecondsMax))
    let serving = registry.serving
    let slots = Self.slots(of: serving.map)
    let shards = status.shards.map { shard in
      JSONText.object([
        ("id", .count(shard.id.rawValue)), ("address", .text(shard.address)), ("slots", .count(shard.slots)),
        ("ranges", .list(slots[shard.id] ?? [])), ("state", .text(shard.state.words)),
        ("missing", shard.missing.map { .text($0.words) } ?? .null), ("items", .count(shard.items)),
        ("weight", serving.map.index(of: shard.id).map { .count(serving.map.shards[$0].weight) } ?? .null),
      ])
    }
    return ConsoleReply(
      .object([
        ("node", node(status)), ("collections", .list(collections(status, serving))), ("shards", .list(shards)),
        ("moves", JSONText(mover.moves())), ("links", .list(status.links.map { JSONText($0) })),
        ("events", .list(registry.events.newest(Self.eventsShown).reversed().map { JSONText($0) })),
        ("loop_runs", .list(registry.events.newest(Self.loopRunsShown, .loopRun).reversed().map { JSONText($0) })),
      ]))
  }

  /// The counts since the start, for charts that take the difference of two readings.
  package func live() -> ConsoleReply {
    let tally = queries.tally
    let (reading, latency) = (tally.reading, tally.seconds.snapshot)
    let load = queries.gate.load
    let peers = registry.serving.peers
    let errors = reading.errors.sorted { $0.key < $1.key }.map { ($0.key, JSONText.count($0.value)) }
    return ConsoleReply(
      .object([
        ("uptime_us", .count(service.uptime)),
        ("answered", .count(reading.answered)), ("partial", .count(reading.partial)),
        ("coverage_ppm", .count(reading.coverage)), ("errors", .object(errors)),
        (
          "latency",
          .object([
            ("bounds_us", .list(tally.seconds.bounds.map { .count(Int(($0 * 1e6).rounded())) })),
            ("counts", .list(latency.counts.map { .count($0) })),
          ])
        ),
        ("in_work", .count(load.inWork)), ("waiting", .count(load.waiting)),
        ("in_work_max", .count(queries.gate.inWorkLimit)), ("shards", .count(peers.count)),
        ("shards_up", .count(peers.count { $0.caller.presence.identity != nil })),
      ]))
  }

  /// The last queries that took long, the newest first.
  package func slow() -> ConsoleReply {
    let answer = queries.slow.answer(SlowLogRequest(limit: Self.slowQueriesShown))
    return ConsoleReply(
      .object([
        ("threshold_us", .count(answer.thresholdMicroseconds)), ("total", .count(answer.total)),
        ("queries", .list(answer.queries.reversed().map { JSONText($0) })),
      ]))
  }

  /// Answers a query in JSON: the results in both orders, and how they came about.
  package func rank(_ json: [UInt8]) async -> ConsoleReply {
    var query: ConsoleQuery
    do throws(ModelError) { query = try ConsoleQuery.read(json: json) } catch { return ConsoleReply(error) }
    do throws(ModelError) { query.request.collection = try named(query.request.collection) } catch {
      return ConsoleReply(error)
    }
    let now = clock.now()
    do throws(WireError) {
      let response = try await ask(query.request, within: UInt64(query.timeoutMilliseconds) * 1000)
      let elapsed = now.microseconds(until: clock.now())
      return ConsoleReply(
        ConsoleAnswer(response, to: query, map: registry.publication.map, microseconds: elapsed).json)
    } catch {
      return ConsoleReply(error, filter: query.request.filter)
    }
  }

  /// Completes what is typed into the search box.
  package func suggest(_ json: [UInt8]) async -> ConsoleReply {
    var suggestion: ConsoleSuggestion
    do throws(ModelError) {
      suggestion = try ConsoleSuggestion.read(json: json)
      suggestion.request.collection = try named(suggestion.request.collection)
    } catch { return ConsoleReply(error) }
    do throws(WireError) {
      return ConsoleReply(
        ConsoleSuggestion.json(try await ask(suggestion.request, within: Self.shopperMicroseconds)))
    } catch { return ConsoleReply(error, filter: "") }
  }

  // MARK: Shoppers

  /// What is kept of a shopper, the newest event first.
  package func history(_ json: [UInt8]) async -> ConsoleReply {
    var request = HistoryRequest(.get, collection: "", user: 0)
    do throws(ModelError) {
      let shopper = try ConsoleShopper.history(json: json)
      (request.collection, request.user) = (try named(shopper.collection), shopper.user)
    } catch { return ConsoleReply(error) }
    do throws(WireError) {
      let response = try await ask(request, within: Self.shopperMicroseconds)
      let events = try response.histories.first?.kept() ?? []
      return ConsoleReply(
        .object([
          ("user", .id(request.user)), ("in_model", .bool(response.isInModel)),
          ("marked", .bool(response.histories.first?.isMarked ?? false)),
          ("events", .list(events.reversed().map { JSONText($0) })),
        ]))
    } catch { return ConsoleReply(error, filter: "") }
  }

  /// Takes an event of a shopper: the next query sees it.
  package func event(_ json: [UInt8]) async -> ConsoleReply {
    let request: EventRequest
    do throws(ModelError) {
      let shopper = try ConsoleShopper.event(json: json)
      request = EventRequest(
        collection: try named(shopper.collection), writer: service.fleet.surroundings.random.next() | 1, op: 1,
        events: shopper.event.map { [.init(user: shopper.user, $0)] } ?? [])
    } catch { return ConsoleReply(error) }
    do throws(WireError) {
      if let refusal = service.fleet.confirmations.displacement { throw refusal }
      let response = try await ask(request, within: Self.shopperMicroseconds)
      return ConsoleReply(.object([("accepted", .count(response.counts.accepted))]))
    } catch { return ConsoleReply(error, filter: "") }
  }

  private static let shopperMicroseconds: UInt64 = 2_000_000

  /// A collection by its name; the only one need not be named.
  private func named(_ name: String) throws(ModelError) -> String {
    let names = registry.serving.collections.keys.sorted()
    if name.isEmpty, names.count == 1 { return names[0] }
    guard isName(name) else {
      throw ModelError(.request, "collection", .missing, "say which: \(names.joined(separator: ", "))")
    }
    return name
  }

  private func ask<Request: RequestMessage>(
    _ request: Request, within microseconds: UInt64
  ) async throws(WireError) -> Request.Reply {
    let now = clock.now()
    let inbound = InboundRequest(
      opcode: Request.opcode, body: [], arrival: now, deadline: now.advanced(microseconds: microseconds))
    return try await router.answer(request, inbound, refusal: service.refusal)
  }

  // MARK: Parts of the state

  private func node(_ status: StatusResponse) -> JSONText {
    .object([
      ("build", .text(status.build)), ("cluster", .text(Self.hexadecimal(status.cluster))),
      ("incarnation", .text(Self.hexadecimal(status.incarnation))), ("epoch", .count(status.epoch.rawValue)),
      ("uptime_us", .count(status.uptimeMicroseconds)), ("draining", .bool(status.isDraining)),
      ("metadata", service.fleet.surroundings.council.map { .text($0.words) } ?? .null),
    ])
  }

  private func collections(_ status: StatusResponse, _ serving: Serving) -> [JSONText] {
    status.collections.map { collection in
      let known = try? serving.collection(collection.name, collection.generation)
      let attributes = (known?.schema.attributes ?? []).map {
        JSONText.object([("name", .text($0.name)), ("type", .text($0.type.word))])
      }
      let users = known?.model?.model.users.firstIDs(8) ?? []
      return .object([
        ("name", .text(collection.name)), ("generation", .count(collection.generation.rawValue)),
        ("active", .bool(serving.collections[collection.name]?.generation == collection.generation)),
        ("items", .count(collection.items)), ("memory_bytes", .count(collection.memoryBytes)),
        ("model", collection.model == 0 ? .null : .text(String(collection.model, radix: 16))),
        ("promise", known?.model?.model.manifest.privacy.map { .text($0.words) } ?? .null),
        ("experiment", experiment(collection.name)), ("loss", loss(collection.name)),
        ("dimension", .count(known?.schema.embeddingDimension ?? 0)), ("attributes", .list(attributes)),
        ("users", .list(users.map { .id($0) })),
      ])
    }
  }

  /// The arms as this coordinator has seen them.
  private func experiment(_ name: String) -> JSONText {
    guard let collection = registry.catalogue.collections[name], let experiment = collection.experiment else {
      return .null
    }
    var seen = ExperimentResponse()
    queries.arms.show(name, experiment, in: &seen)
    let arms = zip(experiment.plan.arms, seen.counts).map { arm, counts in
      JSONText.object([
        ("name", .text(arm.name)), ("generation", .count(arm.generation.rawValue)),
        ("share", .number(Double(arm.share) / 1e6)), ("queries", .count(counts.queries)),
        ("failures", .count(counts.failures)), ("us", .count(counts.microseconds)), ("clicks", .count(counts.clicks)),
        ("difference", .float(counts.difference)), ("width", .float(counts.width)),
      ])
    }
    let shadow = JSONText.object([
      ("generation", .count(experiment.plan.shadow.rawValue)), ("results", .count(seen.shadow.results)),
      ("shared", .count(seen.shadow.shared)),
    ])
    return .object([
      ("state", .text(experiment.isOver ? "ended" : collection.actingExperiment == nil ? "waiting" : "acting")),
      ("reason", .text(experiment.reason)), ("arms", .list(arms)),
      ("shadow", experiment.plan.shadowShare > 0 ? shadow : .null),
    ])
  }

  /// What answers miss, as far as it was measured.
  private func loss(_ name: String) -> JSONText {
    guard let (results, found) = queries.loss.reading(name) else { return .null }
    return .object([
      ("results", .count(results)), ("missed", .number(1 - Double(found) / Double(results))),
    ])
  }

  private static func hexadecimal(_ id: Bytes16) -> String {
    id.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The slots of each shard, as lists of the first and the last of each run.
  private static func slots(of map: ShardMap) -> [ShardID: [JSONText]] {
    var runs: [ShardID: [JSONText]] = [:]
    var first = 0
    for slot in map.owners.indices {
      guard slot + 1 == map.owners.count || map.owners[slot + 1] != map.owners[slot] else { continue }
      runs[map.shards[Int(map.owners[slot])].id, default: []].append(.list([.count(first), .count(slot)]))
      first = slot + 1
    }
    return runs
  }
}
