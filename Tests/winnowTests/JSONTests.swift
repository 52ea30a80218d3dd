import Testing
import Vocabulary

@testable import winnow

struct JSONTests {
  @Test(arguments: [
    #"{"id": 18446744073709551615, "price": 1.5, "tags": ["a", "b"], "in": true, "none": null}"#, "[]", "{}",
    #""\"\\\n\u0001é""#, "-9223372036854775808", "[1, -2, 3.25]",
  ]) func textComesBack(text: String) throws { #expect(try JSONReader.read(Array(text.utf8)[...]).line == text) }

  @Test(arguments: [
    ("", 1, "a value is expected"), ("{\"a\":1,}", 8, "a key is expected"), ("[1 2]", 4, "',' or ']' is expected"),
    ("01", 1, "not a number that a float64 can hold"), ("1e999", 1, "not a number that a float64 can hold"),
    ("{\"a\":1,\"a\":2}", 8, "a key stands twice"), ("\"abc", 1, "a text that does not end"),
    ("1 x", 3, "something follows the value"),
    ("\"\\ud800\"", 8, "half of a surrogate pair"), ("nul", 1, "a value is expected"),
  ]) func mistakeHasItsPlace(text: String, column: Int, message: String) {
    do throws(JSONReader.Mistake) {
      _ = try JSONReader.read(Array(text.utf8)[...])
      Issue.record("accepted")
    } catch {
      #expect(error.column == column)
      #expect(error.message == message)
    }
  }

  @Test func depthIsBounded() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONReader.Mistake.self) { try JSONReader.read(Array(text.utf8)[...]) }
  }

  @Test func escapesOfSurrogatePairsAreOneCharacter() throws {
    #expect(try JSONReader.read(Array(#""\ud83d\ude00""#.utf8)[...]) == .text("😀"))
  }

  @Test(arguments: [
    "\u{1B}[2J", "\u{0}", "\u{7F}", "\u{85}", "\u{202E}", "\u{2028}\u{2029}", "\u{200B}", "\u{FEFF}", "\u{E0041}",
    "a\r\nb",
  ]) func whatIsHiddenIsWrittenAsNumbersAndReadsBackEqual(text: String) throws {
    let json = JSON.object([(text, .text(text))])
    let line = json.line
    #expect(line.unicodeScalars.allSatisfy { !$0.isHidden })
    #expect(try JSONReader.read(Array(line.utf8)[...]) == json)
  }

  @Test(arguments: [0.0, -0.0, 1e15, 123, 0.001, .leastNonzeroMagnitude])
  func numbersReadBackAsTheSameBits(value: Double) {
    #expect(Double(JSON.number(value).line)?.bitPattern == value.bitPattern)
  }

  @Test func floatIsPrintedByItsShortestText() { #expect(JSON.float(0.1).line == "0.1") }
}
