import Bytes
import Placement
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// Whether shards, and the coordinator itself, are what they were: older data, an older catalogue and a later coordinator
/// are told from what shards have confirmed.
final class Confirmations: Sendable {
  /// The connection of which a shard was looked at last.
  private struct Meeting: Equatable, Sendable {
    let nonce: [UInt8]
    let incarnation: Bytes16

    init(_ identity: NodeIdentity) { (nonce, incarnation) = (identity.nonce, identity.incarnation) }
  }

  private struct State {
    var meetings: [ShardID: Meeting] = [:]
    /// Instances of each shard that the catalogue lacks and that are no remains: it is an older copy.
    var unknown: [ShardID: Set<InstanceKey>] = [:]
    var isDisplaced = false
  }

  /// The number of this coordinator.
  let claim: UInt64
  let store: ConfirmedStore
  let registry: CollectionRegistry
  let plans: AgreedValue<MovePlan?>
  let surroundings: Coordinator.Surroundings
  private let state = Lock(State())

  /// Takes a number for this start, and keeps it before a shard is told.
  init(
    _ store: ConfirmedStore, _ registry: CollectionRegistry, _ plans: AgreedValue<MovePlan?>,
    _ surroundings: Coordinator.Surroundings
  ) {
    (self.store, self.registry, self.plans, self.surroundings) = (store, registry, plans, surroundings)
    // Of two on copies of a directory the later one has the shards.
    let (start, random) = (surroundings.wallMicroseconds() / 1000, surroundings.random.next())
    let shared = surroundings.council?.claim
    claim = store.update { confirmed in
      if let shared { confirmed.claim = shared } else { confirmed.takeClaim(milliseconds: start, random: random) }
      return confirmed.claim
    }
    keep()
  }

  /// Writes what shards have confirmed, if it has changed.
  func keep() {
    do throws(StorageError) { try store.write() } catch {
      surroundings.log?.limited(
        by: "confirmed", .error, "what shards have confirmed cannot be kept", ["error": .text(error.text)])
    }
  }

  // MARK: Older data

  /// What a shard that is connected says of itself, with the catalogue's name of its data in the place of the
  /// incarnation: another one since the data was found to be older than it was, none for a coordinator that was
  /// displaced. So neither is taken for complete.
  ///
  /// - Returns: The identity, and whether its data was found to be older just now; `nil`: the shard cannot be asked.
  func identity(of peer: Peer) -> (identity: NodeIdentity, isNews: Bool)? {
    // How a shard was reached when it had other members says nothing of what it has now.
    let served = registry.serving.peers.first { $0.id == peer.id }
    let isPresent = served.map { $0.shard.addresses == peer.shard.addresses } ?? true
    // Within the lock, so that an earlier connection is never looked at behind a later one.
    let found = state.withLock { state -> (identity: NodeIdentity, isOlder: Bool)? in
      guard let identity = peer.caller.presence.identity else { return nil }
      let meeting = Meeting(identity)
      guard isPresent, state.meetings[peer.id] != meeting else { return (identity, false) }
      state.meetings[peer.id] = meeting
      return (identity, meet(peer.id, identity))
    }
    guard let found else { return nil }
    var identity = found.identity
    if identity.clusterID.bytes == registry.publication.map.clusterID { note(claim: identity.claim) }
    if found.isOlder { tellOlder(peer) }
    identity.incarnation = name(of: peer.id, identity.incarnation)
    return (identity, found.isOlder)
  }

  /// The catalogue's name of data that a shard has; zero: it is complete for nothing.
  func name(of shard: ShardID, _ incarnation: Bytes16) -> Bytes16 {
    guard !isDisplaced, let entry = store.current.entries[shard], entry.incarnation == incarnation else { return .zero }
    return entry.name
  }

  private func meet(_ shard: ShardID, _ identity: NodeIdentity) -> Bool {
    let (incarnation, random) = (identity.incarnation, surroundings.random)
    let isShared = surroundings.council != nil
    return store.update { confirmed in
      let before = confirmed.entries[shard].flatMap { $0.incarnation == incarnation ? $0.name : nil } ?? incarnation
      return confirmed.meet(
        shard, incarnation, identity.epoch, identity.position,
        wasComplete: { registry.catalogue.instances.contains { $0.record.complete[shard] == incarnation } },
        // Several coordinators that find the same give it the same name.
        newName: { isShared ? before.successor : Bytes16(low: random.next() | 1, high: random.next()) })
    }
  }

  /// Of several coordinators one may have found a shard's data to be older while another was away: what the catalogue counts
  /// as complete under a later name of the same data has been found and completed since.
  func takeNames(of catalogue: CollectionCatalogue) {
    store.update { confirmed in
      for (shard, entry) in confirmed.entries {
        let complete = Set(catalogue.instances.compactMap { $0.record.complete[shard] })
        var name = entry.name
        for _ in 0..<Self.namesMax where !complete.contains(name) { name = name.successor }
        if complete.contains(name) { confirmed.rename(shard, name) }
      }
    }
  }

  /// How often the data of a shard may be found to be older without a coordinator that is away for so long.
  private static let namesMax = 16

  private func tellOlder(_ peer: Peer) {
    // Before a write makes the shard look newer again.
    keep()
    surroundings.log?(
      .error, "a shard's data is older than it was: what it has acknowledged since then is missing",
      [
        "shard": LogValue(peer.id.rawValue), "address": .text(peer.shard.address),
        "hint": "put its newest directory back, or see 'Older than it was' in cluster/recovery.md",
      ])
  }

  /// Notes what a shard has confirmed, unless another connection has come meanwhile.
  func confirm(_ peer: Peer, since before: NodeIdentity, epoch: Epoch = Epoch(0), position: UInt64 = 0) {
    state.withLock { state in
      guard let now = peer.caller.presence.identity, Meeting(now) == Meeting(before),
        state.meetings[peer.id] == Meeting(before)
      else { return }
      store.update { $0.confirm(peer.id, before.incarnation, epoch: epoch, position: position) }
    }
  }

  /// Forgets a shard that has left the map.
  func remove(_ shard: ShardID) {
    state.withLock { ($0.meetings[shard], $0.unknown[shard]) = (nil, nil) }
    store.update { $0.forget(shard) }
  }

  /// Whether a shard has been found to be older than it was, and has not got a new directory since.
  func isOlder(_ peer: Peer) -> Bool { store.current.entries[peer.id]?.isOlder ?? false }

  // MARK: Completeness

  /// Whether a shard that says this incarnation holds all items of its slots, in the generation that serves.
  func isComplete(_ collection: ServingCollection, _ peer: Peer, incarnation: Bytes16) -> Bool {
    collection.isComplete(peer.id, incarnation: incarnation) && !isBehind(collection.name)
  }

  /// Why a shard that answers does not count as complete.
  ///
  /// - Parameter collection: For this one; `nil`: for any.
  func lack(of peer: Peer, _ collection: ServingCollection? = nil) -> MissingCause {
    if isDisplaced { return .displaced }
    return isOlder(peer) || collection.map { isBehind($0.name) } ?? false ? .older : .restartedEmpty
  }

  // MARK: A later coordinator

  /// Whether a coordinator that started later has taken over the shards.
  var isDisplaced: Bool { state.withLock { $0.isDisplaced } }

  /// A shard has taken a claim. If it is greater than this coordinator's, this one changes nothing any more: the next
  /// start has a greater one again.
  func note(claim: UInt64) {
    guard claim > self.claim else { return }
    let isNews = state.withLock { state in
      defer { state.isDisplaced = true }
      return !state.isDisplaced
    }
    let isGreater = store.update { confirmed in
      defer { confirmed.claim = max(confirmed.claim, claim) }
      return claim > confirmed.claim
    }
    if isGreater { keep() }
    guard isNews else { return }
    surroundings.log?(
      .error, "another coordinator has taken over the shards: this one changes nothing any more",
      ["hint": "stop one of the two; the one that starts last has the shards"])
  }

  /// The answer to what would change the cluster; `nil`: this coordinator may.
  var displacement: WireError? {
    guard isDisplaced else { return nil }
    return WireError(
      .displaced, message: "another coordinator, which started later, has taken over the shards: ask that one")
  }

  // MARK: An older catalogue

  /// Notes the generations that a shard holds and the catalogue lacks: later ones say that the catalogue is an older copy,
  /// unless it is the shard's data that is older.
  func note(unknown: Set<InstanceKey>, at peer: Peer) async throws(WireError) {
    let unknown = isOlder(peer) ? [] : unknown
    let before = state.withLock { state in
      defer { state.unknown[peer.id] = unknown.isEmpty ? nil : unknown }
      return state.unknown[peer.id] ?? []
    }
    guard let last = unknown.map(\.generation).max(), unknown != before else { return }
    // No generation that is made from now on has the number of one of them.
    try await registry.update { $0.lastGeneration = max($0.lastGeneration, last) }
    surroundings.log?(
      .error, "the catalogue is older than a shard: the coordinator's directory is an older copy",
      ["shard": LogValue(peer.id.rawValue), "held": .text(Self.words(unknown)), "hint": .text(Self.wayOut)])
  }

  /// What shards hold and the catalogue lacks.
  var unknown: Set<InstanceKey> { state.withLock { $0.unknown.values.reduce(into: []) { $0.formUnion($1) } } }

  /// Whether shards hold a later generation of a collection than the one that serves, or know that the catalogue has
  /// changed since.
  func isBehind(_ collection: String) -> Bool {
    isCatalogueOlder
      || state.withLock { state in state.unknown.values.contains { $0.contains { $0.name == collection } } }
  }

  /// The words for a catalogue that is an older copy; `nil`: it is none, as far as shards tell.
  var unknownWords: String? {
    let unknown = unknown
    guard !unknown.isEmpty else { return isCatalogueOlder ? Self.olderWords : nil }
    return "the coordinator's directory is older than the shards, which hold \(Self.words(unknown)): \(Self.wayOut)"
  }

  static let wayOut =
    "put its newest directory back, or start with an empty one and --adopt (see cluster/recovery.md)"

  private static func words(_ keys: Set<InstanceKey>) -> String {
    keys.sorted().map { "generation \($0.generation.rawValue) of \($0.name)" }.joined(separator: ", ")
  }
}

extension Bytes16 {
  /// The name that data gets which is called so and is found to be older.
  fileprivate var successor: Bytes16 {
    Bytes16(Array(ContentHash.sha256(joining: [bytes]).prefix(16))) ?? self
  }
}
