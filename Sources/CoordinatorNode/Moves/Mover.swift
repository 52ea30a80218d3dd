import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Moves slots from shard to shard, one batch after the other, and answers REBALANCE.
final class Mover: Sendable {
  /// Slots that change hands at once: so few that writes to them wait only for a moment.
  static let slotsPerBatch = 64
  /// Failures of a batch in a row after which an admin has to look.
  private static let failuresMax = 10
  /// How often a shard that cannot be asked is looked for.
  private static let awayMicroseconds: UInt64 = 250_000
  /// Up to this number of queries in work, a transfer copies without pauses.
  private static let queriesAtEase = 4
  private static let politePauseMicroseconds: UInt64 = 10_000
  private static let politePausesMax = 50

  let fleet: ShardFleet
  let authority: MapAuthority
  let administration: Administration
  /// How far the present plan is, or the last one.
  let progress: Lock<MoveProgress>
  /// Rings when the plan has changed.
  let bell: Bell
  private let queries: QueryGate
  private let metrics: MoveMetrics

  var registry: CollectionRegistry { fleet.registry }
  var surroundings: Coordinator.Surroundings { fleet.surroundings }

  init(
    _ fleet: ShardFleet, _ administration: Administration, _ queries: QueryGate, _ metrics: MetricRegistry
  ) {
    self.fleet = fleet
    authority = MapAuthority(fleet: fleet)
    self.administration = administration
    self.queries = queries
    progress = Lock(MoveProgress())
    bell = Bell(timers: fleet.surroundings.timers)
    self.metrics = MoveMetrics(metrics, progress, administration.plans, fleet.surroundings.clock)
  }

  /// What an operator has asked for and is not yet done.
  var plan: MovePlan? { administration.plans.current }

  /// Changes the plan, and lets the task that works on it see that.
  func update(_ change: (inout MovePlan?) throws(WireError) -> Void) async throws(WireError) {
    try await administration.plans.update(change)
    bell.ring()
  }

  /// Works on the plan, if there is one, until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      switch await driveBatch() {
      case .now: continue
      case .after(let microseconds): await bell.wait(until: surroundings.later(microseconds))
      case .whenThePlanChanges: await bell.wait()
      }
    }
  }

  /// When the next batch is tried.
  private enum Next {
    case now
    case after(microseconds: UInt64)
    case whenThePlanChanges
  }

  /// Moves the next batch of the plan.
  private func driveBatch() async -> Next {
    guard let plan else { return .whenThePlanChanges }
    // The chair moves; who takes it rings the bell.
    guard surroundings.administers else { return .whenThePlanChanges }
    do throws(WireError) {
      guard !plan.isPaused || plan.isCancelled else { return .whenThePlanChanges }
      let (moves, now) = (plan.placement.moves(left: authority.map), surroundings.clock.now())
      // A plan that an operator has ended, or changed, since this copy of it.
      if !plan.isCancelled, let obstacle = fleet.confirmations.planObstacle {
        try await stop(plan, obstacle)
        return .now
      }
      // A shard that is up but not greeted is no reason to move other slots: it would miss their map.
      let up = Set(fleet.peers.filter { $0.caller.presence.identity != nil }.map(\.id))
      progress.withLock { progress in
        // After a restart the coordinator knows only the plan, not how far the moves had come.
        if progress.plan != plan.id { progress = MoveProgress(plan, since: now) }
      }
      let next = progress.withLock { $0.nextBatch(of: moves, at: now) { up.contains($0) } }
      guard !plan.isCancelled, let (move, slots, yields) = next else {
        try await endPlan(plan)
        return .now
      }
      let failure: SlotTransfer.Failure
      switch await moved(slots, of: move, plan, yields: yields) {
      case .moved:
        progress.withLock { $0.failuresInARow = 0 }
        return .now
      case .cancelled: return .now
      case .failed(let reason) where reason.isBusy && yields: return .now
      case .failed(let reason): failure = reason
      }
      return try await note(failure, of: move, plan)
    } catch {
      surroundings.log?.limited(
        by: "moves", .error, "the plan of moves cannot be kept", ["error": LogValue(error.code.name)])
      return .after(microseconds: 1_000_000)
    }
  }

  /// Moves some slots of a move.
  private func moved(
    _ slots: SlotSet, of move: PlacementPlan.Move, _ plan: MovePlan, yields: Bool
  ) async -> SlotTransfer.Outcome {
    let now = surroundings.clock.now()
    progress.withLock { $0.began(move, bytesPerSecond: plan.bytesPerSecond, at: now) }
    // Here, and not while writes wait: a request may be slow.
    let patience = now.advanced(microseconds: UInt64(Limits.budgetMicrosecondsMax))
    do throws(WireError) { try await authority.awaitOldRequests(after: 2, by: patience) } catch {
      progress.withLock { $0.ended(at: surroundings.clock.now()) }
      return .failed(.init(error.code, error.message))
    }
    let outcome: SlotTransfer.Outcome
    do throws(SlotTransfer.Failure) {
      outcome = try await transfer(slots, of: move, plan, yields: yields).run()
    } catch {
      outcome = .failed(error)
    }
    let end = surroundings.clock.now()
    progress.withLock { progress in
      progress.ended(at: end)
      if outcome == .moved { progress.slotsMoved += slots.count }
    }
    if outcome == .moved { metrics.moved(slots: slots.count) }
    return outcome
  }

  /// A batch that can begin: both shards answer and hold all of what they should.
  private func transfer(
    _ slots: SlotSet, of move: PlacementPlan.Move, _ plan: MovePlan, yields: Bool
  ) throws(SlotTransfer.Failure) -> TransferRun {
    let (peers, reachable, catalogue) = (fleet.peers, fleet.reachable(), registry.catalogue)
    var sides: [Peer] = []
    for (id, side) in [(move.source, SlotTransfer.Side.source), (move.target, .target)] {
      guard let peer = peers.first(where: { $0.id == id }), let incarnation = reachable[id] else {
        throw .init(.noReplica, at: side, "it cannot be asked")
      }
      for (_, record) in catalogue.instances where record.complete[id] != incarnation {
        throw .init(.conflict, at: side, fleet.confirmations.lack(of: peer).words)
      }
      sides.append(peer)
    }
    if let stage = registry.staged().first { throw .init(.conflict, registry.stageConflict(stage.key.name).message) }
    return TransferRun(
      mover: self, fleet: fleet, authority: authority, source: sides[0], target: sides[1], slots: slots,
      yields: yields, plan: plan, incarnations: reachable, id: max(surroundings.random.next(), 1),
      // Of generation 0: the histories of a collection.
      instances: catalogue.instances.map(\.key)
        + catalogue.collections.keys.sorted().map { InstanceKey(name: $0, generation: Generation(0)) })
  }

  /// Counts a failure; after too many of them the plan waits for an admin. For a shard that does not answer it waits by
  /// itself: that counts once, when it begins, and never stops the plan.
  private func note(
    _ failure: SlotTransfer.Failure, of move: PlacementPlan.Move, _ plan: MovePlan
  ) async throws(WireError) -> Next {
    let shard: ShardID? =
      switch failure.side {
      case .source: move.source
      case .target: move.target
      case nil: nil
      }
    let now = surroundings.clock.now()
    if failure.isAway, let shard, !progress.withLock({ $0.waits(forAway: shard, at: now) }) {
      return .after(microseconds: Self.awayMicroseconds)
    }
    metrics.failed(failure.code)
    let place = shard.map { "shard \($0.rawValue): " } ?? ""
    let reason = String(
      (place + failure.code.name + (failure.message.isEmpty ? "" : ", ") + failure.message).prefix(200))
    let failures = progress.withLock { progress in
      progress.failures += 1
      progress.reason = reason
      if !failure.isAway {
        progress.failuresInARow += 1
        progress.waitsNoMore(at: now)
      }
      progress.phase = .waiting
      return progress.failuresInARow
    }
    surroundings.log?(.warning, "slots could not be moved", ["reason": .text(reason), "failures": LogValue(failures)])
    guard !failure.isAway else { return .after(microseconds: Self.awayMicroseconds) }
    if failures >= Self.failuresMax {
      try await stop(plan, reason)
      return .now
    }
    return .after(microseconds: min(100_000 << UInt64(failures), 5_000_000))
  }

  /// The plan waits until an operator resumes or cancels it.
  private func stop(_ plan: MovePlan, _ reason: String) async throws(WireError) {
    progress.withLock { progress in
      if progress.plan != plan.id { progress = MoveProgress(plan, since: surroundings.clock.now()) }
      (progress.isStopped, progress.reason) = (true, String(reason.prefix(200)))
    }
    try await update { if $0?.id == plan.id { $0?.isPaused = true } }
    administration.events.note(.movesStopped, of: "", reason)
  }

  /// The plan is done, or given up: forgets it.
  private func endPlan(_ plan: MovePlan) async throws(WireError) {
    if plan.isCancelled, let drained = plan.drained {
      let end = surroundings.later(fleet.configuration.greetingMicrosecondsMax)
      if let restored = try? authority.map.weighing(drained.shard, drained.weight) {
        try await authority.change(to: restored, by: end)
      }
    }
    try await update { if $0?.id == plan.id { $0 = nil } }
    administration.events.note(
      plan.isCancelled ? .movesCancelled : .movesDone, of: "", "\(plan.placement.targets.count) slots")
    surroundings.log?(
      .info, plan.isCancelled ? "a plan of moves is cancelled" : "a plan of moves is done",
      ["plan": LogValue(plan.id), "slots": LogValue(plan.placement.targets.count)])
  }

  // MARK: For a run

  /// Whether the slots that are on their way are to be let go: the plan that they move by is not the present one any
  /// more. Another limit of copying is another plan too: the run has the limit with which it began.
  func wantsEnd(of plan: MovePlan) -> Bool { Task.isCancelled || self.plan != plan || !surroundings.administers }

  /// Items are at their target.
  func copied(items: Int, bytes: Int) {
    progress.withLock { progress in
      progress.itemsCopied += UInt64(items)
      progress.bytesCopied += UInt64(bytes)
    }
    metrics.copied(items: items, bytes: bytes)
  }

  /// A step of a transfer has been taken.
  func note(_ machine: borrowing SlotTransfer) {
    let now = surroundings.clock.now()
    progress.withLock { [phase = machine.phase, next = machine.nextRead] in
      ($0.phase, $0.nextRead) = (phase, next)
      if phase != .waiting { $0.waitsNoMore(at: now) }
    }
  }

  /// A shard cannot take some slots yet.
  func noteBusy(_ target: ShardID, _ slots: SlotSet, milliseconds: UInt32) {
    let now = surroundings.clock.now()
    let until = now.advanced(microseconds: UInt64(max(milliseconds, 100)) * 1000)
    progress.withLock { $0.waits(forBusy: target, slots, until: until, at: now) }
  }

  /// Writes to slots that have moved had to wait.
  func noteFrozen(microseconds: UInt64) {
    progress.withLock { $0.frozenMicrosecondsMax = max($0.frozenMicrosecondsMax, microseconds) }
    metrics.frozen(microseconds: microseconds)
  }

  /// Waits while more queries are in work than a cluster at ease has, but not for ever: a move has to end too.
  func letQueriesGoFirst(_ plan: MovePlan) async {
    for _ in 0..<Self.politePausesMax where !wantsEnd(of: plan) {
      let load = queries.load
      guard load.inWork + load.waiting > Self.queriesAtEase else { return }
      await surroundings.sleep(Self.politePauseMicroseconds)
    }
  }
}
