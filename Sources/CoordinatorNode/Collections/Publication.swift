import Placement
import Vocabulary
import Wire

/// The state that requests see, and the leases of the requests that use it.
final class Publication: Sendable {
  private struct State {
    var serving: Serving
    /// How many requests hold a lease on a generation.
    var generationLeases: [InstanceKey: Int] = [:]
    /// How many requests hold a lease on an epoch.
    var epochLeases: [Epoch: Int] = [:]
  }

  private let state: Lock<State>

  /// A map that serves, without collections and without a way to its shards.
  init(_ map: ShardMap) { state = Lock(State(serving: Serving(map: map))) }

  /// Map and collections, as they serve at this moment.
  var serving: Serving { state.withLock { $0.serving } }

  /// The map that serves at this moment.
  var map: ShardMap { state.withLock { $0.serving.map } }

  /// Shows a map and the ways to its shards in one step.
  func show(_ map: ShardMap, _ peers: [Peer]) {
    state.withLock { ($0.serving.map, $0.serving.peers) = (map, peers) }
  }

  /// Shows the collections, in their active generation and in others, in one step.
  func show(_ collections: [String: ServingCollection], _ others: [InstanceKey: ServingCollection]) {
    state.withLock { ($0.serving.collections, $0.serving.others) = (collections, others) }
  }

  /// Works with what serves at this moment, for a query with the generation of its arm; that is not removed before the
  /// end of the work.
  func holding<Value: Sendable>(
    _ request: RankRequest, _ work: (Serving, RankRequest, RankReport.Arm?) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await holding(request.collection, { $0.arm(of: request)?.generation ?? request.generation }) {
      (serving) async throws(WireError) in
      let arm = serving.arm(of: request)
      var request = request
      guard let arm, let plan = serving.collections[request.collection]?.experiment?.plan else {
        return try await work(serving, request, nil)
      }
      request.generation = arm.generation
      return try await work(serving, request, RankReport.Arm(experiment: plan.salt, name: arm.name))
    }
  }

  /// Works with what serves at this moment; the generation that the work is about is not removed before its end.
  func holding<Value: Sendable>(
    _ name: String, _ generation: Generation, _ work: (Serving) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await holding(name, { _ in generation }, work)
  }

  private func holding<Value: Sendable>(
    _ name: String, _ generation: (Serving) -> Generation, _ work: (Serving) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    let (serving, key) = try state.withLock { (state) throws(WireError) in
      let serving = state.serving
      let key = InstanceKey(name: name, generation: try serving.collection(name, generation(serving)).generation)
      // In the same step, so that a change of the generations or of the map that serve sees this lease.
      state.generationLeases[key, default: 0] += 1
      state.epochLeases[serving.map.epoch, default: 0] += 1
      return (serving, key)
    }
    defer {
      let epoch = serving.map.epoch
      state.withLock { state in
        state.generationLeases[key] = state.generationLeases[key].flatMap { $0 > 1 ? $0 - 1 : nil }
        state.epochLeases[epoch] = state.epochLeases[epoch].flatMap { $0 > 1 ? $0 - 1 : nil }
      }
    }
    return try await work(serving)
  }

  /// Whether a request works with a generation.
  func isInUse(_ key: InstanceKey) -> Bool { state.withLock { $0.generationLeases[key] != nil } }

  /// Whether a request works with a map before an epoch.
  func isInUse(before epoch: Epoch) -> Bool {
    state.withLock { $0.epochLeases.keys.contains { $0 < epoch } }
  }
}
