import Testing
import Vocabulary

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

  @Test(arguments: [
    (0.001, "0.001"), (12, "12"), (12.5, "12.5"), (-0.0, "-0"), (1e-7, "1e-07"), (1e21, "1e+21"),
    (0.1 + 0.2, "0.30000000000000004"),
    (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"),
  ]) func numbersOfDataReadBack(value: Double, text: String) {
    #expect(Text.value(.float(value)) == text)
    #expect(Double(text)?.bitPattern == value.bitPattern)
  }

  @Test func valuesOfOthersAreMadeVisible() {
    #expect(Text.value(.text("a\u{1B}[2Jb\u{0}\n\u{202E}c\u{200B}\u{7F}\u{85}")) == "a␛[2Jb␀␊�c�␡�")
    #expect(Text.value(.keywordSet(["a\tb", "c"])) == "a␉b, c")
    #expect(Caret.lines("a\u{1B}b", byteOffset: 2) == "  a␛b\n    ^\n")
    var screen = WatchScreen(isTerminal: true)
    #expect(screen.next("a\u{1B}]0;b\u{7}\n") == "\u{1B}[2J\u{1B}[Ha␛]0;b␇\u{1B}[K\n\u{1B}[J")
    #expect(Chart.escaped("<\u{202E}>") == "&lt;�&gt;")
  }

  @Test func columnsStayInLineWhateverTheCellsHold() {
    var table = Table([("a", .left), ("b", .left)])
    table.add(["\u{1B}[31mred\u{1B}[0m", "x"])
    table.add(["\u{202E}\u{200B}\r\u{1}", "x"])
    let lines = table.lines
    #expect(lines.allSatisfy { $0.unicodeScalars.count == lines[1].unicodeScalars.count || $0.hasSuffix("b") })
  }

  @Test func columnsStandBelowOneAnother() {
    var table = Table([("a", .right), ("b", .left)])
    table.add(["10", "x"])
    table.add(["1", "long\ntext"])
    #expect(table.text == "   a  b\n  10  x\n   1  long␊text\n")
  }

  @Test func coverageIsWholeOnlyIfNothingIsMissing() {
    #expect(CoverageText.percent(1_000_000) == "100 %")
    #expect(CoverageText.percent(999_999) == "99.99 %")
  }
}
