import Placement
import Vocabulary
import Wire

extension ShardMapRequest: ChangeRequest {
  static var isRouted: Bool { false }
  var freesRoom: Bool { true }

  /// The first map of a shard with other members; a shard that was alone goes on until its group is made.
  func needsGroup(in state: borrowing ShardState) -> Bool {
    guard state.map == nil, case .install(let new, let id) = step else { return false }
    return new.shards.contains { $0.id == id && !$0.replicas.isEmpty }
  }

  /// Takes a shard map: a newer one, or the same again.
  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: ShardMapResponse) {
    guard case .install(let new, let id) = step else { throw WireError(.malformedBody) }
    guard new.shards.contains(where: { $0.id == id }) else {
      throw WireError(.conflict, message: "the map has no shard of that id")
    }
    if let map = state.map {
      let words = "its data is that of \(map.words(for: state.shard))"
      guard map.clusterID == new.clusterID else {
        throw WireError(.wrongCluster, errorClass: [.notExecuted], message: words)
      }
      guard state.shard == id else { throw WireError(.conflict, message: words) }
      guard new.epoch > map.epoch || new == map else {
        throw WireError(
          .staleEpoch, epoch: map.epoch.rawValue, message: "the shard has a newer map, or another one of this epoch")
      }
    }
    return (new == state.map ? [] : [.map(new, as: id, now: now)], ShardMapResponse(map: new))
  }
}
