import Filters
import Testing
import Vocabulary

@Suite struct FilterLimitTests {
  private func refusal(_ text: String) -> String {
    do {
      _ = try FilterParser.parse(text)
      return "accepted"
    } catch {
      return "\(error.kind.rawValue) \(error.column)"
    }
  }

  @Test func tenThousandParenthesesAreALimitError() {
    #expect(refusal(String(repeating: "(", count: 10_000)) == "limit 8")
    #expect(refusal(String(repeating: "( ", count: 8_000)) == "limit 15")
    #expect(refusal(String(repeating: "not ", count: 4_000)) == "limit 29")
    #expect(refusal(String(repeating: "(not ", count: 3_000)) == "limit 17")
  }

  @Test func tenThousandTermsAreALimitError() {
    let terms = Array(repeating: "a=1", count: 2_000)
    #expect(refusal(terms.joined(separator: " or ")) == "limit 225")
    #expect(refusal(terms.joined(separator: " and ")) == "limit 257")
    #expect(refusal(terms.prefix(32).joined(separator: " or ")) == "accepted")
    #expect(refusal(terms.prefix(33).joined(separator: " or ")) == "limit 225")
  }

  @Test func aListHoldsAThousandAndTwentyFourValues() {
    let values = Array(repeating: "1", count: 1025)
    #expect(refusal("a in (" + values.dropLast().joined(separator: ",") + ")") == "accepted")
    #expect(refusal("a in (" + values.joined(separator: ",") + ")") == "limit 2055")
  }

  @Test func textHoldsSixteenKibibytes() {
    #expect(refusal("a = 1" + String(repeating: " ", count: 16_384 - 5)) == "accepted")
    #expect(refusal("a = 1" + String(repeating: " ", count: 16_384 - 4)) == "limit 1")
    #expect(refusal("a = " + String(repeating: "1", count: 16_380)) == "bad-number 5")
  }

  @Test func treesWithoutTextMeetTheSameLimits() {
    func kind(_ filter: Filter) -> FilterError.Kind? {
      do {
        try filter.validate()
        return nil
      } catch {
        #expect(error.column == 0)
        return error.kind
      }
    }
    let leaf = Filter.has(Filter.Attribute("a"))
    var nested = leaf
    for _ in 0..<7 { nested = .not(nested) }
    #expect(kind(nested) == nil)
    #expect(kind(.not(nested)) == .limitExceeded)
    for _ in 0..<1000 { nested = .and([nested]) }
    #expect(kind(nested) == .limitExceeded)
    #expect(kind(.and([])) == .malformedTree)
    #expect(kind(.or([leaf])) == nil)
    #expect(Filter.or([.and([leaf, leaf])]).text == "has a and has a")
    #expect(kind(.and(Array(repeating: leaf, count: 33))) == .limitExceeded)
    #expect(kind(.inList(Filter.Attribute("a"), [])) == .malformedTree)
    #expect(kind(.inList(Filter.Attribute("a"), Array(repeating: .bool(true), count: 1025))) == .limitExceeded)
    #expect(kind(.comparison(Filter.Attribute("a"), .less, .number(.float(.nan)))) == .malformedTree)
    #expect(kind(.range(Filter.Attribute("a"), lower: .int(0), upper: .float(.infinity))) == .malformedTree)
    #expect(kind(.range(Filter.Attribute("a"), lower: .int(1), upper: .float(0.5))) == .emptyRange)
    #expect(kind(.has(Filter.Attribute("A"))) == .badName)
  }

  @Test func messagesQuoteAtMostAClippedName() {
    let long = String(repeating: "x", count: 60)
    #expect(throws: FilterError.self) { try FilterParser.parse("\"\u{1b}\" = 1") }
    do {
      _ = try FilterParser.parse("X\(long) = 1")
      Issue.record("accepted")
    } catch {
      #expect(error.message.hasPrefix("'X" + long.prefix(31) + "…' is no name"))
    }
    do {
      _ = try FilterParser.parse("\"é\\u{1b}[31m\" = 1")
      Issue.record("accepted")
    } catch {
      #expect(error.message.hasPrefix("'??[31m' is no name"))
    }
  }
}
