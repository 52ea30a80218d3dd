import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers METADATA.
struct MetadataService: Sendable {
  let fleet: ShardFleet
  let plans: AgreedValue<MovePlan?>

  private var registry: CollectionRegistry { fleet.registry }
  var surroundings: Coordinator.Surroundings { fleet.surroundings }

  /// Epochs and generations that are left out at a recovery: more than were lost with what the store had.
  private static let numbersLeftOut: UInt32 = 1000
  private static let askAgainMicroseconds: UInt64 = 50_000

  /// Answers METADATA.
  func step(_ request: MetadataRequest, _ inbound: InboundRequest) async throws(WireError) -> MetadataResponse {
    if request.step == .recover, let council = surroundings.council {
      try await recover(council, handsOn: inbound.peerRole != .coordinator, by: inbound.deadline)
    }
    return response()
  }

  /// How the coordinators and the store do, as this coordinator sees it.
  func response() -> MetadataResponse {
    var response = MetadataResponse()
    (response.mapRevision, response.catalogueRevision) = (fleet.home.revision, registry.revision)
    guard let council = surroundings.council else { return response }
    let (own, roster) = council.view
    (response.kind, response.own, response.chair) = (.etcd, own.id, roster.chair ?? 0)
    if let wentBack = council.wentBack {
      (response.state, response.fault) = (.wentBack, wentBack.cut(toBytes: MetadataResponse.textBytesMax))
    } else if let fault = council.fault {
      (response.state, response.fault) = (.silent, fault.text.cut(toBytes: MetadataResponse.textBytesMax))
    }
    response.coordinators = roster.coordinators.prefix(MetadataResponse.coordinatorsMax).map { entry in
      .init(
        id: entry.id, mapRevision: entry.served.map, catalogueRevision: entry.served.catalogue,
        address: entry.address.cut(toBytes: MetadataResponse.textBytesMax))
    }
    return response
  }

  // MARK: What went back

  /// Lets the store count as it is. The coordinator that has the chair, or gets it now, writes what it has in memory, or
  /// what a shard knows if that is later; any other has it do so, and takes that.
  private func recover(_ council: Council, handsOn: Bool, by deadline: Instant) async throws(WireError) {
    guard council.wentBack != nil else { return }
    let maps = try await shardMaps(by: deadline)
    try await council.recover { () async throws(WireError) in
      while try await !isRecovered(council, maps, handsOn: handsOn, by: deadline) {
        await surroundings.sleep(Self.askAgainMicroseconds)
      }
    }
  }

  /// - Returns: `false`: it has to be tried again.
  private func isRecovered(
    _ council: Council, _ maps: [ShardMap], handsOn: Bool, by deadline: Instant
  ) async throws(WireError) -> Bool {
    await council.renew()
    if council.holdsChair {
      try await makeGood(maps)
      return true
    }
    guard handsOn else { throw .onlyTheChair }
    do throws(WireError) { try await council.askChairToRecover(by: deadline) } catch {
      guard surroundings.later(Self.askAgainMicroseconds) < deadline else { throw error }
      return false
    }
    try await fleet.home.forgetRevision()
    try await registry.forgetRevision()
    try await plans.forgetRevision()
    // Who follows the store is told of all that it has once more.
    council.store.acceptThatItWentBack()
    return true
  }

  /// Writes the newest of what is known over what the store has.
  private func makeGood(_ maps: [ShardMap]) async throws(WireError) {
    var newest = fleet.home.map
    for map in maps where newest.epoch < map.epoch { newest = map }
    do throws(ShardMapError) {
      newest = try ShardMap(
        epoch: Epoch(newest.epoch.rawValue &+ Self.numbersLeftOut), clusterID: newest.clusterID, shards: newest.shards,
        owners: newest.owners)
    } catch { throw WireError(.internalFault) }
    try await fleet.home.restore(newest)
    try await registry.restore(leavingOut: Self.numbersLeftOut)
    for members in fleet.peers.compactMap(\.members) {
      try await members.restoreGroup(leavingOut: Self.numbersLeftOut)
    }
    // An admin looks at the shards first.
    try await plans.restore { $0?.isPaused = true }
    surroundings.log?(.warning, "the metadata store was written again", ["epoch": LogValue(newest.epoch.rawValue)])
  }

  private func shardMaps(by deadline: Instant) async throws(WireError) -> [ShardMap] {
    let end = fleet.gatherEnd(deadline)
    let answers = await fleet.tryEach(fleet.peers) { (peer) async throws(WireError) in
      try await fleet.tell(peer, ShardMapRequest(.read), by: end).reply.map
    }
    var maps: [ShardMap] = []
    for answer in answers {
      if let map = try answer.get(), map.clusterID == fleet.home.map.clusterID { maps.append(map) }
    }
    return maps
  }
}
