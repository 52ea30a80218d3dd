import Names
import Ranking
import Retrieval
import Storage
import Support
import Testing
import Text
import Towers
import Vocabulary

@testable import DataSets
@testable import Evaluation

struct SearchRankerTests {
  /// What plain loops find: the rows of both lists, of the union by its one score, and of the results.
  private struct Slow {
    var words: [ItemID] = []
    var vector: [ItemID] = []
    var union: [ItemID] = []
    var results: [ItemID] = []
  }

  private func slow(
    _ fixture: SearchFixture, _ query: WordQuery, _ user: UserVectors, hidden: Set<ItemID>, depth: Int, k: Int
  ) throws -> Slow {
    let manifest = fixture.model.manifest
    let terms = query.terms.map { LexicalTerm($0.term, weight: $0.product) }
    let lexical = SlowLexical(
      fields: [
        .init(attribute: 0, weight: 1, b: 0.6, average: 3), .init(attribute: 1, weight: 0.5, b: 0, average: 1.5),
      ], k1: 0.4)
    let vector =
      (terms.isEmpty ? nil : fixture.served.model.query(typed: query.typed, query: user.query, history: [])?.vector)
      ?? user.query
    let weight = fixture.served.model.lexicalWeight
    let items = fixture.known.filter { !hidden.contains($0.id) }
    struct Scored {
      let item: Item
      let lexical, product, fused: Float
    }
    let scored = items.map { item in
      let own: Float = terms.isEmpty ? 0 : lexical.score(item, terms)
      let product = SlowSearch.dot(vector, item.embedding)
      return Scored(item: item, lexical: own, product: product, fused: weight.map { $0 * own + product } ?? own)
    }
    func sorted(_ items: [Scored], _ score: (Scored) -> Float) -> [Scored] {
      items.sorted { a, b in score(a) != score(b) ? score(a) > score(b) : a.item.id < b.item.id }
    }
    var found = Slow()
    var length = depth
    for _ in 0..<4 {
      let words = sorted(scored.filter { $0.lexical > 0 }) { $0.lexical }
      let vectors = sorted(scored) { $0.product }
      let isOfWordsAlone = weight == nil && !words.isEmpty
      let ids = Set(words.prefix(length).map(\.item.id) + (isOfWordsAlone ? [] : vectors.prefix(length).map(\.item.id)))
      // A stable sort keeps the order by product among equals.
      let union = sorted(vectors.filter { ids.contains($0.item.id) }) { $0.product }.sorted { a, b in
        if a.fused != b.fused { return a.fused > b.fused }
        return a.product != b.product ? a.product > b.product : a.item.id < b.item.id
      }
      (found.words, found.vector) = (words.prefix(length).map(\.item.id), vectors.prefix(length).map(\.item.id))
      found.union = union.map(\.item.id)
      let logits = union.prefix(depth).map { one in
        let inputs = fixture.model.inputs(
          user, one.item, score: one.product, schema: manifest.collection, context: [:])
        let logit = fixture.model.logit(inputs)
        return (one.item.id, terms.isEmpty ? logit : logit + 32 * one.fused)
      }
      found.results = logits.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }.map(\.0)
      let isComplete = isOfWordsAlone ? words.count <= length : vectors.count <= length
      let least: Float = words.count < length ? 0 : words[length - 1].lexical
      let bound: Float = vectors.count < length ? 0 : weight.map { $0 * least + vectors[length - 1].product } ?? least
      if isComplete || isOfWordsAlone || (union.count >= k && union[k - 1].fused >= bound) { break }
      length *= 2
    }
    return found
  }

  @Test(arguments: [(true, 12, 5), (true, 3, 3), (false, 9, 4), (true, 200, 10), (false, 200, 10)])
  func theAnswersAreThoseOfASlowTwin(hasTower: Bool, depth: Int, k: Int) throws {
    let fixture = try SearchFixture(hasTower: hasTower)
    let ranker = try #require(try SearchRanker(fixture.served))
    var room = CatalogueRoom()
    let hidden = Set([1, 4, 9].map { fixture.known[$0].id })
    for text in ["red shoe", "kitchen", "ketchen", "10 mm rain coat", "zebra", "acme boot boot", "?!"] {
      for user in [UserID(101), nil] {
        let query = try ranker.query(text)
        let found = ranker.search(
          query, user: user, hidden: Set(hidden.compactMap { fixture.served.ids.row(of: $0).map { Int($0) } }),
          context: EventContext(), depth: depth, k: k, in: &room)
        let shopper = try #require(user.flatMap { fixture.model.users[$0] } ?? fixture.model.fallback)
        let slow = try slow(fixture, query, shopper, hidden: hidden, depth: depth, k: k)
        func ids(_ rows: [UInt32]) -> [ItemID] { rows.map { fixture.served.ids[$0] } }
        #expect(ids(found.words) == slow.words, "\(text)")
        #expect(ids(found.vector) == slow.vector, "\(text)")
        #expect(ids(found.union.map(\.row)) == slow.union, "\(text)")
        #expect(ids(found.results) == slow.results, "\(text)")
      }
    }
  }

  @Test func searchesOfTheLogAreCountedArmByArm() throws {
    let fixture = try SearchFixture(hasTower: true)
    let events = try TestSet(fixture.read, held: nil)
    let test = SearchTest(events, fixture.data, fixture.served.ids)
    // Of ten last events, those whose number modulo 7 is 4 come from no search.
    let numbers = (0..<10).map { 4 * $0 + 3 }.filter { $0 % 7 != 4 }
    #expect(numbers.count == 8)
    #expect(test.searches.map(\.asked.text) == numbers.compactMap { fixture.data.searches.text(of: $0) })
    let ranker = try #require(try SearchRanker(fixture.served))
    let outcome = try SearchOutcome(ranker, test, depth: 12, threads: 2)
    let personal = try #require(outcome.personal)
    var room = CatalogueRoom()
    for (place, search) in test.searches.enumerated() {
      let found = ranker.search(
        try ranker.query(search.asked.text), user: search.user, hidden: search.asked.hidden, context: EventContext(),
        depth: 12,
        k: 10, in: &room)
      let wanted = try #require(search.asked.good.first)
      let lists = [
        found.words, found.vector, found.union.map(\.row), found.union.map(\.row), found.results,
      ]
      for (figures, list) in zip(personal, lists) {
        let rank = list.firstIndex { Int($0) == wanted }
        #expect(figures.recall100[place] == (rank == nil ? 0 : 1))
        #expect(figures.hits[place] == (rank.map { $0 < 10 } == true ? 1 : 0))
        #expect(figures.reciprocal[place] == rank.map { 1 / Double($0 + 1) } ?? 0)
        #expect(abs(figures.ndcg[place] - (rank.map { $0 < 10 ? Metrics.ndcg([$0], at: 10) : 0 } ?? 0)) < 1e-12)
      }
    }
    #expect(outcome.parts[0].cases == test.searches.indices.filter { test.searches[$0].asked.text.contains("ketchen") })
    let ofOneWord = test.searches.indices.filter { ["blue", "rain"].contains(test.searches[$0].asked.text) }
    #expect(outcome.parts[1].cases == ofOneWord)
    #expect(try SearchOutcome(ranker, test, depth: 12, threads: 1).results.ndcg == outcome.results.ndcg)
  }

  @Test func judgedItemsCountByTheScaleOfTheTable() throws {
    let fixture = try SearchFixture(hasTower: true)
    let directory = TemporaryDirectory()
    func judgements(_ rows: [(String, Int, String)]) throws -> Judgements {
      let text = (["query\titem\trelevance"] + rows.map { "\($0)\t\(fixture.items[$1].id.rawValue)\t\($2)" })
        .joined(separator: "\n")
      try RealDisk().replace("\(directory.path)/judged.tsv", with: Array((text + "\n").utf8))
      return try Judgements(InputFile("\(directory.path)/judged.tsv")) { (id) throws(DataError) in
        try DataError.naming { () throws(NameError) in try fixture.data.items.position(of: id) }
      }
    }
    let judged = try judgements([
      ("red", 3, "1"), ("red", 4, "2.33"), ("red", 5, "3"), ("boot", 6, "1.67"), ("boot", 7, "2.25"), ("mm", 79, "3"),
    ])
    #expect(judged.rows.map { judged.scale.isGood($0.relevance) } == [false, true, true, false, false, true])
    #expect(judged.rows.map { judged.scale.isBad($0.relevance) } == [true, false, false, true, false, false])
    for (row, share) in zip(judged.rows, [0, 0.665, 1, 0.335, 0.625, 1] as [Float]) {
      #expect(abs(judged.scale.share(row.relevance) - share) < 1e-6)
    }
    let test = SearchTest(
      judged, fixture.data, learned: Histories(fixture.data.interactions), fixture.served.ids)
    #expect(test.searches.map(\.asked.text) == ["red", "mm"], "boot has no good item")
    #expect(test.searches[0].asked.good == [4, 5] && test.searches[0].asked.gains.count == 2)
    #expect(test.searches[1].asked.good == [fixture.served.ids.count + 79], "an item that the model does not have")
    let outcome = try SearchOutcome(try #require(try SearchRanker(fixture.served)), test, depth: 80, threads: 1)
    #expect(outcome.personal == nil && outcome.alone[4].recall100[1] == 0)

    let liked = try judgements([("red", 3, "1"), ("blue", 4, "1")])
    #expect(liked.rows.allSatisfy { liked.scale.isGood($0.relevance) && !liked.scale.isBad($0.relevance) })
    #expect(liked.scale.share(1) == 1 && liked.scale.gain(1) == 1)
  }

  @Test func aModelWithoutWordsIsNotSearched() throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture(hasFallback: true)
    try fixture.write(directory)
    #expect(try SearchRanker(try fixture.served(directory)) == nil)
  }
}
