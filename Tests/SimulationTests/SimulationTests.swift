import FoundationEssentials
import Support
import Testing

/// The roles and the client library in a world of faults: a seed decides who runs when, what breaks and what is asked.
///
/// A failure prints its seed; `WINNOW_SEED=… swift test --filter SimulationTests` replays it. `WINNOW_FULL=1` runs more,
/// `WINNOW_SEEDS=31-330` those seeds of members that end.
@Suite struct SimulationTests {
  private static func check(_ seed: UInt64, _ plan: Simulation.Plan, test: String = #function) throws {
    let name = "SimulationTests/\(test.prefix { $0 != "(" })"
    let outcome = try TestScale.named(seed, name) { try Simulation.run(seed: seed, plan) }
    let replay = TestScale.replay(seed, name)
    if TestScale.replayedSeed != nil { print(outcome) }
    #expect(outcome.violations.isEmpty, "\(outcome.violations.prefix(5).joined(separator: "\n"))\n\(replay)")
    #expect(outcome.counts["answered in quiet", default: 0] > 0, "\(replay)")
  }

  @Test(arguments: TestScale.seeds(10, full: 100)) func whatWasAcknowledgedIsAnswered(seed: UInt64) throws {
    try Self.check(seed, Simulation.Plan())
  }

  /// Every fault there is, at members, coordinator and between them: nothing that was acknowledged is lost, and no answer
  /// lacks what was acknowledged before it was asked for.
  private static let memberSeeds: [UInt64] = {
    let ends = ProcessInfo.processInfo.environment["WINNOW_SEEDS"]?.split(separator: "-").compactMap { UInt64($0) }
    guard let ends, ends.count == 2, ends[0] <= ends[1] else { return TestScale.seeds(18, full: 2000) }
    return Array(ends[0]...ends[1])
  }()

  @Test(arguments: memberSeeds) func whatWasAcknowledgedOutlivesMembers(seed: UInt64) throws {
    var plan = Simulation.Plan()
    plan.memberCount = seed % 3 == 0 ? 3 : 2
    try Self.check(seed, plan)
  }

  @Test(arguments: TestScale.seeds(9, full: 300)) func shardsComeAndGoUnderFaults(seed: UInt64) throws {
    var plan = Simulation.Plan()
    plan.isGrowing = true
    try Self.check(seed, plan)
  }

  @Test(arguments: TestScale.seeds(12, full: 2 * Strike.count)) func everyStepOfAMoveBearsEveryBlow(seed: UInt64) throws
  {
    var plan = Simulation.Plan()
    plan.strike = Strike(seed)
    try Self.check(seed, plan)
  }

  @Test(arguments: TestScale.seeds(6, full: 60)) func shardsInMemoryComeBackEmptyAndSaySo(seed: UInt64) throws {
    var plan = Simulation.Plan()
    plan.isDurable = false
    try Self.check(seed, plan)
  }

  @Test(arguments: TestScale.seeds(4, full: 300)) func everyEventIsKeptOnceUnderFaults(seed: UInt64) throws {
    var plan = Simulation.Plan()
    (plan.isGrowing, plan.hasShoppers) = (true, true)
    try Self.check(seed, plan)
  }

  @Test(arguments: TestScale.seeds(2, full: 20)) func aSeedDecidesEverything(seed: UInt64) throws {
    var plan = Simulation.Plan()
    (plan.isGrowing, plan.faultMicroseconds) = (true, 2_000_000)
    let runs = try (0..<2).map { [plan] _ in try Simulation.run(seed: seed, plan) }
    #expect(runs[0].digest == runs[1].digest)
    #expect(runs[0].stepCount == runs[1].stepCount)
  }

  @Test(arguments: Sabotage.allCases) func aClusterThatDoesWrongIsNoticed(sabotage: Sabotage) throws {
    var plan = Simulation.Plan()
    (plan.faultMicroseconds, plan.sabotage, plan.hasShoppers) = (0, sabotage, sabotage.isOfEvents)
    #expect(try !Simulation.run(seed: 1, plan).violations.isEmpty)
  }
}
