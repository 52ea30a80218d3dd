import Placement
import Telemetry
import Vocabulary
import Wire

// The map says where the members of a shard are, and the coordinators fit its group to the map.
extension Mover {
  /// Gives a shard one more member, which then gets a copy of all that the shard holds.
  func add(member address: String, to id: ShardID, by deadline: Instant) async throws(WireError) {
    try checkNoPlan()
    let map = authority.map
    let members = map.index(of: id).map { map.shards[$0].addresses } ?? []
    let next = try changed { () throws(ShardMapError) in try map.placing(id, at: members + [address]) }
    try await examine(ShardMap.Shard(id: id, address: address), by: deadline)
    try await authority.change(to: next, by: deadline)
    try await awaitGroup(of: id, by: deadline)
    surroundings.log?(.info, "a member is added", ["shard": LogValue(id.rawValue), "address": LogValue(address)])
  }

  /// Takes a member of a shard that has more than two out of the map.
  func remove(member address: String, from id: ShardID, by deadline: Instant) async throws(WireError) {
    try checkNoPlan()
    let map = authority.map
    guard let index = map.index(of: id), let members = fleet.peers.first(where: { $0.id == id })?.members,
      let group = members.group, let place = members.addresses.firstIndex(of: address)
    else { throw WireError(.conflict, message: "shard \(id.rawValue) has no member at that address besides others") }
    guard members.addresses.count > 2 else {
      throw WireError(.conflict, message: "a shard that has several members keeps two: add another one first")
    }
    guard group.primary != place else {
      throw WireError(.conflict, message: "that member takes the shard's writes: promote another one first")
    }
    let left = members.standings.enumerated().count {
      $0.offset != place && $0.element.isInSync && $0.element.isConnected
    }
    guard left >= members.addresses.count - 2, members.standings[group.primary].isConnected else {
      throw WireError(.conflict, message: "too few of the others are in sync")
    }
    var addresses = map.shards[index].addresses
    addresses.remove(at: place)
    let next = try changed { () throws(ShardMapError) in try map.placing(id, at: addresses) }
    try await authority.change(to: next, by: deadline)
    try await awaitGroup(of: id, by: deadline)
    surroundings.log?(.info, "a member is removed", ["shard": LogValue(id.rawValue), "address": LogValue(address)])
  }

  /// Waits until the group of a shard is that of the map.
  private func awaitGroup(of id: ShardID, by deadline: Instant) async throws(WireError) {
    while let members = fleet.peers.first(where: { $0.id == id })?.members, !members.hasStoredGroup {
      guard surroundings.clock.now() < deadline else {
        throw WireError(
          .deadlineExceeded, message: "the map is changed; the shard's group follows: see 'winnow replica list'")
      }
      await surroundings.sleep(10_000, until: deadline)
    }
  }
}
