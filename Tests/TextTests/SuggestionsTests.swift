import Bytes
import Foundation
import Support
import Testing
import Vocabulary

@testable import Text

struct SuggestionsTests {
  /// Queries with how many shoppers typed them.
  private static func suggestions(
    _ queries: [(String, Int)], _ corrector: QueryAnalyser? = nil, categories: [String: [String]] = [:]
  ) throws -> Suggestions {
    var builder = SuggestionsBuilder(
      try TextAnalyser(language: TextLanguage("english")), queries: queries.map(\.0), attribute: "category")
    for (query, entry) in queries.enumerated() {
      for user in 0..<entry.1 { builder.add(query: query, user: UInt32(user), categories: categories[entry.0] ?? []) }
    }
    return builder.suggestions(corrector)
  }

  private static let shop = [
    ("red shoes", 9), ("Red  running shoes", 12), ("rubber boots", 5), ("red running shoe", 3),
    ("shoes running red", 4),
    ("rare thing", 4), ("Küche", 7), ("headphones", 20), ("head lamp", 6), ("!!", 30),
  ]

  private static func texts(_ suggestions: Suggestions, _ prefix: String) -> [String] {
    suggestions.matches(prefix).places.map(suggestions.text)
  }

  @Test func queriesOfTheSameTermsAreOneAndRareOnesAreLeftOut() throws {
    let suggestions = try Self.suggestions(Self.shop)
    #expect(suggestions.count == 6)
    #expect(
      Self.texts(suggestions, "") == [
        "headphones", "Red  running shoes", "red shoes", "Küche", "head lamp", "rubber boots",
      ])
    // Shoppers count once, however they put it.
    let place = try #require(suggestions.matches("red run").places.first)
    #expect(suggestions.users(place) == 12)
  }

  @Test func ofASlipAndItsBetterKnownSpellingOnlyTheSpellingIsLeft() throws {
    let shop = [
      ("red shoes", 9), ("red sheos", 6), ("shose", 8), ("blue sneakres", 7), ("headphones", 20), ("boosts", 5),
      ("boots", 5),
    ]
    let analyser = try TextAnalyser(language: TextLanguage("english"))
    var lexicon = LexiconBuilder(analyser, fields: ["title"])
    for title in ["red shoes", "blue shoes", "sneakers", "headphones", "boots"] { lexicon.add([title]) }
    let corrector = try QueryAnalyser(lexicon: lexicon.lexicon())
    let suggestions = try Self.suggestions(shop, corrector)
    // "shose" and "blue sneakres" stay, since more shoppers did not search for "shoes" or "blue sneakers"; so does
    // "boosts", which as many spell otherwise.
    #expect(
      Set(Self.texts(suggestions, "").map(\.exact))
        == Set(["red shoes", "shose", "blue sneakres", "headphones", "boosts", "boots"].map(\.exact)))
    #expect(try Self.suggestions(shop).count == 7)
  }

  @Test func aPrefixIsComparedFolded() throws {
    let suggestions = try Self.suggestions(Self.shop)
    #expect(Self.texts(suggestions, "RED ru") == ["Red  running shoes"])
    #expect(Self.texts(suggestions, "  red   ") == ["Red  running shoes", "red shoes"])
    #expect(Self.texts(suggestions, "kuc") == ["Küche"] && Self.texts(suggestions, "KÜ") == ["Küche"])
    #expect(Self.texts(suggestions, "head ") == ["head lamp"])
    #expect(Self.texts(suggestions, "zzz").isEmpty)
  }

  @Test(arguments: [
    ("hedph", "headph", ["headphones"]), ("haedphones", "headphones", ["headphones"]),
    ("red runing s", "red running s", ["Red  running shoes"]), ("rubbr ", "rubber ", ["rubber boots"]),
    ("rubbrr bo", "rubber bo", ["rubber boots"]),
  ]) func aPrefixOfNoQueryIsCorrected(typed: String, prefix: String, texts: [String]) throws {
    let suggestions = try Self.suggestions(Self.shop)
    let matches = suggestions.matches(typed)
    #expect(matches.isCorrected && matches.prefix == prefix && matches.places.map(suggestions.text) == texts)
  }

  @Test(arguments: [
    "re r", "xq", "qqqqqq", "shoes red", "aaaa bbbb cccc dddd", "👍", String(repeating: "ß", count: 128),
  ])
  func whatIsLikeNothingGivesNothing(typed: String) throws {
    let matches = try Self.suggestions(Self.shop).matches(typed)
    #expect(matches.places.isEmpty)
  }

  @Test func beginningsAreFoundAsByBruteForce() {
    func distance(_ a: [UInt32], _ b: [UInt32]) -> Int {
      var rows = [[Int]](repeating: Array(0...b.count), count: a.count + 1)
      for i in 0...a.count { rows[i][0] = i }
      for i in 1..<max(1, a.count + 1) {
        for j in 1..<max(1, b.count + 1) {
          rows[i][j] = min(rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), rows[i - 1][j] + 1, rows[i][j - 1] + 1)
          if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
            rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
          }
        }
      }
      return rows[a.count][b.count]
    }
    var random = SplitMix64(seed: 5)
    func word() -> String { String((0..<3 + random.next() % 7).map { _ in Array("abc")[Int(random.next() % 3)] }) }
    let words = Set((0..<300).map { _ in word() }).sorted()
    let list = WordList(words.map { ($0.exact, 1) })
    let nearby = NearbyWords(list)
    for _ in 0..<200 {
      let text = word().unicodeScalars.map(\.value)
      for limit in 1...2 {
        var expected: [NearbyWords.Beginning] = []
        var least = limit + 1
        for (place, word) in words.enumerated() {
          let letters = word.unicodeScalars.map(\.value)
          let apart = (0...letters.count).map { distance(Array(letters.prefix($0)), text) }
          guard let best = apart.min(), best <= limit, let count = apart.firstIndex(of: best) else { continue }
          let cost = best + (letters[0] == text[0] ? 0 : 1)
          if cost < least || expected.isEmpty { (expected, least) = ([], cost) }
          if cost == least { expected.append(.init(place: place, letters: count)) }
        }
        #expect(nearby.nearestBeginnings(to: text, within: limit) == expected)
      }
    }
  }

  @Test func theMostFrequentOfEveryPrefixAreThoseOfAScan() throws {
    var random = SplitMix64(seed: 3)
    let words = Set(
      (0..<6000).map { _ in String((0..<1 + random.next() % 9).map { _ in Array("ab ")[Int(random.next() % 3)] }) })
    let keys = Set(words.map { Suggestions.key(of: $0) }).subtracting([""]).sorted()
    let list = WordList(keys.map { ($0.exact, UInt32(5 + random.next() % 40)) })
    let most = MostOfPrefix(list)
    for prefix in ["", "a", "b", "aa", "ab", "a ", "a b", "ba", "aba", "bbbb", "abababab", "c"] {
      let range = list.places(beginningWith: Array(prefix.utf8))
      let expected = range.sorted { (list.counts[$1], $0) < (list.counts[$0], $1) }.prefix(Suggestions.matchesMax)
      #expect(most.places(list, range) == Array(expected), "\(prefix)")
    }
  }

  @Test func categoriesAreThoseInWhichMostWentOn() throws {
    let suggestions = try Self.suggestions(
      [("shoes", 9), ("boots", 5), ("hat", 6)],
      categories: ["shoes": ["sneakers", "boots"], "boots": ["boots", "winter", "outdoor", "sale"], "hat": []])
    #expect(suggestions.attribute == "category")
    func names(_ prefix: String) -> [String] {
      suggestions.matches(prefix).places.flatMap { place in
        suggestions.categories(of: place).map { "\(suggestions.categories[$0.place]) \($0.users)" }
      }
    }
    #expect(names("shoes") == ["boots 9", "sneakers 9"])
    #expect(names("boots") == ["boots 5", "outdoor 5", "sale 5"])
    #expect(names("hat").isEmpty && !suggestions.categories.contains("winter"))
    let silent = try Self.suggestions([("hat", 6)])
    #expect(silent.attribute.isEmpty && silent.categories.isEmpty)
  }

  @Test func fileGivesBackWhatWasCounted() throws {
    let suggestions = try Self.suggestions(Self.shop, categories: ["headphones": ["audio", "sale"]])
    let read = try Suggestions(bytes: suggestions.bytes)
    #expect(read.bytes == suggestions.bytes && read.count == suggestions.count)
    for prefix in ["", "red", "hedph"] { #expect(read.matches(prefix) == suggestions.matches(prefix)) }
    #expect((0..<read.count).map(read.text) == (0..<read.count).map(suggestions.text))
    #expect((0..<read.count).map(read.categories(of:)) == (0..<read.count).map(suggestions.categories(of:)))
    let empty = try Suggestions(bytes: Self.suggestions([]).bytes)
    #expect(empty.count == 0 && empty.matches("").places.isEmpty && empty.matches("hedph").places.isEmpty)
  }

  @Test func goldenFileIsReadAndWritten() throws {
    let golden = GoldenFolder("suggestions")
    let counted = try Self.suggestions(
      Self.shop, categories: ["headphones": ["audio", "sale"], "rubber boots": ["boots"]])
    if GoldenFolder.isWanted { try golden.write("suggest.bin", counted.bytes) }
    let bytes = try #require(try golden.files().first { $0.name == "suggest.bin" }).bytes
    #expect(counted.bytes == bytes)
    #expect(try Suggestions(bytes: bytes).bytes == bytes)
  }

  private struct Vector: Decodable {
    let name: String
    let prefix: String
    let begins: String
    let corrected: Bool
    let queries: [String]
  }

  @Test func vectorsOfTheGoldenFileHold() throws {
    let golden = GoldenFolder("suggestions")
    let suggestions = try Suggestions(bytes: try #require(try golden.files().first).bytes)
    let lines = try String(
      contentsOf: URL(filePath: "\(golden.path)/../../../vectors/text/suggestions.jsonl"), encoding: .utf8)
    let vectors = try lines.split(separator: "\n").map { try JSONDecoder().decode(Vector.self, from: Data($0.utf8)) }
    #expect(vectors.count > 15)
    for vector in vectors {
      let matches = suggestions.matches(vector.prefix)
      #expect(
        matches.prefix == vector.begins && matches.isCorrected == vector.corrected
          && matches.places.map(suggestions.text) == vector.queries, "\(vector.name)")
    }
  }

  @Test func everyDamageIsRefused() throws {
    let bytes = try Self.suggestions(Self.shop, categories: ["headphones": ["audio", "sale"]]).bytes
    for length in 0..<bytes.count {
      #expect(throws: TextError.self) { try Suggestions(bytes: Array(bytes[..<length])) }
    }
    for place in bytes.indices {
      var broken = bytes
      broken[place] ^= 0x11
      #expect(throws: TextError.self) { try Suggestions(bytes: broken) }
      // With a checksum that fits, it is refused or holds something else that is allowed.
      var sealed = ByteWriter()
      sealed.write(bytes: broken.dropLast(4))
      sealed.write(CRC32C.checksum(broken.dropLast(4)))
      if let read = try? Suggestions(bytes: sealed.bytes) {
        #expect(read.bytes == sealed.bytes || broken.count - place <= 4)
      }
    }
    var longer = ByteWriter()
    longer.write(bytes: bytes.dropLast(4) + [0])
    longer.write(CRC32C.checksum(bytes.dropLast(4) + [0]))
    #expect(throws: TextError.damagedSuggestions(offset: bytes.count - 4)) { try Suggestions(bytes: longer.bytes) }
  }
}
