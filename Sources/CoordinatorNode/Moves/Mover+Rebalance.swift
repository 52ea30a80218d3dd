import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension Mover {
  /// The limit of a plan's copying if the request gives none: about a tenth of a gigabit link.
  private static let bytesPerSecondUsual: UInt64 = 16 << 20

  /// Answers REBALANCE.
  func rebalance(_ request: RebalanceRequest, _ inbound: InboundRequest) async throws(WireError) -> RebalanceResponse {
    let deadline = inbound.deadline
    switch request.step {
    case .status: break
    case .begin(let goal, let options):
      if let planned = try await administration.run(
        by: deadline, { () async throws(WireError) in try await begin(goal, options, by: deadline) })
      {
        return planned
      }
    case .remove(let shard, let isDryRun):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try await remove(shard, isDryRun: isDryRun, by: deadline)
      }
    case .addMember(let address, let shard):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try await add(member: address, to: shard, by: deadline)
      }
    case .removeMember(let address, let shard):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try await remove(member: address, from: shard, by: deadline)
      }
    case .pause:
      try await update { (plan) throws(WireError) in
        guard plan != nil else { throw .noPlan }
        plan?.isPaused = true
      }
    case .resume(let bytesPerSecond):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try checkNothingStaged()
        guard plan != nil else { throw .noPlan }
        fleet.confirmations.takePlan()
        // Before the plan, whose next batch may fail at once.
        progress.withLock { ($0.isStopped, $0.failuresInARow) = (false, 0) }
        try await update { (plan) throws(WireError) in
          guard plan != nil else { throw .noPlan }
          plan?.isPaused = false
          if bytesPerSecond > 0 { plan?.bytesPerSecond = bytesPerSecond }
        }
      }
    case .cancel:
      fleet.confirmations.takePlan()
      try await update { $0?.isCancelled = true }
    }
    return moves()
  }

  /// The plan and how far it is.
  func moves() -> RebalanceResponse {
    let (plan, map) = (self.plan, authority.map)
    let now = surroundings.clock.now()
    var progress = progress.withLock { $0 }
    if let plan {
      if progress.plan != plan.id { progress = MoveProgress(plan) }
      progress.bytesPerSecond = plan.bytesPerSecond
    }
    var response = RebalanceResponse()
    response.epoch = map.epoch
    response.show(progress, at: now)
    response.show(plan?.placement.moves(left: map) ?? [])
    response.microsecondsLeft = progress.microsecondsLeft(slotsLeft: Int(response.slotsLeft), at: now)
    response.state = progress.state(of: plan)
    return response
  }

  // MARK: Plans

  /// Makes a plan and begins to work on it.
  ///
  /// - Returns: the plan, if it is to be only planned.
  private func begin(
    _ goal: RebalanceRequest.Goal, _ options: RebalanceRequest.Options, by deadline: Instant
  ) async throws(WireError) -> RebalanceResponse? {
    try checkNoPlan()
    try checkNothingStaged()
    let map = authority.map
    var next = map
    var drained: MovePlan.Drained?
    switch goal {
    case .balance, .move: break
    case .add(let address, let weight):
      next = try changed { () throws(ShardMapError) in try map.adding(address: address, weight: weight) }
      if let shard = next.shards.first(where: { $0.address == address }) { try await examine(shard, by: deadline) }
    case .drain(let shard):
      let weight = map.index(of: shard).map { map.shards[$0].weight } ?? 0
      if weight > 0 || map.index(of: shard) == nil {
        next = try changed { () throws(ShardMapError) in try map.weighing(shard, 0) }
        drained = MovePlan.Drained(shard: shard, weight: weight)
      }
    }
    let bytesPerSecond = options.bytesPerSecond > 0 ? options.bytesPerSecond : Self.bytesPerSecondUsual
    let plan = MovePlan(
      id: max(surroundings.random.next(), 1), kind: goal.kind, placement: try placement(goal, next),
      verifies: options.verifies, bytesPerSecond: bytesPerSecond, drained: drained)
    let size = await size(of: plan.placement, map, by: deadline)
    let progress = MoveProgress(plan, items: size.items, bytes: size.bytes)
    if options.isDryRun { return RebalanceResponse(planned: progress, plan.placement.moves(left: next), next) }
    if next != map {
      if case .add(let address, _) = goal {
        try await add(address, next, by: deadline)
      } else {
        try await authority.change(to: next, by: deadline)
      }
    }
    fleet.confirmations.takePlan()
    self.progress.withLock { $0 = progress }
    try await update { $0 = plan.placement.targets.isEmpty ? nil : plan }
    surroundings.log?(
      .info, "a plan of moves begins",
      ["plan": LogValue(plan.id), "slots": LogValue(plan.placement.targets.count), "items": LogValue(size.items)])
    return nil
  }

  private func placement(_ goal: RebalanceRequest.Goal, _ map: ShardMap) throws(WireError) -> PlacementPlan {
    guard case .move(let slots, let source, let target) = goal else {
      guard let plan = PlacementPlan.balanced(map) else {
        throw WireError(.conflict, message: "no shard has a weight")
      }
      return plan
    }
    guard let plan = PlacementPlan.moving(slots, from: source, to: target, map) else {
      throw WireError(.conflict, message: "that shard has fewer slots, or one of the two shards is not in the map")
    }
    return plan
  }

  func checkNoPlan() throws(WireError) {
    guard plan != nil else { return }
    throw WireError(
      .conflict,
      message: "in progress: slots are being moved already\(administration.planner); see 'winnow cluster status'")
  }

  private func checkNothingStaged() throws(WireError) {
    guard let stage = registry.staged().first else { return }
    throw registry.stageConflict(stage.key.name)
  }

  /// The size of the slots of a plan, about: each shard's share of its items.
  private func size(
    of placement: PlacementPlan, _ map: ShardMap, by deadline: Instant
  ) async -> (items: UInt64, bytes: UInt64) {
    let serving = registry.serving
    let held = await fleet.holdings(serving, by: deadline)
    var (items, bytes) = (0.0, 0.0)
    for (peer, held) in zip(serving.peers, held) {
      let leaving = placement.targets.keys.count { map.owner(of: $0).id == peer.id }
      guard leaving > 0, let held else { continue }
      let share = Double(leaving) / Double(max(1, peer.slots))
      items += share * held.reduce(0) { $0 + Double($1.items) }
      bytes += share * held.reduce(0) { $0 + Double($1.memoryBytes) }
    }
    return (UInt64(items), UInt64(bytes))
  }

  /// A change of the map that an operator asks for, with an error in the operator's words.
  func changed(_ change: () throws(ShardMapError) -> ShardMap) throws(WireError) -> ShardMap {
    do throws(ShardMapError) { return try change() } catch {
      switch error {
      case .noSuchShard(let id): throw WireError(.conflict, message: "the map has no shard \(id.rawValue)")
      case .shardNotEmpty(let id):
        throw WireError(.conflict, message: "shard \(id.rawValue) keeps slots: drain it first")
      case .noWeight: throw WireError(.conflict, message: "the last shard cannot be drained")
      case .tooManyReplicas:
        throw WireError(.limitExceeded, message: "a shard has at most \(ShardGroup.membersMax) members")
      case .addressTwice: throw WireError(.conflict, message: "a shard of this address is in the map")
      case .badShardCount: throw WireError(.limitExceeded, message: "a cluster has at most \(Limits.shardsMax) shards")
      case .badAddress: throw WireError(.malformedBody, fieldOffset: 24, message: "an address is HOST:PORT")
      default: throw WireError(.conflict, message: "the shard map cannot be changed so")
      }
    }
  }
}

extension RebalanceResponse {
  /// The reply to a dry run: the moves of a plan that is not made.
  init(planned progress: MoveProgress, _ moves: [PlacementPlan.Move], _ map: ShardMap) {
    self.init()
    show(progress, at: Instant(nanoseconds: 0))
    show(moves)
    state = .planned
    plan = 0
    epoch = map.epoch
    microsecondsLeft = progress.microsecondsLeft(slotsLeft: Int(slotsLeft), at: Instant(nanoseconds: 0))
  }

  fileprivate mutating func show(_ progress: MoveProgress, at now: Instant) {
    plan = progress.plan
    kind = progress.kind
    phase = progress.phase
    verifies = progress.verifies
    slots = UInt16(clamping: progress.slots)
    (source, target) = (progress.source, progress.target)
    (items, itemsCopied) = (progress.items, progress.itemsCopied)
    (bytes, bytesCopied) = (progress.bytes, progress.bytesCopied)
    microseconds = progress.worked(at: now)
    bytesPerSecond = progress.bytesPerSecond
    frozenMicrosecondsMax = UInt32(clamping: progress.frozenMicrosecondsMax)
    failures = progress.failures
    reason = progress.reason(at: now)
  }

  fileprivate mutating func show(_ moves: [PlacementPlan.Move]) {
    self.moves = moves.map {
      Move(source: $0.source, target: $0.target, slots: UInt16(clamping: $0.slots.count))
    }
    slotsLeft = UInt16(clamping: moves.reduce(0) { $0 + $1.slots.count })
  }
}

extension WireError {
  /// There is nothing to pause or resume.
  fileprivate static var noPlan: WireError { WireError(.conflict, message: "no slots are being moved") }
}
