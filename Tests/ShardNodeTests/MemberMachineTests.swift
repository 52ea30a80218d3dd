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

  // MARK: Other members

  private static func told(_ revision: UInt64, _ nodes: [UInt64], primary: Int, out: [UInt64] = []) -> GroupRequest {
    var request = GroupRequest()
    (request.revision, request.place) = (revision, 7)
    request.group = ShardGroup(
      term: 1, primary: primary, data: Array(repeating: 7, count: 16),
      members: nodes.map { .init(node: $0, isInSync: $0 != 0 && !out.contains($0)) })
    return request
  }

  /// The node 2 leads 1, 2 and 3, which have 10, 12 and 4 records.
  private static func leader() -> MemberMachine {
    var machine = MemberMachine(node: 2, history: ShardHistory())
    let now = Instant(nanoseconds: 0)
    machine.told(told(1, [1, 2, 3], primary: 1), at: now)
    machine.promoted(1)
    machine.noted(ShardHistory(position: 12, terms: [.init(term: 1, position: 1)]))
    for (place, node, position) in [(0, 1, 10), (2, 3, 4)] as [(Int, UInt64, UInt64)] {
      let reply = ReplicateResponse(node: node, position: position, term: 1, isLeaving: false)
      _ = machine.confirmed(place, reply, sent: now, at: now)
    }
    return machine
  }

  @Test func whatIsKnownOfMembersGoesToTheirNewPlaces() {
    var machine = Self.leader()
    let layout = machine.layout
    #expect(machine.place == 1 && machine.acknowledged(Instant(nanoseconds: 0)) == 4)
    // The first one leaves, without a word of its own: it may still answer for a while.
    machine.told(Self.told(2, [2, 3], primary: 0), at: Instant(nanoseconds: 0))
    #expect(machine.place == 0 && machine.layout == layout + 1)
    #expect(machine.acknowledged(Instant(nanoseconds: 1_000_000_000)) == 0)
    let later = Instant(nanoseconds: 1_200_000_000)
    #expect(machine.acknowledged(later) == 4)
    #expect(machine.copies(of: 4) == 2 && machine.copies(of: 5) == 1)
    // Another one comes, of which nothing is known: it is not waited for, and counts for nothing.
    machine.told(Self.told(3, [2, 3, 0], primary: 0), at: later)
    #expect(machine.layout == layout + 2 && machine.writeRefusal() == nil)
    #expect(machine.acknowledged(later) == 4 && machine.copies(of: 1) == 2)
    // What was told before says nothing any more.
    machine.told(Self.told(1, [1, 2, 3], primary: 1), at: later)
    #expect(machine.place == 0 && machine.layout == layout + 2)
  }

  @Test func aChangeIsAcknowledgedOnlyWhenEnoughMembersHaveIt() {
    var machine = Self.leader()
    machine.told(Self.told(2, [1, 2, 3], primary: 1, out: [1, 3]), at: Instant(nanoseconds: 0))
    #expect(machine.writeRefusal() == .tooFewCopies)
    // What was begun with both of them: one of the two has to have it, though the group waits for none.
    #expect(machine.acknowledged(Instant(nanoseconds: 2_000_000_000)) == 10)
  }

  @Test func aMemberWhoseDiskIsFullIsNotWaitedForAndComesBack() throws {
    var machine = Self.leader()
    let now = Instant(nanoseconds: 0)
    machine.took(0, records: false)
    machine.passed(now)
    #expect(try #require(machine.wanted).group.inSync == [1, 2])
    machine.told(Self.told(2, [1, 2, 3], primary: 1, out: [1]), at: now)
    // It answers all the while, and lacks little.
    let reply = ReplicateResponse(node: 1, position: 12, term: 1, isLeaving: false)
    _ = machine.confirmed(0, reply, sent: now, at: now)
    for _ in 0..<3 { machine.passed(now) }
    #expect(machine.wanted == nil)
    machine.took(0, records: true)
    for _ in 0..<2 { machine.passed(now) }
    #expect(try #require(machine.wanted).group.inSync == [0, 1, 2])
  }

  @Test func aShardThatWasAloneLeadsWithoutANewTerm() {
    var machine = MemberMachine(node: 2, history: ShardHistory(position: 40, terms: []))
    machine.told(Self.told(1, [2, 0], primary: 0), at: Instant(nanoseconds: 0))
    #expect(machine.termToBegin == 1 && machine.isAssured(Instant(nanoseconds: 5_000_000_000)))
    machine.promoted(1)
    #expect(machine.writeRefusal() == nil)
  }
}
