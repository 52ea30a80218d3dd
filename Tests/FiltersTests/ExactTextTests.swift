import Filters
import Testing
import Vocabulary

/// Canonically equivalent texts, which are other texts all the same.
@Suite struct ExactTextTests {
  private static let pairs = [
    ("caf\u{E9}", "cafe\u{301}"), ("K1", "\u{212A}1"), ("\u{2126}", "\u{3A9}"), ("\u{1E69}", "s\u{323}\u{307}"),
  ]

  @Test(arguments: pairs) func equivalentTextsAreTwo(a: String, b: String) {
    #expect(a == b, "to Swift they are one")
    #expect(a.exact != b.exact && a.exact == String(decoding: Array(a.utf8), as: UTF8.self).exact)
    #expect(Set([a.exact, b.exact, a.exact]).count == 2)
    #expect((a.exact < b.exact) == a.utf8.lexicographicallyPrecedes(b.utf8))
    #expect((a.exact < b.exact) != (b.exact < a.exact))
    #expect([a, b].hasRepeats == false && [a, b, a].hasRepeats)
    #expect([a, b].firstIndex(exactly: b) == 1)
  }

  @Test(arguments: pairs) func valuesOfAttributesCompareBytes(a: String, b: String) {
    #expect(AttributeValue.keyword(a) != .keyword(b) && AttributeValue.text(a) != .text(b))
    #expect(AttributeValue.keywordSet([a]) != .keywordSet([b]) && AttributeValue.keyword(a) != .text(a))
    #expect(Set<AttributeValue>([.keyword(a), .keyword(b), .keyword(a), .keywordSet([a, b])]).count == 3)
  }

  @Test(arguments: pairs) func filtersCompareBytes(a: String, b: String) throws {
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 1, rerankDimension: 0,
        attributes: [
          AttributeDefinition(name: "brand", type: .keyword), AttributeDefinition(name: "tags", type: .keywordSet),
        ]))
    let filter = try FilterParser.parse("brand in (\"\(a)\", \"\(b)\", \"\(a)\")").typed(against: schema)
    guard case .predicate(_, .keywordAmong(let words), _) = filter else { throw Mistake() }
    #expect(words.count == 2)
    let equal = try FilterParser.parse("brand = \"\(a)\" or tags = \"\(a)\"").typed(against: schema)
    let other = try FilterParser.parse("brand = \"\(b)\" or tags = \"\(b)\"").typed(against: schema)
    #expect(equal != other)
    #expect(equal.matches([.keyword(a), nil]) && !equal.matches([.keyword(b), .keywordSet([b])]))
    #expect(!other.matches([.keyword(a), .keywordSet([a])]) && other.matches([nil, .keywordSet([b])]))
  }

  private struct Mistake: Error {}

  /// So names by the grammar may be compared as strings.
  @Test func noOtherTextIsEquivalentToAName() {
    // A set of strings finds what is equivalent: these are compared and hashed as texts.
    let names = Set("abcdefghijklmnopqrstuvwxyz0123456789_-".map { String($0) })
    let others = (UInt32(0x80)...0x10FFFF).lazy.compactMap { Unicode.Scalar($0) }
    #expect(others.filter { names.contains(String($0)) }.map { String($0.value, radix: 16) } == [])
    #expect(Set(["\u{e9}"]).contains("e\u{301}"))
  }

  @Test func partsAreCutByBytes() {
    let mark = "=\u{338}x"
    let parts = "brand\(mark)".split(at: "=")
    #expect(parts?.before == "brand" && parts?.behind == "\u{338}x")
    #expect("brand\(mark)".after("brand=") == "\u{338}x" && "brand".after("brand") == "")
    #expect("bran".after("brand") == nil)
  }

  @Test func anIdHasOneSpelling() {
    for number in [0, 7, 1 << 53 + 1, UInt64.max] as [UInt64] { #expect(UInt64(digits: "\(number)") == number) }
    for text in [
      "", "+5", "-0", "-5", "007", "00", " 5", "5 ", "1_0", "1.0", "1e3", "\u{663}", "５", "18446744073709551616",
      "0x10", "99999999999999999999999", "5\u{301}",
    ] {
      #expect(UInt64(digits: text) == nil, "\(text)")
    }
  }
}
