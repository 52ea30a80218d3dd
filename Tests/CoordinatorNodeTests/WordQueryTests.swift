import CoordinatorNode
import Ranking
import Support
import Testing
import Text
import Vocabulary
import Wire

/// Queries with words from the coordinator's side, over real shards in one process.
@Suite struct WordQueryTests {
  private static let settings = TextSettings(
    language: "english",
    fields: [
      .init(attribute: "title", weight: 1, b: 0.6, average: 3),
      .init(attribute: "brand", weight: 0.5, b: 0, average: 1),
    ])
  private static let titles = [
    "red running shoes", "blue running shoes", "red rain coat", "running socks", "crème brûlée 🍮", "kitchen faucet",
    "red kitchen sink", "shower head", "女士运动鞋", "tent",
  ]

  private static func items(_ count: Int = 200) -> [Item] {
    TestCluster.items(count).enumerated().map { index, item in
      var item = item
      item.attributes[2] = .text(titles[index % titles.count])
      return item
    }
  }

  private static func schema() throws -> CollectionSchema {
    try #require(TestCluster.schema?.searched(by: settings))
  }

  private static func lexicon(_ language: String = "english") throws -> [UInt8] {
    var builder = LexiconBuilder(
      try TextAnalyser(language: TextLanguage(language)), fields: ["title", "brand"])
    for item in items() {
      builder.add(
        [item.attributes[2], item.attributes[1]].map { value in
          switch value {
          case .text(let text), .keyword(let text): text
          default: nil
          }
        })
    }
    return builder.lexicon().bytes
  }

  private static func model(lexicon: Bool = true) throws -> TestCluster.ModelFiles {
    var files = try TestCluster.model(seed: 5)
    if lexicon { files.words.lexicon = try Self.lexicon() }
    return files
  }

  /// A cluster with the items, and a model if there is one.
  private static func cluster(
    _ shardCount: Int, _ files: TestCluster.ModelFiles? = nil, schema: CollectionSchema? = nil
  ) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount)
    _ = try cluster.ask(CollectionCreateRequest(name: "shop", schema: try schema ?? Self.schema()))
    _ = try cluster.ask(try TestCluster.upsert(Self.items()))
    if let files { try cluster.load(files) }
    return cluster
  }

  private static func query(_ words: String, _ change: (inout RankRequest) -> Void = { _ in }) -> RankRequest {
    TestCluster.rank {
      $0.words = words
      $0.attributes = .named(["title"])
      change(&$0)
    }
  }

  private static func titles(_ response: RankResponse) -> [String] {
    response.results.ids.indices.map { row in
      if case .text(let title) = response.results.attributes.value(row: row, column: 0) { title } else { "" }
    }
  }

  private func refusal(_ request: RankRequest, _ cluster: TestCluster) -> WireError? {
    do {
      _ = try cluster.ask(request)
      return nil
    } catch { return error as? WireError }
  }

  @Test func wordsComeFirstAndTheShopperDecidesAmongThem() throws {
    let cluster = try Self.cluster(2, try Self.model())
    let answers: [RankResponse] = try [UInt64(1), 2].map { user in
      try cluster.ask(
        Self.query("Red SHOES") {
          $0.vector = []
          $0.user = UserID(user)
        })
    }
    for answer in answers {
      #expect(Self.titles(answer) == [String](repeating: "red running shoes", count: 10))
      #expect(answer.report.words.state == .found && answer.report.querySource == .user)
      #expect(answer.report.words.lexicalScores.count == 10 && answer.results.isExact)
      #expect(answer.results.retrievalScores == answer.report.words.lexicalScores)
      #expect(answer.report.words.terms.map(\.text) == ["red", "shoe"])
      #expect(answer.report.words.byWords >= 10 && answer.report.words.byVector == 0)
      #expect(answer.report.waterfall.contains { $0.phase == .words })
    }
    #expect(answers[0].results.ids != answers[1].results.ids, "two shoppers, one text")
  }

  @Test(arguments: [true, false]) func answersAreTheSameAtAnyNumberOfShards(hasModel: Bool) throws {
    let files = hasModel ? try Self.model() : nil
    let clusters = try [1, 3, 7].map { try Self.cluster($0, files) }
    for words in ["red", "running shoes", "kichen", "🍮", "brand1 red", "nothing of this", "鞋"] {
      for depth in [10, 40, 200] {
        let answers = try clusters.map { cluster in
          try cluster.ask(
            Self.query(words) {
              $0.depth = depth
              $0.explainedCount = 3
            })
        }
        for answer in answers.dropFirst() {
          #expect(answer.results.body.bytes == answers[0].results.body.bytes, "\(words) \(depth)")
          #expect(answer.report.words == answers[0].report.words, "\(words) \(depth)")
        }
        #expect(answers[0].results.isExact)
      }
    }
  }

  @Test func aSlipIsCorrectedUnlessItIsNotToBe() throws {
    let cluster = try Self.cluster(2, try Self.model())
    let corrected = try cluster.ask(Self.query("kichen") { $0.explainedCount = 2 })
    #expect(corrected.report.words.changes.map(\.from) == ["kichen"])
    #expect(corrected.report.words.changes.first?.to == ["kitchen"])
    #expect(Self.titles(corrected).allSatisfy { $0.contains("kitchen") })
    #expect(corrected.report.words.matched.map(\.terms) == [[1], [1]])
    #expect(corrected.report.words.terms.map(\.isKnown) == [false, true])
    let typed = try cluster.ask(Self.query("kichen") { $0.isAsTyped = true })
    #expect(typed.report.words.changes.isEmpty && typed.report.words.state == .noItem)
    let unfinished = try cluster.ask(Self.query("fau") { $0.isTyping = true })
    #expect(unfinished.report.words.changes.first?.rule == .completed)
    #expect(Self.titles(unfinished).prefix(5).allSatisfy { $0 == "kitchen faucet" })
  }

  @Test func aQueryOfWhichNoWordIsKnownIsTheShoppers() throws {
    let cluster = try Self.cluster(2, try Self.model())
    let shopper = { (words: String) in
      try cluster.ask(
        Self.query(words) {
          $0.vector = []
          $0.user = UserID(1)
        })
    }
    let plain = try shopper("")
    for (words, state) in [("zzzzzzzzzz", RankWords.State.noItem), ("?!", .noTerm), (" ", .noTerm)] {
      let answer = try shopper(words)
      #expect(answer.report.words.state == state && answer.results.ids == plain.results.ids, "\(words)")
    }
    #expect(plain.report.words == RankWords())
  }

  @Test func wordsAloneAreEnoughAndNothingIsNot() throws {
    let cluster = try Self.cluster(2)
    let answer = try cluster.ask(Self.query("女士") { $0.vector = [] })
    #expect(answer.report.querySource == .words && answer.report.words.lacksLexicon)
    #expect(Self.titles(answer).allSatisfy { $0 == "女士运动鞋" })
    #expect(answer.results.ids == answer.results.ids.sorted(), "of equal items the one with the lesser id")
    #expect(refusal(Self.query("?!") { $0.vector = [] }, cluster)?.code == .unknownUser)
  }

  @Test func aFilterAndWhatIsLeftOutHoldForWords() throws {
    let cluster = try Self.cluster(3)
    let all = try cluster.ask(Self.query("blue shoes") { $0.k = 20 })
    let excluded = Array(all.results.ids.prefix(5))
    let some = try cluster.ask(
      Self.query("blue shoes") {
        $0.filter = "price > 100"
        $0.exclude = excluded
        $0.k = 20
      })
    #expect(!some.results.ids.isEmpty && Set(some.results.ids).isDisjoint(with: excluded))
    #expect(Self.titles(some).first == "blue running shoes")
  }

  @Test func wordsAreRefusedWhereTheyCannotBeSearched() throws {
    let cluster = try Self.cluster(1, schema: TestCluster.schema)
    let request = Self.query("red")
    let error = refusal(request, cluster)
    #expect(error?.code == .unknownAttribute && error?.fieldOffset == UInt32(request.wordsOffset))
    #expect(error?.message.contains("text settings") == true)
    #expect(try cluster.ask(Self.query("")).results.ids.count == 10)
    let long = try Self.cluster(1)
    #expect(refusal(Self.query(String(repeating: "x", count: 1025)), long)?.code == .limitExceeded)
    #expect(try long.ask(Self.query(String(repeating: "x", count: 1024))).report.words.state == .noItem)
    let many = try long.ask(Self.query((0..<200).map { "w\($0)" }.joined(separator: " ") + " red"))
    #expect(many.report.words.isCut && many.report.words.terms.count == 64)
  }

  @Test func aLexiconOfAnotherLanguageIsRefused() throws {
    let cluster = try Self.cluster(1, try Self.model())
    var other = try Self.model()
    other.words.lexicon = try Self.lexicon("german")
    do {
      try cluster.load(other, upload: 78)
      Issue.record("it was taken")
    } catch {
      let error = try #require(error as? WireError)
      #expect(error.code == .modelRefused && error.message.contains("german") && error.message.contains("english"))
    }
    var damaged = try Self.model()
    damaged.words.lexicon?[40] ^= 1
    #expect(throws: WireError.self) { try cluster.load(damaged, upload: 79) }
    var orphan = try Self.model(lexicon: false)
    orphan.words.synonyms = Array("tap => faucet".utf8)
    #expect(throws: WireError.self) { try cluster.load(orphan, upload: 80) }
    let before = try cluster.ask(Self.query("kichen"))
    #expect(before.report.words.changes.count == 1, "the old one serves on")
    try cluster.restart()
    cluster.greet()
    #expect(try cluster.ask(Self.query("kichen")).results == before.results)
  }

  @Test func theListsOfTheShopCount() throws {
    var files = try Self.model()
    files.words.synonyms = Array("tap => faucet\n".utf8)
    files.words.protected = Array("kichen\n".utf8)
    let cluster = try Self.cluster(2, files)
    let tap = try cluster.ask(Self.query("tap"))
    #expect(tap.report.words.changes.first?.rule == .synonym && Self.titles(tap).first == "kitchen faucet")
    #expect(try cluster.ask(Self.query("kichen")).report.words.changes.isEmpty)
  }
}
