import Filters
import Testing
import Vocabulary

@Suite struct FilterParserTests {
  @Test func precedenceIsNotThenAndThenOr() throws {
    let a = Filter.comparison(Filter.Attribute("a"), .equal, .number(.int(1)))
    let b = Filter.has(Filter.Attribute("b"))
    let c = Filter.range(Filter.Attribute("c"), lower: .int(10), upper: .float(50.5))
    #expect(try FilterParser.parse("a = 1 or not has b and c in 10..50.5") == .or([a, .and([.not(b), c])]))
  }

  @Test func smallestDecimalsRoundToZeroAndLargestAreRefused() throws {
    #expect(try FilterParser.parse("a = 1e-999").text == "a = 0.0")
    #expect(throws: FilterError.self) { try FilterParser.parse("a = 1e999") }
  }
}
