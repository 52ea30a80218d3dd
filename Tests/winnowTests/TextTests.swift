import Testing

@testable import winnow

struct TextTests {
  @Test func caretPointsBelowTheByte() {
    #expect(Caret.lines("price << 3", byteOffset: 7) == "  price << 3\n         ^\n")
    #expect(Caret.lines("é = 3", byteOffset: 3) == "  é = 3\n    ^\n")
    #expect(Caret.lines("x", byteOffset: 1) == "  x\n   ^\n")
    #expect(Caret.lines("x", byteOffset: 2) == nil)
  }

  @Test func numbersAreRoundedAndGrouped() {
    #expect(Text.fixed(1.995, 1) == "2.0")
    #expect(Text.fixed(-0.004, 2) == "0.00")
    #expect(Text.fixed(-1.25, 1) == "-1.3")
    #expect(Text.grouped(1_234_567) == "1,234,567")
    #expect(Text.grouped(-999) == "-999")
    #expect(Text.bytes(1536) == "1.5 KiB")
  }

  @Test func columnsStandBelowOneAnother() {
    var table = Table([("a", .right), ("b", .left)])
    table.add(["10", "x"])
    table.add(["1", "long\ntext"])
    #expect(table.text == "   a  b\n  10  x\n   1  long text\n")
  }

  @Test func coverageIsWholeOnlyIfNothingIsMissing() {
    #expect(CoverageText.percent(1_000_000) == "100 %")
    #expect(CoverageText.percent(999_999) == "99.99 %")
  }
}
