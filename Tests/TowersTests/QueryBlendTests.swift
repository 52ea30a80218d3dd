import Kernels
import Support
import Testing
import Text
import Towers
import Vocabulary

@Suite struct QueryBlendTests {
  private static let kinds: [String: Term.Kind] = [
    "word": .word, "joined": .joined, "number": .number, "unit": .unit, "character": .character, "pair": .pair,
    "symbol": .symbol,
  ]

  private func terms(_ cell: String) throws -> [Term] {
    try QueryBlendTests.words(cell).map {
      Term(text: $0.text.exact, surface: $0.text.exact, kind: try #require(Self.kinds[$0.kind]), place: 0)
    }
  }

  private static func words(_ cell: String) -> [SlowText.Word] {
    cell.split(separator: " ").map { word in
      let parts = word.split(separator: ":")
      return SlowText.Word(kind: String(parts[0]), text: String(parts[1]))
    }
  }

  @Test func featuresAreThoseOfThePage() throws {
    let rows = try SpecPage.rows(under: "Hashed features")
    #expect(rows.count >= 5)
    for row in rows {
      let found = TextFeatures([try terms(row[0])], rowCount: 1 << 17)
      #expect(written(zip(found.rows.map(UInt64.init), found.weights)) == row[1])
      #expect(written(SlowText.features(Self.words(row[0]), rows: 1 << 17).map { ($0.row, $0.weight) }) == row[1])
    }
  }

  private func written(_ features: some Sequence<(UInt64, Float)>) -> String {
    features.map { "\(String($0, radix: 16)) \(String($1.bitPattern, radix: 16))" }.joined(separator: " ")
  }

  @Test func vectorsOfTextsHaveTheBitsOfThePage() throws {
    for row in try SpecPage.rows(under: "Vectors of texts") {
      let (dimension, count) = (try #require(Int(row[0])), try #require(Int(row[1])))
      func value(_ row: Int, _ column: Int) -> Float { Float((7 * row + 5 * column) % 17 - 8) / 16 }
      let table = FloatMatrix(
        rows: (0..<count).map { row in (0..<dimension).map { value(row, $0) } }, columns: dimension)
      let expected = bits([try SpecPage.floats(row[3])])
      #expect(bits([TextTower(table).vector([try terms(row[2])])]) == expected)
      let features = SlowText.features(Self.words(row[2]), rows: UInt64(count))
      #expect(bits([SlowText.vector(features, dimension: dimension) { value(Int($0), $1) }]) == expected)
    }
  }

  @Test func queryVectorsHaveTheBitsOfThePage() throws {
    let rows = try SpecPage.rows(under: "Query vectors with words")
    #expect(rows.count >= 4)
    for row in rows {
      let numbers = try row[0...2].map { try #require(Int($0)) }
      var weights = SearchWeights()
      weights.values = try SpecPage.floats(row[3])
      let settings = SearchSettings(
        dimension: numbers[0], rowCount: 16, behaviour: numbers[1], weights: weights,
        gate: try SpecPage.floats(row[4]))
      let items = (0..<numbers[2]).map { j -> [Float] in
        (0..<settings.embeddingDimension).map { Float((5 * j + 3 * $0) % 11 - 5) / 8 }
      }
      let user: [Float] = (0..<numbers[1]).map { Float((4 * $0) % 9 - 4) / 4 }
      let idf = try SpecPage.floats(row[6])[0]
      let vector: [Float] = (0..<numbers[0]).map { Float((2 * $0) % 7 - 3) / 4 }
      let words = QueryBlend.Words(vector: vector, termCount: try #require(Int(row[5])), greatestIDF: idf)
      let found = QueryBlend(settings).query(words, user: user, history: items).vector
      let slow = SlowText.query(
        words.vector, terms: words.termCount, idf: idf, user: user, items: items, weights: weights.values,
        gate: settings.gate, dimension: numbers[0])
      #expect(bits([found]) == bits([slow]))
      #expect(bits([found]) == bits([try SpecPage.floats(row[7])]), "\(found.map { String($0.bitPattern, radix: 16) })")
    }
  }

  @Test func theScoreOfAnItemIsTheSumOfItsParts() {
    var weights = SearchWeights()
    weights.values = [1, 0.5, 0.75, 0.25, 0.5, 0.25, 0.125]
    let settings = SearchSettings(dimension: 2, rowCount: 2, behaviour: 2, weights: weights)
    let item = settings.embedding(text: [0.6, 0.8], behaviour: [3, 4], popularity: 2)
    #expect(item == [0.6, 0.8, 3, 4, 0.6, 0.8, 2])
    let words = QueryBlend.Words(vector: [1, 0], termCount: 1, greatestIDF: 3)
    let query = QueryBlend(settings).query(words, user: [1, -1], history: [item]).vector
    // Text 0.3, history 0.5 and 0.25, shopper 0.75 · (3 − 4), attended 0.25, popularity 0.25.
    let expected: Float = 0.8
    #expect(abs(Exact.dot(query, item) - expected) < 1e-6)
  }

  @Test func theTextsOfAnItemAreApart() throws {
    let analyser = try TextAnalyser(language: TextLanguage("english"))
    let fields = ["red shoes", "nike"].map(analyser.terms(of:))
    let apart = TextFeatures(fields, rowCount: 1 << 17)
    let together = TextFeatures([analyser.terms(of: "red shoes nike")], rowCount: 1 << 17)
    #expect(together.rows.count == apart.rows.count + 1)
    #expect(TextFeatures([], rowCount: 2).isEmpty)
    let tower = TextTower(FloatMatrix(rows: 2, columns: 3))
    #expect(tower.vector(fields) == [0, 0, 0])
  }
}
