import Placement
import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

struct MemberMachineTests {
  /// Crashes, pauses, cuts of each kind, a store that is away, forgets to answer or changes late, clocks that run apart.
  @Test(arguments: TestScale.seeds(8, full: 1000)) func whatIsAcknowledgedIsReadAndStays(seed: UInt64) {
    let model = MemberModel(seed: seed, members: seed % 2 == 0 ? 2 : 3)
    model.run(faultMicroseconds: 30_000_000)
    #expect(model.violations.isEmpty, "\(model.violations.joined(separator: "\n")) \(model.counts)")
    #expect(model.counts["write", default: 0] > 100)
    #expect(model.counts["read", default: 0] > 100)
    #expect(model.counts["take-over", default: 0] + model.counts["removal", default: 0] > 0)
  }

  /// The primary goes on with those that it reaches, and another member leads meanwhile.
  @Test(arguments: TestScale.seeds(4, full: 100)) func aSplitCostsNothingThatWasAcknowledged(seed: UInt64) {
    let model = MemberModel(seed: seed, members: 2 + Int(seed % 2), isSplit: true)
    model.run(faultMicroseconds: 12_000_000)
    #expect(model.violations.isEmpty, "\(model.violations.joined(separator: "\n")) \(model.counts)")
    #expect(model.counts["take-over", default: 0] > 0)
  }

  @Test(arguments: MemberModel.Sabotage.allCases) func aRuleThatIsLeftOutIsNoticed(sabotage: MemberModel.Sabotage) {
    let isNoticed = (1...40 as ClosedRange<UInt64>).contains { seed in
      let isSplit = seed % 2 == 1
      let members = isSplit || seed % 4 == 0 ? 3 : 2
      let model = MemberModel(seed: seed, members: members, sabotage: sabotage, isSplit: isSplit)
      model.run(faultMicroseconds: isSplit ? 12_000_000 : 30_000_000)
      return !model.violations.isEmpty
    }
    #expect(isNoticed)
  }
}
