import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// The limit of a plan's copying if the request gives none: about a tenth of a gigabit link.
  private static let bytesPerSecondUsual: UInt64 = 16 << 20

  /// Answers REBALANCE.
  func rebalance(_ request: RebalanceRequest, by deadline: Instant) async throws(WireError) -> RebalanceResponse {
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
    case .pause:
      try plans.update { (plan) throws(WireError) in
        guard plan != nil else { throw .noPlan }
        plan?.isPaused = true
      }
    case .resume(let bytesPerSecond):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try checkNothingStaged()
        try plans.update { (plan) throws(WireError) in
          guard plan != nil else { throw .noPlan }
          plan?.isPaused = false
          if bytesPerSecond > 0 { plan?.bytesPerSecond = bytesPerSecond }
        }
        progress.withLock { progress in
          (progress.isStopped, progress.failuresInARow) = (false, 0)
          if bytesPerSecond > 0 { (progress.bytesPerSecond, progress.nextRead) = (bytesPerSecond, nil) }
        }
      }
    case .cancel: try plans.update { $0?.isCancelled = true }
    }
    return moves()
  }

  /// Refuses what must not happen while slots are on their way.
  ///
  /// - Throws: CONFLICT.
  func checkNoMoves() throws(WireError) {
    guard let plan = plans.current, !plan.isPaused else { return }
    throw WireError(
      .conflict, message: "slots are being moved: wait until it is done, or pause it ('winnow cluster pause')")
  }

  /// The plan and how far it is.
  func moves() -> RebalanceResponse {
    let (plan, progress, map) = (plans.current, progress.withLock { $0 }, stored.withLock { $0.map })
    let now = surroundings.clock.now()
    var response = RebalanceResponse()
    response.epoch = map.epoch
    if let plan, progress.plan != plan.id {
      response.show(MoveProgress(plan), at: now)
    } else {
      response.show(progress, at: now)
    }
    response.show(plan?.placement.moves(left: map) ?? [])
    response.microsecondsLeft = progress.microsecondsLeft(slotsLeft: Int(response.slotsLeft), at: now)
    guard let plan else { return response }
    let isBusy = progress.source != nil
    response.state =
      switch (plan.isCancelled, plan.isPaused) {
      case (true, _): .ending
      case (_, true) where isBusy: .ending
      case (_, true): progress.isStopped ? .stopped : .paused
      case (_, false): .working
      }
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
    let map = stored.withLock { $0.map }
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
        try await change(to: next, by: deadline)
      }
    }
    self.progress.withLock { $0 = progress }
    try plans.update { $0 = plan.placement.targets.isEmpty ? nil : plan }
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

  private func checkNoPlan() throws(WireError) {
    guard plans.current != nil else { return }
    throw WireError(.conflict, message: "in progress: slots are being moved already; see 'winnow cluster status'")
  }

  private func checkNothingStaged() throws(WireError) {
    guard let staged = catalogue.current.collections.values.compactMap(\.staged).first else { return }
    throw WireError(
      .conflict, message: "generation \(staged.generation.rawValue) is staged: activate or discard it first")
  }

  /// The size of the slots of a plan, about: each shard's share of its items.
  private func size(
    of placement: PlacementPlan, _ map: ShardMap, by deadline: Instant
  ) async -> (items: UInt64, bytes: UInt64) {
    let serving = serving.withLock { $0 }
    let held = await holdings(serving, by: deadline)
    var (items, bytes) = (0.0, 0.0)
    for (peer, held) in zip(serving.peers, held) {
      let leaving = placement.targets.keys.count { map.owner(of: $0).id == peer.shard.id }
      guard leaving > 0, let held else { continue }
      let share = Double(leaving) / Double(max(1, peer.slots))
      items += share * held.reduce(0) { $0 + Double($1.items) }
      bytes += share * held.reduce(0) { $0 + Double($1.memoryBytes) }
    }
    return (UInt64(items), UInt64(bytes))
  }

  /// A change of the map that an operator asks for, with an error in the operator's words.
  private func changed(_ change: () throws(ShardMapError) -> ShardMap) throws(WireError) -> ShardMap {
    do throws(ShardMapError) { return try change() } catch {
      switch error {
      case .noSuchShard(let id): throw WireError(.conflict, message: "the map has no shard \(id.rawValue)")
      case .shardNotEmpty(let id):
        throw WireError(.conflict, message: "shard \(id.rawValue) keeps slots: drain it first")
      case .noWeight: throw WireError(.conflict, message: "the last shard cannot be drained")
      case .addressTwice: throw WireError(.conflict, message: "a shard of this address is in the map")
      case .badShardCount: throw WireError(.limitExceeded, message: "a cluster has at most \(Limits.shardsMax) shards")
      case .badAddress: throw WireError(.malformedBody, fieldOffset: 24, message: "an address is HOST:PORT")
      default: throw WireError(.conflict, message: "the shard map cannot be changed so")
      }
    }
  }

  // MARK: Shards

  /// Examines a shard that is to be added: it must answer, belong to no cluster and hold nothing.
  private func examine(_ shard: ShardMap.Shard, by deadline: Instant) async throws(WireError) {
    // It knows no cluster yet, so this one does not say its own: a foreign one would not even talk.
    let identity = NodeIdentity(
      role: .coordinator, clusterID: .zero, incarnation: incarnation, program: configuration.program)
    let probe = makePeer(shard, slots: 0, identity)
    await probe.caller.start()
    let result: Result<StatusResponse, WireError>
    do throws(WireError) {
      result = .success(try await status(of: probe, by: bounded(deadline)))
    } catch {
      result = .failure(error)
    }
    await probe.caller.stop()
    let status = try result.get()
    let cluster = Bytes16(stored.withLock { $0.map.clusterID }) ?? .zero
    guard status.role == .shard else { throw WireError(.conflict, message: "that node is no shard") }
    guard status.cluster == .zero || status.cluster == cluster else {
      throw WireError(
        .wrongCluster, errorClass: [.notExecuted], message: "that shard belongs to another cluster")
    }
    guard status.cluster == .zero, status.shard == nil else {
      throw WireError(
        .conflict, message: "that shard has been a shard of this cluster: start it again, without its data")
    }
    guard status.collections.isEmpty else {
      throw WireError(.conflict, message: "that shard holds data: start it again, without its data")
    }
  }

  private func status(of probe: Peer, by deadline: Instant) async throws(WireError) -> StatusResponse {
    while probe.caller.presence.identity == nil {
      let now = surroundings.clock.now()
      guard now < deadline else {
        throw WireError(
          .noReplica, retryAfterMilliseconds: 1000, message: "no shard answers at \(probe.shard.address)")
      }
      await surroundings.timers.sleep(
        until: min(deadline, now.advanced(microseconds: configuration.watchMicroseconds)))
    }
    let reply: ShardReply
    do throws(CallError) {
      let request = OutboundRequest(.status, body: StatusRequest().body, deadline: deadline)
      reply = try await probe.caller.call(request)
    } catch {
      throw .unasked(probe)
    }
    return try StatusResponse(body: reply.message.body)
  }

  /// Gives the map one more shard, and tells that shard all that it has to know.
  private func add(_ address: String, _ map: ShardMap, by deadline: Instant) async throws(WireError) {
    guard let shard = map.shards.first(where: { $0.address == address }) else { return }
    let peer = makePeer(shard, slots: 0, identity)
    await peer.caller.start()
    do throws(WireError) { try await change(to: map, adding: peer, by: deadline) } catch {
      await peer.caller.stop()
      throw error
    }
    addedShards.continuation.yield(peer)
    registerGauge(of: peer)
    let end = bounded(deadline)
    while reachable()[shard.id] == nil {
      let now = surroundings.clock.now()
      guard now < end else {
        throw WireError(
          .noReplica, shard: UInt32(shard.id.rawValue), retryAfterMilliseconds: 1000,
          message:
            "shard \(shard.id.rawValue) is in the map but does not answer yet: 'winnow cluster rebalance' gives it slots later"
        )
      }
      do throws(WireError) {
        try await peer.turn.run(by: end) { () async throws(WireError) in try await greet(peer, by: end) }
      } catch _ {
        await surroundings.timers.sleep(until: min(end, now.advanced(microseconds: configuration.watchMicroseconds)))
      }
    }
  }

  /// Takes a shard without slots out of the map.
  private func remove(_ shard: ShardID, isDryRun: Bool, by deadline: Instant) async throws(WireError) {
    try checkNoPlan()
    let map = stored.withLock { $0.map }
    let next = try changed { () throws(ShardMapError) in try map.removing(shard) }
    guard !isDryRun else { return }
    try await change(to: next, by: deadline)
    try catalogue.update { catalogue in
      catalogue.pendingDrops[shard] = nil
      for (key, _) in catalogue.instances {
        catalogue.collections[key.name]?.update(key.generation) { $0.complete[shard] = nil }
      }
    }
    knowledge.withLock { $0[shard] = nil }
    openEnds.withLock { $0[shard] = nil }
    publish()
    surroundings.log?(.info, "a shard is removed", ["shard": LogValue(shard.rawValue)])
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
    reason = progress.reason
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
