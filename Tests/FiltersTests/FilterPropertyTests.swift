import Filters
import Support
import Testing
import Vocabulary

@Suite struct FilterPropertyTests {
  @Test func canonicalTextParsesToAnEqualTree() throws {
    var generator = FilterGenerator(seed: 1)
    var deepest = 0
    for _ in 0..<2000 {
      let filter = generator.filter()
      guard (try? filter.validate()) != nil else { continue }
      deepest = max(deepest, filter.text.utf8.count)
      let parsed = try FilterParser.parse(filter.text)
      #expect(parsed == filter)
      #expect(parsed.text == filter.text)
    }
    #expect(deepest > 1000)
  }

  @Test func typedFiltersMatchTheirDirectMeaning() throws {
    let schema = try #require(SpecTable.schema)
    var generator = FilterGenerator(seed: 2)
    var passed = 0
    for _ in 0..<2000 {
      let filter = generator.filter()
      guard let typed = try? filter.typed(against: schema) else { continue }
      for _ in 0..<8 {
        let item = generator.item()
        let expected = filter.means(item, schema)
        #expect(typed.matches(item) == expected, "\(filter.text) \(item)")
        passed += expected ? 1 : 0
      }
    }
    #expect(passed > 1000)
  }

  @Test func everyPairOfEdgeNumbersComparesExactly() {
    var generator = FilterGenerator(seed: 3)
    for _ in 0..<5000 {
      let (a, b) = (generator.number(), generator.number())
      let expected: Number.Order = [.less, .equal, .greater][Filter.sign(a, b) + 1]
      #expect(Number.order(a, b) == expected, "\(a) \(b)")
    }
    #expect(Number.order(.int(0), .float(.nan)) == nil)
    #expect(Number.order(.float(.nan), .float(.nan)) == nil)
    #expect(Number.order(.int(.max), .float(.infinity)) == .less)
    #expect(Number.order(.float(-.infinity), .int(.min)) == .less)
  }

  @Test func mutatedTextsNeverTrapAndErrorsPointInside() throws {
    let schema = try #require(SpecTable.schema)
    let seeds = try SpecTable.rows(under: "### Accepted").map { Array($0[0].utf8) }
    var random = SeededRandom(seed: 4)
    var accepted = 0
    for round in 0..<20_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
        case 1 where index < bytes.count: bytes.remove(at: index)
        case 2: bytes.insert(contentsOf: seeds[Int.random(in: 0..<seeds.count, using: &random)], at: index)
        default: bytes.insert(Array("()\"\\.-=<>,u{ e".utf8).randomElement(using: &random) ?? 0, at: index)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        let filter = try FilterParser.parse(text)
        accepted += 1
        #expect(try FilterParser.parse(filter.text) == filter)
        _ = try filter.typed(against: schema)
      } catch {
        #expect((1...text.utf8.count + 1).contains(error.column), "\(text)")
      }
    }
    #expect(accepted > 500)
  }

  @Test func randomBytesNeverTrap() {
    var random = SeededRandom(seed: 5)
    for _ in 0..<5000 {
      let bytes = random.bytes(Int.random(in: 0..<64, using: &random))
      _ = try? FilterParser.parse(String(decoding: bytes, as: UTF8.self))
    }
  }
}
