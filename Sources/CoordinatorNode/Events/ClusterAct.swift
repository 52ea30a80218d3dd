import Vocabulary
import Wire

/// A request that may change the cluster.
protocol ClusterAct: RequestMessage {
  /// The event to note for it; `nil`: it only looks.
  ///
  /// - Parameter reply: `nil`: it was refused.
  func act(_ reply: Reply?) -> ClusterEvent?
}

extension CollectionCreateRequest: ClusterAct {
  func act(_ reply: CollectionCreateResponse?) -> ClusterEvent? {
    guard reply?.isCreated ?? true else { return nil }
    return ClusterEvent(.collectionCreate, of: name, reply.map { "generation \($0.generation.rawValue)" } ?? "")
  }
}

extension CollectionDropRequest: ClusterAct {
  func act(_ reply: CollectionDropResponse?) -> ClusterEvent? {
    ClusterEvent(.collectionDrop, of: name)
  }
}

extension GenerationRequest: ClusterAct {
  func act(_ reply: GenerationResponse?) -> ClusterEvent? {
    switch step {
    case .list, .measure: return nil
    case .stage:
      let staged = reply?.generations.first { $0.state == .staged }
      return ClusterEvent(.generationStage, of: collection, staged.map { "generation \($0.generation.rawValue)" } ?? "")
    case .activate(let generation, _):
      return ClusterEvent(.generationActivate, of: collection, "generation \(generation.rawValue)")
    case .discard(let generation):
      return ClusterEvent(.generationDiscard, of: collection, "generation \(generation.rawValue)")
    }
  }
}

extension ModelLoadRequest: ClusterAct {
  func act(_ reply: ModelLoadResponse?) -> ClusterEvent? {
    guard case .commit = step else { return nil }
    return ClusterEvent(.modelLoad, of: collection, reply.map { "model \(String($0.model, radix: 16))" } ?? "")
  }
}

extension FeedRequest: ClusterAct {
  func act(_ reply: FeedResponse?) -> ClusterEvent? {
    guard case .complete = step else { return nil }
    let missing = reply?.incompleteShards ?? 0
    return ClusterEvent(.feedComplete, of: collection, missing > 0 ? "\(missing) shards are incomplete" : "")
  }
}

extension SnapshotRequest: ClusterAct {
  func act(_ reply: SnapshotResponse?) -> ClusterEvent? {
    switch step {
    case .read, .readModel: nil
    case .begin: ClusterEvent(.snapshotBegin, of: "", reply.map { "\($0.items) items" } ?? "")
    case .end: ClusterEvent(.snapshotEnd, of: "")
    case .write(let part): ClusterEvent(.snapshotRestore, of: part.key.name)
    }
  }
}

extension RebalanceRequest: ClusterAct {
  func act(_ reply: RebalanceResponse?) -> ClusterEvent? {
    let plan = reply.map { "\($0.slots) slots" } ?? ""
    switch step {
    case .status, .remove(_, isDryRun: true): return nil
    case .begin(_, let options) where options.isDryRun: return nil
    case .begin(.balance, _): return ClusterEvent(.rebalance, of: "", plan)
    case .begin(.add(let address, _), _): return ClusterEvent(.shardAdd, of: address, plan)
    case .begin(.drain(let shard), _): return ClusterEvent(.shardDrain, of: shard.subject, plan)
    case .begin(.move(let slots, let source, let target), _):
      return ClusterEvent(.shardMove, of: source.subject, "\(slots) slots to \(target.subject)")
    case .remove(let shard, _): return ClusterEvent(.shardRemove, of: shard.subject)
    case .addMember(let address, let shard): return ClusterEvent(.replicaAdd, of: shard.subject, address)
    case .removeMember(let address, let shard): return ClusterEvent(.replicaRemove, of: shard.subject, address)
    case .pause: return ClusterEvent(.movesPause, of: "")
    case .resume(let rate): return ClusterEvent(.movesResume, of: "", rate > 0 ? "\(rate) bytes a second" : "")
    case .cancel: return ClusterEvent(.movesCancel, of: "")
    }
  }
}

extension ShardID {
  /// The shard as the subject of an event.
  var subject: String { "shard \(rawValue)" }
}
