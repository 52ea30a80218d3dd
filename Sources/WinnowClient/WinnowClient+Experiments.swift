import Vocabulary
import Wire

extension WinnowClient {
  /// The experiment of a collection.
  public func experiment(of collection: String, timeout: Duration? = nil) async throws(WinnowError)
    -> ExperimentDescription
  { try await experiment(ExperimentRequest(.show, of: collection), timeout) }

  /// Divides the shoppers of a collection; while a generation is staged, this waits until that serves.
  public func split(
    _ collection: String, _ split: ShopperSplit, timeout: Duration? = nil
  ) async throws(WinnowError) -> ExperimentDescription {
    var request = ExperimentRequest(.start, of: collection)
    request.plan = split.plan
    let (arms, guards) = (request.plan.arms, request.plan.guards)
    for arm in arms {
      try Check.name(arm.name, "arm")
      try Check.range(Int(arm.share), 1...1_000_000, "share of an arm in millionths")
      try Check.range(Int(arm.generation.rawValue), 1...Int(UInt32.max), "generation of an arm")
    }
    try Check.range(arms.count, 0...Limits.armsMax, "number of arms")
    try Check.range(guards.count, 0...Limits.guardsMax, "number of guards")
    for limit in guards { try Check.range(Int(limit.limit), 1...Int(UInt32.max), "limit of a guard") }
    try Check.range(Int(request.plan.shadowShare), 0...1_000_000, "share of the shadow in millionths")
    guard arms.isEmpty || arms.reduce(0, { $0 + Int($1.share) }) == 1_000_000 else {
      throw WinnowError(invalid: "the shares of the arms are not 1 together", code: .malformedBody)
    }
    guard Set(arms.map(\.name)).count == arms.count else {
      throw WinnowError(invalid: "an arm stands twice", code: .duplicateField)
    }
    guard !arms.isEmpty || request.plan.shadowShare > 0, guards.isEmpty || arms.count > 1 else {
      throw WinnowError(invalid: "there is no arm to watch, and no shadow", code: .malformedBody)
    }
    return try await experiment(request, timeout)
  }

  /// Ends the experiment of a collection: the generation of an arm serves all, or the one that serves goes on.
  public func settle(
    _ collection: String, on winner: String? = nil, timeout: Duration? = nil
  ) async throws(WinnowError) -> ExperimentDescription {
    var request = ExperimentRequest(.settle, of: collection)
    if let winner { try Check.name(winner, "arm") }
    request.winner = winner
    return try await experiment(request, timeout)
  }

  private func experiment(
    _ request: ExperimentRequest, _ timeout: Duration?
  ) async throws(WinnowError) -> ExperimentDescription {
    try Check.name(request.collection, "collection")
    // A repeated start begins the same plan again, with nothing counted yet; a settlement is refused then.
    return ExperimentDescription(try await call(request, request.step == .show ? .read : .once, timeout: timeout))
  }
}
