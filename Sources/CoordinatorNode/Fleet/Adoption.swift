import Metadata
package import Placement
import Storage
import Telemetry
package import Transport
import Vocabulary
import Wire

/// Makes the data directory of a coordinator from what the shards of its cluster hold: the map, the collections and their
/// generations. Models are at no shard.
struct Adoption: Sendable {
  /// What a shard says of itself.
  fileprivate struct Witness: Sendable {
    let address: String
    let identity: NodeIdentity
    let shard: ShardID
    let map: ShardMap
    let held: [CollectionDescribeResponse.Description]
    let told: Revisions
  }

  let surroundings: Coordinator.Surroundings
  let configuration: Coordinator.Configuration
  let makeCaller: ShardFleet.MakeCaller

  /// How long shards may take to be connected to and to answer.
  private static let microsecondsMax: UInt64 = 10_000_000

  /// Asks the shards, then writes the directory: the map last, since a directory without one is no coordinator's.
  ///
  /// - Parameter addresses: Of all shards of the cluster, in any order.
  /// - Returns: What was taken, a line each.
  /// - Throws: `StartError`; nothing was written if a shard is missing or two do not fit each other.
  func run(_ addresses: [String]) async throws(StartError) -> [String] {
    let stored: MetadataValue?
    do throws(MetadataError) { stored = try await surroundings.metadata.get(.shardMap) } catch {
      throw .metadata(error)
    }
    guard stored == nil else {
      throw .cannotAdopt(
        "\(surroundings.directory.path) is a coordinator's directory already: start without --adopt, or give an empty one"
      )
    }
    var witnesses: [Witness] = []
    for witness in await askAll(addresses) { witnesses.append(try witness.get()) }
    let map = try Self.newestMap(of: witnesses)
    var lines = ["\(map.words(for: nil)): shard map \(map.epoch.rawValue) of \(map.shards.count) shards"]
    for late in witnesses where late.map.epoch < map.epoch {
      lines.append(
        "shard \(late.shard.rawValue) has the older shard map \(late.map.epoch.rawValue): it counts as older than it was "
          + "until it is fed ('winnow feed --complete')")
    }
    let catalogue = try catalogue(of: witnesses, &lines)
    try await write(catalogue, map, witnesses)
    try await surroundings.write(ShardMap.form.encode(map), first: .shardMap)
    return lines
  }

  // MARK: Asking

  private func askAll(_ addresses: [String]) async -> [Result<Witness, StartError>] {
    let deadline = surroundings.later(Self.microsecondsMax)
    return await withTaskGroup(of: (Int, Result<Witness, StartError>).self) { group in
      for (index, address) in addresses.enumerated() {
        group.addTask {
          // It does not say which cluster it means, so a shard of any answers; only changes take a claim.
          var identity = NodeIdentity(role: .coordinator, program: configuration.program)
          identity.claim = 1
          let caller = makeCaller(ShardMap.Shard(id: ShardID(UInt16(clamping: index)), address: address), identity)
          await caller.start()
          let result: Result<Witness, StartError>
          do throws(StartError) { result = .success(try await witness(address, caller, by: deadline)) } catch {
            result = .failure(error)
          }
          await caller.stop()
          return (index, result)
        }
      }
      var results: [(Int, Result<Witness, StartError>)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func witness(
    _ address: String, _ caller: any ShardCaller, by deadline: Instant
  ) async throws(StartError) -> Witness {
    while caller.presence.identity == nil, surroundings.clock.now() < deadline { await surroundings.sleep(20_000) }
    guard let identity = caller.presence.identity else {
      throw .cannotAdopt("no shard answers at \(address): all shards of the cluster have to be up")
    }
    guard identity.role == .shard else { throw .cannotAdopt("the node at \(address) is no shard") }
    let status = try await ask(StatusRequest(), address, caller, by: deadline)
    let map = try await ask(ShardMapRequest(.read), address, caller, by: deadline).map
    let held = try await ask(CollectionDescribeRequest(name: nil), address, caller, by: deadline).collections
    guard let map, let shard = status.shard else {
      throw .cannotAdopt("the shard at \(address) belongs to no cluster: there is nothing to take from it")
    }
    let told = try await ask(PositionRequest(), address, caller, by: deadline).revisions
    return Witness(address: address, identity: identity, shard: shard, map: map, held: held, told: told)
  }

  private func ask<Request: RequestMessage>(
    _ request: Request, _ address: String, _ caller: any ShardCaller, by deadline: Instant
  ) async throws(StartError) -> Request.Reply {
    do {
      let body = request.body
      let reply = try await caller.call(OutboundRequest(Request.opcode, body: body, deadline: deadline))
      return try Request.Reply(body: reply.message.body, version: body.version)
    } catch { throw .cannotAdopt("the shard at \(address) does not answer \(Request.opcode.name)") }
  }

  // MARK: What they agree on

  /// The map that counts; every shard of it has to be there, and no other.
  private static func newestMap(of witnesses: [Witness]) throws(StartError) -> ShardMap {
    guard let first = witnesses.first else { throw .noShards }
    if let other = witnesses.first(where: { $0.map.clusterID != first.map.clusterID }) {
      throw .cannotAdopt(
        "the shards belong to two clusters: \(first.address) is \(first.words), \(other.address) is \(other.words)")
    }
    let newest = witnesses.map(\.map).reduce(first.map) { $0.epoch < $1.epoch ? $1 : $0 }
    if let other = witnesses.first(where: { $0.map.epoch == newest.epoch && $0.map != newest }) {
      throw .cannotAdopt("the shards have two shard maps of epoch \(newest.epoch.rawValue); see \(other.address)")
    }
    let byShard = Dictionary(grouping: witnesses, by: \.shard)
    for (shard, group) in byShard where group.count > 1 {
      let places = group.map(\.address).joined(separator: " and ")
      throw .cannotAdopt("shard \(shard.rawValue) answers at \(places): only one of them may run")
    }
    let missing = newest.shards.filter { byShard[$0.id] == nil }
    guard missing.isEmpty else {
      let names = missing.map { "shard \($0.id.rawValue) at \($0.address)" }.joined(separator: ", ")
      throw .cannotAdopt("the cluster has \(names) too: name all of its shards, and have them up")
    }
    if let other = witnesses.first(where: { newest.index(of: $0.shard) == nil }) {
      throw .cannotAdopt("\(other.address) has been removed from the cluster: leave it out")
    }
    return newest
  }

  /// The collections that the shards hold. Of two generations the later one serves; as it may have been staged only, it is
  /// not complete.
  private func catalogue(
    of witnesses: [Witness], _ lines: inout [String]
  ) throws(StartError) -> CollectionCatalogue {
    let random = surroundings.random
    var catalogue = CollectionCatalogue(incarnation: Bytes16(low: random.next() | 1, high: random.next()))
    let all = witnesses.flatMap(\.held)
    catalogue.lastGeneration = all.map(\.generation).max() ?? Generation(0)
    for name in Set(all.map(\.name)).sorted() {
      let generations = Set(all.filter { $0.name == name }.map(\.generation)).sorted(by: >)
      var records: [CollectionCatalogue.Record] = []
      for generation in generations.prefix(2) {
        let key = InstanceKey(name: name, generation: generation)
        let parts = all.filter { $0.key == key }
        guard let schema = parts.first?.schema, parts.allSatisfy({ $0.schema == schema }) else {
          throw .cannotAdopt("the shards have two schemas of collection \(name), generation \(generation.rawValue)")
        }
        let holders = generations.count > 1 ? [] : witnesses.filter { $0.held.contains { $0.key == key } }
        let complete = Dictionary(uniqueKeysWithValues: holders.map { ($0.shard, $0.identity.incarnation) })
        records.append(.init(generation: generation, schema: schema, complete: complete))
      }
      guard let active = records.first else { continue }
      var collection = CollectionCatalogue.Collection(active: active, previous: records.dropFirst().first)
      // The shards may have histories.
      collection.hasEvents = true
      catalogue.collections[name] = collection
      let items = all.filter { $0.name == name && $0.generation == active.generation }.reduce(0) { $0 &+ $1.items }
      var line = "collection \(name): generation \(active.generation.rawValue), \(items) items, without a model: "
      line += "results stay in retrieval order until it is pushed again ('winnow model push')"
      if records.count > 1 {
        line += "; generation \(records[1].generation.rawValue) is there too, so it is not known which of them served: "
        line += "answers count as incomplete until it is pushed or fed ('winnow feed --complete')"
      }
      lines.append(line)
    }
    return catalogue
  }

  // MARK: Writing

  private func write(
    _ catalogue: CollectionCatalogue, _ map: ShardMap, _ witnesses: [Witness]
  ) async throws(StartError) {
    let random = surroundings.random
    let fresh = { Bytes16(low: random.next() | 1, high: random.next()) }
    do throws(StorageError) {
      let confirmed = try ConfirmedStore(surroundings.directory)
      confirmed.update { confirmed in
        confirmed.claim = witnesses.map(\.identity.claim).max() ?? 0
        confirmed.revisionsBefore = witnesses.map(\.told).reduce(Revisions()) { $0.joined(with: $1) }
        for witness in witnesses {
          let (identity, known) = (witness.identity, { false })
          // What it should have, then what it has: a shard with an older map is older than it was.
          for epoch in [map.epoch, witness.map.epoch] {
            _ = confirmed.meet(
              witness.shard, identity.incarnation, epoch, identity.position, wasComplete: known, newName: fresh)
          }
        }
      }
      try confirmed.write()
    } catch { throw .storage(error) }
    try await surroundings.write(CollectionCatalogue.form.encode(catalogue), first: .catalogue)
  }
}

extension Adoption.Witness {
  fileprivate var words: String { map.words(for: shard) }
}

extension Coordinator {
  /// Makes a data directory from what the shards of a cluster hold, for a coordinator that has lost its own.
  ///
  /// - Parameters:
  ///   - addresses: `HOST:PORT` of all its shards.
  ///   - caller: Makes the way to a shard.
  /// - Returns: What was taken, a line each.
  /// - Throws: `StartError`; nothing was written if a shard is missing or two do not fit each other.
  package static func adopt(
    _ addresses: [String], _ configuration: Configuration = Configuration(), _ surroundings: Surroundings,
    caller: @escaping @Sendable (ShardMap.Shard, NodeIdentity) -> any ShardCaller
  ) async throws(StartError) -> [String] {
    try await Adoption(surroundings: surroundings, configuration: configuration, makeCaller: caller).run(addresses)
  }
}
