import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Takes over what the chair changes: the map, the catalogue with its models, and the plan of moves. With the chair, it
/// takes over what the coordinator before has left.
final class Following: Sendable {
  private let council: Council
  private let fleet: ShardFleet
  private let mover: Mover
  /// One value at a time, so that nothing older is taken behind a later one.
  private let turn: Gate

  private var registry: CollectionRegistry { fleet.registry }
  private var surroundings: Coordinator.Surroundings { fleet.surroundings }
  private var plans: AgreedValue<MovePlan?> { mover.administration.plans }

  /// How long to wait before the store, or a coordinator that has a model, is asked again.
  private static let askAgainMicroseconds: UInt64 = 250_000
  /// Writes that go by the generations from before may last that long.
  private static let writeMicrosecondsMax: UInt64 = 60_000_000

  init(_ council: Council, _ fleet: ShardFleet, _ mover: Mover) {
    (self.council, self.fleet, self.mover) = (council, fleet, mover)
    turn = Gate(width: 1, lineMax: .max, timers: fleet.surroundings.timers)
  }

  /// Follows the store until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.council.store.run() }
      group.addTask { await self.council.run { () async throws(WireError) in try await self.takeOver() } }
      group.addTask {
        await self.begin()
        await withDiscardingTaskGroup { names in
          for name in MetadataName.fixed where name.isOfTheChair {
            names.addTask {
              for await value in self.council.store.watch(name) { await self.takeUntilItIs(name, value) }
            }
          }
        }
      }
    }
  }

  /// Takes all that the store has; then this coordinator answers queries.
  private func begin() async {
    while !Task.isCancelled {
      // The others wait for this one from the moment on in which they see it: nothing older is served behind their back.
      if !council.view.roster.coordinators.isEmpty {
        do throws(WireError) {
          try await takeAll()
          return council.becomeReady()
        } catch {
          surroundings.log?.limited(
            by: "begin", .warning, "what the cluster has agreed on cannot be taken yet",
            ["reason": .text(error.message)])
        }
      }
      if council.fault != nil || council.wentBack != nil, registry.hasAllModels { council.serveLast() }
      await surroundings.sleep(Self.askAgainMicroseconds)
    }
  }

  /// The chair is this coordinator's: what another has changed is taken, and what it has begun is ended.
  private func takeOver() async throws(WireError) {
    try await takeAll()
    // What writes have changed since they were staged is known to the coordinator before only.
    for key in try await registry.update({ $0.forgetStaged() }) {
      registry.events.note(
        .stageGivenUp, of: key.name, "generation \(key.generation.rawValue): another coordinator has the chair")
      registry.changes.forget(key.name)
    }
    FollowedShards(fleet: fleet).takeOver()
    mover.bell.ring()
  }

  private func takeAll() async throws(WireError) {
    for name in MetadataName.fixed where name.isOfTheChair {
      let value: MetadataValue?
      do throws(MetadataError) { value = try await council.store.get(name) } catch {
        if case .wentBack = error { council.note(wentBack: error.text) }
        throw WireError(.metadataUnavailable, message: error.text)
      }
      if let value { try await take(name, value) }
    }
  }

  private func takeUntilItIs(_ name: MetadataName, _ value: MetadataValue) async {
    while !Task.isCancelled {
      do throws(WireError) { return try await take(name, value) } catch {
        surroundings.log?.limited(
          by: "take \(name.rawValue)", .warning, "what the chair has changed cannot be taken yet",
          ["value": .text(name.rawValue), "reason": .text(error.message)])
      }
      await surroundings.sleep(Self.askAgainMicroseconds)
    }
  }

  private func take(_ name: MetadataName, _ value: MetadataValue) async throws(WireError) {
    try await turn.run(by: surroundings.later(Self.writeMicrosecondsMax)) { () async throws(WireError) in
      switch name {
      case .shardMap:
        try await FollowedShards(fleet: fleet).take(value)
        council.serves(map: fleet.home.revision)
      case .catalogue: try await takeCatalogue(value)
      case .moves:
        try plans.take(value)
        mover.bell.ring()
      case .claim, .group: break
      }
    }
  }

  private func takeCatalogue(_ value: MetadataValue) async throws(WireError) {
    // What the chair changes it has shown already, with the models that it has loaded.
    if !council.isChair {
      let fetch = ModelFetch(council: council, registry: registry, surroundings: surroundings)
      try await registry.take(value) { (key, hash) async throws(WireError) in try await fetch.run(key, hash) }
      fleet.confirmations.takeNames(of: registry.catalogue)
      // While a generation is staged, the chair notes what writes change: those that this coordinator has begun without
      // knowing of it end first.
      let end = surroundings.later(Self.writeMicrosecondsMax)
      for (name, collection) in registry.catalogue.collections where collection.staged != nil {
        while !registry.changes.isQuiet(name), surroundings.clock.now() < end { await surroundings.sleep(1000) }
      }
    }
    council.serves(catalogue: registry.revision)
  }
}
