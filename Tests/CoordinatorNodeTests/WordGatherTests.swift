import CoordinatorNode
import Support
import Testing
import Vocabulary
import Wire

@Suite struct WordGatherTests {
  /// An item with both scores.
  private struct Toy {
    let candidate: Candidate
    let lexical: Float
  }

  private static let start = Instant(nanoseconds: 0)
  private static let shape = SearchShape(generation: Generation(1))
  private static let split = DeadlineSplit(
    now: start, deadline: start.advanced(microseconds: 1_000_000), reranks: false)

  private static func targets(_ count: Int) -> [ScatterGather.Target] {
    (0..<count).map {
      ScatterGather.Target(shard: ShardID(UInt16($0)), slots: 4096 * ($0 + 1) / count - 4096 * $0 / count)
    }
  }

  /// Items whose scores tie often; some have none of the words.
  private static func items(_ count: Int, _ random: inout SeededRandom) throws -> [Toy] {
    try (0..<count).map { id in
      let score = try #require(Score(Float(Int.random(in: -8...8, using: &random)) / 4))
      let lexical = Float(max(0, Int.random(in: -6...6, using: &random))) / 8
      return Toy(candidate: Candidate(score: score, itemID: ItemID(UInt64(id))), lexical: lexical)
    }
  }

  private static func byWords(_ items: [Toy]) -> [Toy] {
    items.filter { $0.lexical > 0 }.sorted {
      $0.lexical != $1.lexical ? $0.lexical > $1.lexical : $0.candidate.itemID < $1.candidate.itemID
    }
  }

  private static func byVector(_ items: [Toy]) -> [Toy] { items.sorted { $0.candidate < $1.candidate } }

  private static func union(_ items: [Toy], limit: Int) -> [Toy] {
    let chosen = Set((byVector(items).prefix(limit) + byWords(items).prefix(limit)).map(\.candidate.itemID))
    return byVector(items).filter { chosen.contains($0.candidate.itemID) }
  }

  /// What a shard that has these items answers.
  private static func answer(_ items: [Toy], limit: Int) -> SearchResponse {
    let found = union(items, limit: limit)
    var response = SearchResponse()
    response.generation = Generation(1)
    response.owned = UInt64(items.count)
    response.isComplete = true
    response.ids = found.map(\.candidate.itemID.rawValue)
    response.scores = found.map(\.candidate.score.value)
    response.words.scores = found.map(\.lexical)
    response.words.hasAllItems = items.count <= limit
    response.words.hasAllWithTerms = byWords(items).count <= limit
    return response
  }

  /// The candidates of all items by the page of RANK alone, and whether the k-th is proven.
  private static func slow(
    _ items: [Toy], weight: Float?, depth: Int, k: Int
  ) -> (ids: [ItemID], isExact: Bool) {
    let score = { (item: Toy) in
      weight.map { $0 * item.lexical + item.candidate.score.value } ?? item.lexical
    }
    if weight == nil, !byWords(items).isEmpty {
      let found = byWords(items).prefix(depth).sorted {
        score($0) != score($1) ? score($0) > score($1) : $0.candidate < $1.candidate
      }
      return (found.map(\.candidate.itemID), true)
    }
    var listDepth = depth
    for round in 0... {
      let found = union(items, limit: listDepth).sorted {
        score($0) != score($1) ? score($0) > score($1) : $0.candidate < $1.candidate
      }
      let known = Set(union(items, limit: listDepth).map(\.candidate.itemID))
      let outside = items.filter { !known.contains($0.candidate.itemID) }
      let (words, vector) = (byWords(items).prefix(listDepth), byVector(items).prefix(listDepth))
      // No item outside can be better than one that is last in both lists.
      let lexical = words.count == listDepth ? words.last?.lexical ?? 0 : 0
      let bound = vector.last.flatMap { last in
        Score(weight.map { $0 * lexical + last.candidate.score.value } ?? lexical)
      }
      let isProven =
        items.count < listDepth || k > min(found.count, depth) || score(found[k - 1]) >= bound?.value ?? 0
      if isProven || round == 3 {
        if isProven, k <= found.count {
          #expect(outside.allSatisfy { score($0) <= score(found[k - 1]) }, "what is proven holds")
        }
        return (found.prefix(depth).map(\.candidate.itemID), isProven)
      }
      listDepth *= 2
    }
    return ([], false)
  }

  @Test(arguments: [1, 2, 3, 7, 16]) func candidatesAreTheSameAtAnyNumberOfShards(shardCount: Int) throws {
    var random = SeededRandom(seed: 17)
    for round in 0..<60 {
      let items = try Self.items(Int.random(in: 0...600, using: &random), &random)
      let depth = Int.random(in: 1...60, using: &random)
      let k = Int.random(in: 1...depth, using: &random)
      let weight: Float? = round % 3 == 0 ? nil : Float(round % 5) / 2
      var shards = [[Toy]](repeating: [], count: shardCount)
      // The same items in every run, wherever they lie.
      for item in items { shards[Int(item.candidate.itemID.rawValue * 7 / 3) % shardCount].append(item) }
      var machine = ScatterGather(
        depth: depth, targets: Self.targets(shardCount), shape: Self.shape, split: Self.split,
        words: WordGoal(weight.map { .sum(weight: $0) } ?? .words, k: k, depth: depth))
      var open: [(leg: Int, limit: Int)] = []
      var searches = [Int](repeating: 0, count: shardCount)
      machine.begin(at: Self.start)
      while !machine.isFinished {
        for case .search(let leg, let limit, let after, _) in machine.takeActions() {
          #expect(after == nil && limit <= Limits.wordedSearchLimitMax)
          searches[leg] += 1
          open.append((leg, limit))
        }
        let next = open.remove(at: Int.random(in: open.indices, using: &random))
        machine.replied(
          next.leg, Self.answer(shards[next.leg], limit: next.limit), lack: nil, at: Self.start)
      }
      let outcome = machine.outcome
      let expected = Self.slow(items, weight: weight, depth: depth, k: k)
      #expect(outcome.merge.entries.map(\.candidate.itemID) == expected.ids)
      #expect(outcome.isExact == expected.isExact)
      #expect(weight != nil || outcome.isExact, "words alone are always proven")
      #expect(searches.allSatisfy { $0 <= 6 } && outcome.merge.duplicateCount == 0)
    }
  }

  @Test func aReplyThatBreaksItsPromiseCountsAsNone() throws {
    var random = SeededRandom(seed: 3)
    let items = try Self.items(100, &random)
    let good = Self.answer(items, limit: 10)
    var shorter = good
    shorter.ids.removeLast()
    var fewer = Self.answer(Array(items.prefix(3)), limit: 10)
    fewer.words.hasAllItems = false
    var wordless = Self.answer(items.map { Toy(candidate: $0.candidate, lexical: 0) }, limit: 10)
    wordless.words.hasAllWithTerms = false
    var unscored = good
    unscored.words.scores = []
    for (response, isTaken) in [(good, true), (shorter, false), (fewer, false), (wordless, false), (unscored, false)] {
      let part = SearchPart(response, limit: 10, after: nil, shape: Self.shape, hasWords: true)
      #expect((part != nil) == isTaken)
    }
    #expect(SearchPart(good, limit: 100, after: nil, shape: Self.shape) == nil, "words that were not asked for")
  }
}
