import Testing

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

  @Test func floatIsPrintedByItsShortestText() { #expect(JSON.float(0.1).line == "0.1") }
}
