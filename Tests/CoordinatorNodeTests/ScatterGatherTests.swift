import CoordinatorNode
import Support
import Testing
import Vocabulary
import Wire

@Suite struct ScatterGatherTests {
  private static let start = Instant(nanoseconds: 0)
  private static let shape = SearchShape(generation: Generation(1))

  /// Items whose scores tie often, and of which the best lie on few shards.
  private static func shards(_ count: Int, items: Int, skew: Bool, _ random: inout SeededRandom) -> [ToyShard] {
    var lists = [[Candidate]](repeating: [], count: count)
    for id in 0..<items {
      let value = Float(Int.random(in: -20...20, using: &random)) / 4
      guard let score = Score(value) else { continue }
      let shard = skew && value > 2 ? 0 : Int.random(in: 0..<count, using: &random)
      lists[shard].append(Candidate(score: score, itemID: ItemID(UInt64(id))))
    }
    return lists.map(ToyShard.init)
  }

  private static func targets(_ count: Int) -> [ScatterGather.Target] {
    (0..<count).map {
      ScatterGather.Target(shard: ShardID(UInt16($0)), slots: 4096 * ($0 + 1) / count - 4096 * $0 / count)
    }
  }

  private static func split(_ microseconds: UInt64 = 1_000_000) -> DeadlineSplit {
    DeadlineSplit(now: start, deadline: start.advanced(microseconds: microseconds), reranks: false)
  }

  /// Answers the searches of a query in random order until it is finished.
  private static func run(
    _ machine: inout ScatterGather, _ shards: [ToyShard], _ random: inout SeededRandom
  ) -> [Int] {
    var searches = [Int](repeating: 0, count: shards.count)
    var open: [(leg: Int, limit: Int, after: Candidate?)] = []
    machine.begin(at: start)
    while !machine.isFinished {
      for case .search(let leg, let limit, let after, _) in machine.takeActions() {
        searches[leg] += 1
        open.append((leg, limit, after))
      }
      guard !open.isEmpty else { break }
      let next = open.remove(at: Int.random(in: open.indices, using: &random))
      let response = shards[next.leg].answer(limit: next.limit, after: next.after)
      machine.replied(next.leg, response, lack: nil, at: start)
    }
    return searches
  }

  @Test(arguments: 1...16) func candidatesEqualAFullMerge(shardCount: Int) {
    var random = SeededRandom(seed: UInt64(shardCount))
    var reasks = 0
    for round in 0..<40 {
      let items = Int.random(in: 0...400, using: &random)
      let shards = Self.shards(shardCount, items: items, skew: round % 2 == 0, &random)
      let depth = Int.random(in: 1...150, using: &random)
      var machine = ScatterGather(
        depth: depth, targets: Self.targets(shardCount), shape: Self.shape, split: Self.split())
      let searches = Self.run(&machine, shards, &random)
      let outcome = machine.outcome
      let all = shards.flatMap(\.candidates).sorted()
      #expect(outcome.merge.entries.map(\.candidate) == Array(all.prefix(depth)))
      #expect(outcome.isExact && outcome.merge.duplicateCount == 0)
      #expect(outcome.coverage.partsPerMillion == 1_000_000)
      #expect(outcome.coverage.itemsCovered == UInt64(all.count))
      #expect(searches.allSatisfy { $0 <= 2 }, "on one state a second search always proves")
      #expect(outcome.reasks == searches.reduce(0, +) - shardCount)
      reasks += outcome.reasks
    }
    #expect(shardCount < 4 || reasks > 0, "skewed data needs second searches")
  }

  @Test func onlyShardsThatFailTheProofAreAskedAgain() {
    let candidates = { (scores: [Float], first: UInt64) in
      scores.enumerated().compactMap { index, value in
        Score(value).map { Candidate(score: $0, itemID: ItemID(first + UInt64(index))) }
      }
    }
    let shards = [
      ToyShard(candidates((0..<100).map { 100 - Float($0) / 10 }, 0)),
      ToyShard(candidates((0..<100).map { 10 - Float($0) / 10 }, 1000)),
    ]
    var random = SeededRandom(seed: 1)
    var machine = ScatterGather(depth: 40, targets: Self.targets(2), shape: Self.shape, split: Self.split())
    let searches = Self.run(&machine, shards, &random)
    #expect(searches == [2, 1])
    #expect(machine.outcome.isExact)
    #expect(machine.outcome.merge.entries.allSatisfy { $0.leg == 0 })
  }

  @Test func shardThatRestartsBetweenTwoSearchesIsMissing() {
    var random = SeededRandom(seed: 6)
    let shards = Self.shards(3, items: 300, skew: true, &random)
    var machine = ScatterGather(depth: 60, targets: Self.targets(3), shape: Self.shape, split: Self.split())
    machine.begin(at: Self.start)
    var open = machine.takeActions()
    while !machine.isFinished, !open.isEmpty {
      guard case .search(let leg, let limit, let after, _) = open.removeFirst() else { continue }
      // Its new states have the old numbers.
      machine.replied(
        leg, shards[leg].answer(limit: limit, after: after), lack: after == nil ? nil : .restartedEmpty, at: Self.start)
      open += machine.takeActions()
    }
    #expect(machine.outcome.reasks > 0 && !machine.outcome.isExact)
    #expect(machine.outcome.coverage.missing.map(\.cause) == [.restartedEmpty])
  }

  @Test func anotherSnapshotReplacesAllCandidatesOfTheShard() {
    var random = SeededRandom(seed: 5)
    var shards = Self.shards(3, items: 300, skew: true, &random)
    var machine = ScatterGather(depth: 60, targets: Self.targets(3), shape: Self.shape, split: Self.split())
    machine.begin(at: Self.start)
    var afresh = 0
    var open = machine.takeActions()
    while !machine.isFinished, !open.isEmpty {
      guard case .search(let leg, let limit, let after, let snapshot) = open.removeFirst() else { continue }
      if after != nil {
        #expect(snapshot == 1)
        // Meanwhile the best item is gone, and so is the state.
        shards[leg].candidates.removeFirst()
        shards[leg].snapshot = 2
      } else if snapshot == 0, shards[leg].snapshot == 2 {
        afresh += 1
        #expect(limit == 60)
      }
      machine.replied(leg, shards[leg].answer(limit: limit, after: after), lack: nil, at: Self.start)
      open += machine.takeActions()
    }
    #expect(afresh == 1)
    let all = shards.flatMap(\.candidates).sorted()
    #expect(machine.outcome.merge.entries.map(\.candidate) == Array(all.prefix(60)))
    #expect(machine.outcome.isExact)
  }

  @Test func hungShardEndsTheQueryAtItsTime() {
    var random = SeededRandom(seed: 2)
    let shards = Self.shards(2, items: 100, skew: false, &random)
    let split = Self.split()
    var machine = ScatterGather(depth: 10, targets: Self.targets(2), shape: Self.shape, split: split)
    machine.begin(at: Self.start)
    _ = machine.takeActions()
    machine.replied(0, shards[0].answer(limit: 10, after: nil), lack: nil, at: Self.start)
    #expect(machine.takeActions() == [.wait(until: split.proofStart)])
    machine.passed(at: split.proofStart)
    #expect(machine.takeActions().last == .wait(until: split.gatherEnd))
    machine.passed(at: split.gatherEnd)
    #expect(machine.takeActions() == [.finish])
    let outcome = machine.outcome
    #expect(outcome.coverage.missing == [.init(shard: ShardID(1), slots: 2048, cause: .timedOut)])
    #expect(outcome.coverage.partsPerMillion == 500_000)
    #expect(!outcome.isExact)
    #expect(outcome.merge.entries.map(\.candidate) == Array(shards[0].candidates.prefix(10)))
  }

  @Test func causesOfMissingShardsAreTold() {
    var random = SeededRandom(seed: 3)
    var shards = Self.shards(4, items: 100, skew: false, &random)
    shards[2].isComplete = false
    var machine = ScatterGather(depth: 10, targets: Self.targets(4), shape: Self.shape, split: Self.split())
    machine.begin(at: Self.start)
    machine.failed(0, .unreachable, at: Self.start)
    machine.replied(1, shards[1].answer(limit: 8, after: nil), lack: .restartedEmpty, at: Self.start)
    machine.replied(2, shards[2].answer(limit: 8, after: nil), lack: nil, at: Self.start)
    var broken = shards[3].answer(limit: 8, after: nil)
    broken.scores.reverse()
    machine.replied(3, broken, lack: nil, at: Self.start)
    let outcome = machine.outcome
    #expect(outcome.coverage.missing.map(\.cause) == [.unreachable, .restartedEmpty, .partial, .refused])
    #expect(outcome.coverage.partsPerMillion == 0)
    #expect(!outcome.merge.entries.isEmpty, "what incomplete shards hold is found")
  }

  @Test func coverageThatCannotBeReachedEndsTheQueryAtOnce() {
    var machine = ScatterGather(
      depth: 10, targets: Self.targets(4), shape: Self.shape, split: Self.split(), minimumCoverage: 800_000)
    machine.begin(at: Self.start)
    _ = machine.takeActions()
    machine.failed(2, .unreachable, at: Self.start)
    #expect(machine.takeActions() == [.finish])
  }

  @Test func slowShardDoesNotHoldUpTheProofOfTheOthers() {
    var random = SeededRandom(seed: 4)
    let shards = Self.shards(4, items: 400, skew: true, &random)
    let split = Self.split()
    var machine = ScatterGather(depth: 80, targets: Self.targets(4), shape: Self.shape, split: split)
    machine.begin(at: Self.start)
    var quota = 0
    for case .search(let leg, let limit, _, _) in machine.takeActions() where leg < 3 {
      quota = limit
      machine.replied(leg, shards[leg].answer(limit: limit, after: nil), lack: nil, at: Self.start)
    }
    _ = machine.takeActions()
    machine.passed(at: split.proofStart)
    let again = machine.takeActions()
    #expect(again.contains { if case .search(0, _, .some, 1) = $0 { true } else { false } })
    for case .search(let leg, let limit, let after, _) in again {
      machine.replied(leg, shards[leg].answer(limit: limit, after: after), lack: nil, at: split.proofStart)
    }
    machine.replied(3, shards[3].answer(limit: quota, after: nil), lack: nil, at: split.proofStart)
    #expect(machine.isFinished && machine.outcome.isExact)
    let all = shards.flatMap(\.candidates).sorted()
    #expect(machine.outcome.merge.entries.map(\.candidate) == Array(all.prefix(80)))
  }
}
