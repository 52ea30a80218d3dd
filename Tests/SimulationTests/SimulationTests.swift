import Foundation
import Testing

/// The roles and the client library in a world of faults: a seed decides who runs when, what breaks and what is asked.
///
/// A failure prints its seed; `WINNOW_SEED=… swift test --filter SimulationTests` replays it. `WINNOW_FULL=1` runs more.
@Suite struct SimulationTests {
  /// So many seeds for each commit, and so many for a full run; or the one that is to be replayed.
  private static func seeds(_ count: UInt64, full: UInt64) -> [UInt64] {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["WINNOW_SEED"].flatMap(UInt64.init) { return [seed] }
    return Array(1...(environment["WINNOW_FULL"] == "1" ? full : count))
  }

  private static func check(_ seed: UInt64, _ plan: Simulation.Plan, test: String = #function) throws {
    let outcome = try Simulation.run(seed: seed, plan)
    let name = test.prefix { $0 != "(" }
    let replay = "replay: WINNOW_SEED=\(seed) swift test --filter SimulationTests/\(name)"
    if ProcessInfo.processInfo.environment["WINNOW_SEED"] != nil { print(outcome) }
    #expect(outcome.violations.isEmpty, "\(outcome.violations.prefix(5).joined(separator: "\n"))\n\(replay)")
    #expect(outcome.counts["answered in quiet", default: 0] > 0, "\(replay)")
  }

  @Test(arguments: seeds(10, full: 100)) func whatWasAcknowledgedIsAnswered(seed: UInt64) throws {
    try Self.check(seed, Simulation.Plan())
  }

  @Test(arguments: seeds(14, full: 300)) func shardsComeAndGoUnderFaults(seed: UInt64) throws {
    var plan = Simulation.Plan()
    plan.isGrowing = true
    try Self.check(seed, plan)
  }

  @Test(arguments: seeds(20, full: UInt64(2 * Strike.count))) func everyStepOfAMoveBearsEveryBlow(seed: UInt64) throws {
    var plan = Simulation.Plan()
    plan.strike = Strike(seed)
    try Self.check(seed, plan)
  }

  @Test(arguments: seeds(6, full: 60)) func shardsInMemoryComeBackEmptyAndSaySo(seed: UInt64) throws {
    var plan = Simulation.Plan()
    plan.isDurable = false
    try Self.check(seed, plan)
  }

  @Test(arguments: seeds(2, full: 20)) func aSeedDecidesEverything(seed: UInt64) throws {
    var plan = Simulation.Plan()
    (plan.isGrowing, plan.faultMicroseconds) = (true, 2_000_000)
    let runs = try (0..<2).map { [plan] _ in try Simulation.run(seed: seed, plan) }
    #expect(runs[0].digest == runs[1].digest)
    #expect(runs[0].stepCount == runs[1].stepCount)
  }

  @Test(arguments: Sabotage.allCases) func aClusterThatDoesWrongIsNoticed(sabotage: Sabotage) throws {
    var plan = Simulation.Plan()
    (plan.faultMicroseconds, plan.sabotage) = (0, sabotage)
    #expect(try !Simulation.run(seed: 1, plan).violations.isEmpty)
  }
}
