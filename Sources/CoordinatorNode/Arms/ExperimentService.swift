import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers EXPERIMENT, and ends experiments whose guards are broken.
struct ExperimentService: Sendable {
  private static let glanceMicroseconds: UInt64 = 1_000_000
  private static let budgetMicroseconds: UInt64 = 5_000_000

  let generations: GenerationService
  let administration: Administration
  let arms: ArmKeeper

  private var registry: CollectionRegistry { generations.fleet.registry }
  private var surroundings: Coordinator.Surroundings { generations.fleet.surroundings }

  /// Answers EXPERIMENT.
  func step(_ request: ExperimentRequest, _ inbound: InboundRequest) async throws(WireError) -> ExperimentResponse {
    let name = request.collection
    if request.step != .show {
      try await administration.run(by: inbound.deadline) { () async throws(WireError) in
        if request.step == .start {
          try await start(name, request.plan)
        } else {
          try await settle(name, request.winner, "settled", by: inbound.deadline)
        }
      }
    }
    guard let collection = registry.catalogue.collections[name] else { throw WireError(.unknownCollection) }
    var response = ExperimentResponse()
    guard let experiment = collection.experiment else { return response }
    (response.plan, response.began) = (experiment.plan, experiment.began)
    (response.ended, response.reason) = (experiment.ended, experiment.reason)
    response.state = experiment.isOver ? .ended : collection.actingExperiment == nil ? .waiting : .acting
    arms.show(name, experiment, in: &response)
    return response
  }

  private func start(_ name: String, _ plan: ExperimentPlan) async throws(WireError) {
    let now = surroundings.wallTime
    var plan = plan
    if plan.salt == 0 { plan.salt = surroundings.random.next() | 1 }
    try await registry.update { [plan] (catalogue) throws(WireError) in
      guard let collection = catalogue.collections[name] else { throw WireError(.unknownCollection) }
      let wanted = plan.arms.map(\.generation) + (plan.shadow.rawValue > 0 ? [plan.shadow] : [])
      for generation in wanted {
        guard let record = collection.records.first(where: { $0.generation == generation }) else {
          throw WireError(.unknownGeneration, message: "generation \(generation.rawValue) is not there")
        }
        guard record.schema.attributes == collection.active.schema.attributes else {
          throw WireError(
            .conflict, message: "generation \(generation.rawValue) has other attributes than the one that serves")
        }
      }
      catalogue.collections[name]?.experiment = Experiment(plan, began: UInt64(max(now, 1)))
    }
  }

  /// Ends an experiment; the generation of an arm serves all, or the one that serves goes on.
  private func settle(
    _ name: String, _ winner: String?, _ reason: String, by deadline: Instant
  ) async throws(WireError) {
    guard let collection = registry.catalogue.collections[name] else { throw WireError(.unknownCollection) }
    guard let experiment = collection.experiment, !experiment.isOver else {
      throw WireError(.conflict, message: "no experiment of the collection goes on")
    }
    var generation = collection.active.generation
    var words = reason
    if let winner {
      guard let arm = experiment.plan.arms.first(where: { $0.name == winner }) else {
        throw WireError(.conflict, message: "the experiment has no arm \(winner)")
      }
      generation = arm.generation
      words = "\(winner) serves all: \(reason)"
    }
    let now = UInt64(max(surroundings.wallTime, 1))
    try await generations.returnTo(InstanceKey(name: name, generation: generation), by: deadline) { [words] in
      $0.experiment?.end(at: now, words)
    }
  }

  // MARK: Guards

  /// Looks after the guards until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      await surroundings.sleep(Self.glanceMicroseconds)
      let serving = registry.serving.collections
      arms.keep { serving[$0] != nil }
      // By name: the order of a dictionary differs from run to run.
      for (name, collection) in serving.sorted(by: { $0.key < $1.key }) {
        guard let experiment = collection.experiment, let reason = arms.breach(name, experiment) else { continue }
        await end(name, experiment, reason)
      }
    }
  }

  private func end(_ name: String, _ experiment: Experiment, _ reason: String) async {
    let end = surroundings.later(Self.budgetMicroseconds)
    do throws(WireError) {
      try await administration.run(by: end) { () async throws(WireError) in
        guard registry.catalogue.collections[name]?.experiment == experiment else { return }
        try await settle(name, experiment.plan.arms.first?.name, reason, by: end)
      }
      surroundings.log?(
        .warning, "a guard has ended an experiment", ["collection": LogValue(name), "reason": .text(reason)])
    } catch {
      surroundings.log?.limited(
        by: "guard", every: 60_000_000, .error, "a guard is broken, and its experiment cannot be ended",
        ["collection": LogValue(name), "reason": .text(reason), "error": LogValue(error.code.name)])
    }
  }
}
