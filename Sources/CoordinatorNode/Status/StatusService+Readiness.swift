import Placement
import Transport
import Vocabulary
import Wire

extension StatusService {
  /// How long the shards may take to say that they are there.
  private static let readinessMicrosecondsMax: UInt64 = 2_000_000

  /// What keeps the coordinator from answering queries in full, in words for people; nothing: it is ready.
  ///
  /// Ready means: it takes requests, every collection has a model that is loaded, and every shard of the map has
  /// answered just now and holds all items of its slots.
  func obstacles() async -> [String] {
    var obstacles: [String] = []
    if isDraining { obstacles.append("draining: it takes no new requests") }
    let serving = registry.serving
    if serving.collections.isEmpty { obstacles.append("there is no collection") }
    for collection in serving.collections.values.sorted(by: { $0.name < $1.name }) where collection.model == nil {
      obstacles.append("collection \(collection.name) has no model")
    }
    let held = await fleet.holdings(serving, by: fleet.surroundings.later(Self.readinessMicrosecondsMax))
    for (peer, held) in zip(serving.peers, held) {
      guard let cause = Self.missing(peer, serving, answered: held != nil) else { continue }
      obstacles.append("shard \(peer.id.rawValue) at \(peer.shard.address): \(cause.words)")
    }
    return obstacles
  }
}
