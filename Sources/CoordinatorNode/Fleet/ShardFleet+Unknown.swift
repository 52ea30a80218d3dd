import Telemetry
import Transport
import Vocabulary
import Wire

/// A catalogue that is an older copy is told by what shards hold: generations and collections that it lacks.
extension ShardFleet {
  /// Compares what a shard holds with the catalogue; call it in the shard's turn.
  ///
  /// A generation before the one that serves is left from a drop that was forgotten, and dropped. A later one says that the
  /// catalogue is an older copy, unless it is the shard's data that is older.
  func compareCatalogue(of peer: Peer, by deadline: Instant) async throws(WireError) {
    let held = try await tell(peer, CollectionDescribeRequest(name: nil), by: deadline).reply.collections.map(\.key)
    let catalogue = registry.catalogue
    let known = Set(catalogue.instances.map(\.key)).union(catalogue.pendingDrops[peer.id] ?? [])
    var unknown = Set(held).subtracting(known)
    for key in unknown {
      guard let active = catalogue.collections[key.name]?.active, key.generation < active.generation else { continue }
      unknown.remove(key)
      try registry.update { $0.noteDrop(of: key, on: peer.id) }
    }
    if isOlder(peer) { unknown = [] }
    let before = state.withLock { state in
      defer { state.unknown[peer.id] = unknown.isEmpty ? nil : unknown }
      return state.unknown[peer.id] ?? []
    }
    guard let last = unknown.map(\.generation).max(), unknown != before else { return }
    // No generation that is made from now on has the number of one of them.
    try registry.update { $0.lastGeneration = max($0.lastGeneration, last) }
    surroundings.log?(
      .error, "the catalogue is older than a shard: its directory is an older copy",
      ["shard": LogValue(peer.id.rawValue), "held": .text(Self.words(unknown)), "hint": .text(Self.wayOut)])
  }

  /// What shards hold and the catalogue lacks.
  var unknown: Set<InstanceKey> {
    state.withLock { $0.unknown.values.reduce(into: []) { $0.formUnion($1) } }
  }

  /// Whether shards hold a later generation of a collection than the one that serves.
  func isBehind(_ collection: String) -> Bool {
    state.withLock { state in state.unknown.values.contains { $0.contains { $0.name == collection } } }
  }

  /// Whether a shard that says this incarnation holds all items of its slots, in the generation that serves.
  func isComplete(_ collection: ServingCollection, _ peer: Peer, incarnation: Bytes16) -> Bool {
    collection.isComplete(peer.id, incarnation: incarnation) && !isBehind(collection.name)
  }

  /// Why a shard that answers does not count as complete for a collection.
  func lack(of peer: Peer, _ collection: ServingCollection) -> MissingCause {
    isBehind(collection.name) && !isDisplaced ? .older : lack(of: peer)
  }

  /// The words for a catalogue that is an older copy; `nil`: it is none, as far as shards tell.
  var unknownWords: String? {
    let unknown = unknown
    guard !unknown.isEmpty else { return nil }
    return "the coordinator's directory is older than the shards, which hold \(Self.words(unknown)): \(Self.wayOut)"
  }

  private static let wayOut =
    "put its newest directory back, or start with an empty one and --adopt ('the coordinator's directory is gone' in "
    + "cluster/recovery.md)"

  private static func words(_ keys: Set<InstanceKey>) -> String {
    keys.sorted().map { "generation \($0.generation.rawValue) of \($0.name)" }.joined(separator: ", ")
  }
}
