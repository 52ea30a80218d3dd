import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// Slots that change hands at once: so few that writes to them wait only for a moment.
  static let slotsPerBatch = 64
  /// Failures of a batch in a row after which an admin has to look.
  private static let failuresMax = 10

  /// Works on the plan, if there is one, until the task is cancelled.
  func driveMoves() async {
    while !Task.isCancelled {
      let pause = await driveBatch()
      guard pause > 0 else { continue }
      let now = surroundings.timers.clock.now()
      await surroundings.timers.sleep(until: now.advanced(microseconds: pause))
    }
  }

  /// Moves the next batch of the plan.
  ///
  /// - Returns: how long to wait before the next, in microseconds.
  private func driveBatch() async -> UInt64 {
    guard let plan = plans.current else { return configuration.watchMicroseconds }
    do throws(WireError) {
      if plan.isCancelled {
        try await endPlan(plan)
        return 0
      }
      guard !plan.isPaused else { return configuration.watchMicroseconds }
      let map = stored.withLock { $0.map }
      guard let move = plan.placement.moves(left: map).first else {
        try await endPlan(plan)
        return 0
      }
      let failure: SlotTransfer.Failure
      switch await moved(move, of: plan) {
      case .moved:
        progress.withLock { $0.failuresInARow = 0 }
        return 0
      case .cancelled: return 0
      case .failed(let reason): failure = reason
      }
      return try note(failure, of: move, plan)
    } catch {
      surroundings.log?.limited(
        by: "moves", .error, "the plan of moves cannot be kept", ["error": LogValue(error.code.name)])
      return 1_000_000
    }
  }

  /// Moves the lowest slots of a move.
  private func moved(_ move: PlacementPlan.Move, of plan: MovePlan) async -> SlotTransfer.Outcome {
    let now = surroundings.clock.now()
    progress.withLock { progress in
      // After a restart the coordinator knows only the plan, not how far the moves had come.
      if progress.plan != plan.id { progress = MoveProgress(plan) }
      progress.began(move, at: now)
    }
    // Here, and not while writes wait: a request may be slow.
    let patience = now.advanced(microseconds: UInt64(Limits.budgetMicrosecondsMax))
    do throws(WireError) { try await awaitOldRequests(after: 2, by: patience) } catch {
      progress.withLock { $0.ended(at: surroundings.clock.now()) }
      return .failed(.init(error.code, error.message))
    }
    let outcome: SlotTransfer.Outcome
    let slots = move.slots.lowest(Self.slotsPerBatch)
    do throws(SlotTransfer.Failure) {
      outcome = try await transfer(slots, of: move, plan).run()
    } catch {
      outcome = .failed(error)
    }
    let end = surroundings.clock.now()
    progress.withLock { progress in
      progress.ended(at: end)
      if outcome == .moved { progress.slotsMoved += slots.count }
    }
    if outcome == .moved { metrics.movedSlots(slots.count) }
    return outcome
  }

  /// A batch that can begin: both shards answer and hold all of what they should.
  private func transfer(
    _ slots: SlotSet, of move: PlacementPlan.Move, _ plan: MovePlan
  ) throws(SlotTransfer.Failure) -> TransferRun {
    let (peers, reachable, catalogue) = (peers, reachable(), catalogue.current)
    var sides: [Peer] = []
    for (id, side) in [(move.source, SlotTransfer.Side.source), (move.target, .target)] {
      guard let peer = peers.first(where: { $0.shard.id == id }), let incarnation = reachable[id] else {
        throw .init(.noReplica, at: side, "it cannot be asked")
      }
      for (_, record) in catalogue.instances where record.complete[id] != incarnation {
        throw .init(.conflict, at: side, "it restarted empty: feed it first")
      }
      sides.append(peer)
    }
    if let staged = catalogue.collections.values.compactMap(\.staged).first {
      throw .init(.conflict, "generation \(staged.generation.rawValue) is staged")
    }
    return TransferRun(
      coordinator: self, source: sides[0], target: sides[1], slots: slots, plan: plan, incarnations: reachable,
      id: max(surroundings.random.next(), 1), instances: catalogue.instances.map(\.key))
  }

  /// Counts a failure; after too many of them the plan waits for an admin.
  ///
  /// - Returns: how long to wait before the next try.
  private func note(
    _ failure: SlotTransfer.Failure, of move: PlacementPlan.Move, _ plan: MovePlan
  ) throws(WireError) -> UInt64 {
    metrics.failedToMove(failure.code)
    let shard: ShardID? =
      switch failure.side {
      case .source: move.source
      case .target: move.target
      case nil: nil
      }
    let place = shard.map { "shard \($0.rawValue): " } ?? ""
    let reason = String(
      (place + failure.code.name + (failure.message.isEmpty ? "" : ", ") + failure.message).prefix(200))
    let failures = progress.withLock { progress in
      progress.failures += 1
      progress.failuresInARow += 1
      progress.reason = reason
      progress.phase = .waiting
      return progress.failuresInARow
    }
    surroundings.log?(.warning, "slots could not be moved", ["reason": .text(reason), "failures": LogValue(failures)])
    if failures >= Self.failuresMax {
      progress.withLock { $0.isStopped = true }
      try plans.update { if $0?.id == plan.id { $0?.isPaused = true } }
      return 0
    }
    return min(100_000 << UInt64(failures), 5_000_000)
  }

  /// The plan is done, or given up: forgets it.
  private func endPlan(_ plan: MovePlan) async throws(WireError) {
    if plan.isCancelled, let drained = plan.drained {
      let map = stored.withLock { $0.map }
      let end = surroundings.clock.now().advanced(microseconds: configuration.greetingMicrosecondsMax)
      if let restored = try? map.weighing(drained.shard, drained.weight) { try await change(to: restored, by: end) }
    }
    try plans.update { if $0?.id == plan.id { $0 = nil } }
    surroundings.log?(
      .info, plan.isCancelled ? "a plan of moves is cancelled" : "a plan of moves is done",
      ["plan": LogValue(plan.id), "slots": LogValue(plan.placement.targets.count)])
  }

  // MARK: For a run

  /// Whether the slots that are on their way are wanted no more.
  func wantsEnd(of plan: MovePlan) -> Bool {
    guard !Task.isCancelled, let current = plans.current else { return true }
    return current.id != plan.id || current.isPaused || current.isCancelled
  }

  /// Items are at their target.
  func copied(items: Int, bytes: Int) {
    progress.withLock { progress in
      progress.itemsCopied += UInt64(items)
      progress.bytesCopied += UInt64(bytes)
    }
    metrics.copied(items: items, bytes: bytes)
  }

  /// Ends a transfer at a shard; one that cannot be told now is told when it is greeted.
  func end(_ transfer: UInt64, at peer: Peer) async {
    let id = peer.shard.id
    openEnds.withLock { _ = $0[id, default: [0]].insert(transfer) }
    let end = surroundings.clock.now().advanced(microseconds: configuration.greetingMicrosecondsMax)
    do throws(WireError) { try await tellEnds(peer, by: end) } catch { knowledge.withLock { $0[id] = nil } }
  }

  /// Tells a shard which transfers are over: at the first time all, since an earlier coordinator may have left one.
  func tellEnds(_ peer: Peer, by deadline: Instant) async throws(WireError) {
    let id = peer.shard.id
    let ends = openEnds.withLock { ends in ends[id] ?? [0] }
    for transfer in ends.sorted() {
      do throws(CallError) {
        _ = try await askOnce(
          peer, TransferRequest(transfer: transfer, step: .end), epoch: stored.withLock { $0.map.epoch }, by: deadline)
      } catch {
        throw .unasked(peer)
      }
      openEnds.withLock { _ = $0[id, default: ends].remove(transfer) }
    }
  }
}
