import Testing
import Vocabulary

@testable import JSON

struct JSONTests {
  private static func read(_ text: String) throws(JSONReader.Mistake) -> JSON {
    try JSONReader.read(Array(text.utf8)[...])
  }

  private static func mistake(_ bytes: [UInt8]) -> JSONReader.Mistake? {
    do throws(JSONReader.Mistake) {
      _ = try JSONReader.read(bytes[...])
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    #"{"id": 18446744073709551615, "price": 1.5, "tags": ["a", "b"], "in": true, "none": null}"#, "[]", "{}",
    #""\"\\\n\u0001é""#, "-9223372036854775808", "[1, -2, 3.25]", "0", "-0.5", #"{"": 1}"#, "[[[]], {}]",
  ]) func textComesBack(text: String) throws { #expect(try Self.read(text).line == text) }

  @Test func escapesDependOnTheReader() throws {
    let text = "\"\\\n\r\t\u{8}\u{c}\u{1}\u{7f}\u{202e}é"
    #expect(JSON.quoted(text) == #""\"\\\n\r\t\u0008\u000c\u0001\u007f\u202eé""#)
    #expect(JSON.quoted(text, .file) == #""\"\\\n\r\t\b\f\u0001"# + "\u{7f}\u{202e}é\"")
    #expect(JSON.quoted(text, .row) == #""\"\\\u000a\u000d\u0009\u0008\u000c\u0001"# + "\u{7f}\u{202e}é\"")
    for escapes in [JSON.Escapes.hidden, .file, .row] {
      #expect(try Self.read(JSON.quoted(text, escapes)) == .text(text))
    }
  }

  @Test(arguments: [
    ("1e5", JSON.number(100_000)), ("1E+2", .number(100)), ("1.5e-3", .number(0.0015)), ("0e0", .number(0)),
    ("1e-400", .number(0)), ("18446744073709551616", .number(0x1p64)), (" \t\r\n0 ", .int(0)),
    (#""\/\b\f""#, .text("/\u{8}\u{C}")), (#""\u0000""#, .text("\0")),
  ]) func valueIsRead(text: String, value: JSON) throws { #expect(try Self.read(text) == value) }

  @Test(arguments: [
    ("", 1, "a value is expected, and the text ends"), ("{\"a\":1,}", 7, "a comma behind the last value"),
    ("[1, ]", 3, "a comma behind the last value"), ("[,]", 2, "a value is expected"),
    ("[1,,2]", 4, "a value is expected"), ("{,}", 2, "a key is expected"),
    ("[1 2]", 4, "',' or ']' is expected"), ("[1", 3, "',' or ']' is expected, and the text ends"),
    ("{\"a\"", 5, "':' is expected, and the text ends"), ("{a:1}", 2, "a key is expected"),
    ("{'a':1}", 2, "a key is expected: a text has double quotation marks"),
    ("\u{201C}a\u{201D}", 1, "a value is expected: a text has straight quotation marks"),
    ("[True]", 2, "a value is expected: true, false and null are written in lower case"),
    ("[NaN]", 2, "a value is expected: JSON has finite numbers only"),
    ("{\"a\":1 // one\n}", 8, "',' or '}' is expected: JSON has no comments"),
    ("[None]", 2, "a value is expected: what is not there is null"),
    ("01", 1, "a number has no zeros in front"), ("-01", 1, "a number has no zeros in front"),
    ("[+1]", 2, "a value is expected: a number has a digit in front"),
    ("[.5]", 2, "a value is expected: a number has a digit in front"),
    ("1.", 1, "not a number as JSON writes it"), ("1.e5", 1, "not a number as JSON writes it"),
    ("1e", 1, "not a number as JSON writes it"), ("-", 1, "not a number as JSON writes it"),
    ("-x", 1, "not a number as JSON writes it"), ("1e999", 1, "a number above what a float64 holds"),
    ("0x10", 2, "something follows the value"), ("1_000", 2, "something follows the value"),
    ("{\"a\":1,\"a\":2}", 8, "a key stands twice"), ("{\"a\":1,\"\\u0061\":2}", 8, "a key stands twice"),
    ("\"abc", 1, "a text that does not end"), ("1 x", 3, "something follows the value"),
    ("{} {}", 4, "something follows the value"), ("nul", 1, "a value is expected"),
    ("nulll", 1, "a value is expected"), ("\"\\ud800\"", 2, "half of a surrogate pair"),
    ("\"\\udc00\"", 2, "half of a surrogate pair"), ("\"\\ud800\\n\"", 2, "half of a surrogate pair"),
    ("\"\\ud800\\ud800\"", 2, "half of a surrogate pair"), ("\"a\\q\"", 3, "an escape that JSON does not know"),
    ("\"\\u12g4\"", 6, "four hexadecimal digits are expected"),
    ("\"é\t\"", 3, "a control character in a text: write it as an escape such as \\n"),
    ("\u{FEFF}{}", 1, "a byte-order mark: save the file as UTF-8 without it"),
  ]) func mistakeHasItsColumn(text: String, column: Int, message: String) {
    let mistake = Self.mistake(Array(text.utf8))
    #expect(mistake?.line == 1)
    #expect(mistake?.column == column)
    #expect(mistake?.message == message)
  }

  @Test(arguments: [
    ("{\n  \"a\": 1,\n  \"a\": 2\n}", "line 3, column 3, a: a key stands twice"),
    ("{\r\n  \"a\": [1,\r\n  {\"b\": 01}]}", "line 3, column 9, a[1].b: a number has no zeros in front"),
    ("{\"a\":\r[\r1,\r]}", "line 3, column 2, a: a comma behind the last value"),
    (
      #"{"inputs": {"attributes": [{"vocabulary": ["é", "\x"]}]}}"#,
      "line 1, column 50, inputs.attributes[0].vocabulary[1]: an escape that JSON does not know"
    ),
    ("{\"a b\\u202e\": x}", "line 1, column 15, \"a b\\u{202e}\": a value is expected"),
    ("[[1], [2, [}]]]", "line 1, column 12, [1][1][0]: a value is expected"),
  ]) func mistakeHasLineColumnAndPath(text: String, whole: String) {
    #expect(Self.mistake(Array(text.utf8))?.text == whole)
  }

  @Test("Keys are bytes: two that only look the same are two", arguments: [3, 40])
  func keysAreBytes(others: Int) throws {
    let fill = (0..<others).map { "\"k\($0)\":0," }.joined()
    let value = try Self.read("{\(fill)\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(value["\u{E9}"] == .int(1))
    #expect(value["e\u{301}"] == .int(2))
    #expect(JSON.text("\u{E9}") != .text("e\u{301}"))
    #expect(Self.mistake(Array("{\(fill)\"\u{E9}\":1,\"\\u00e9\":2}".utf8))?.message == "a key stands twice")
  }

  @Test(
    "Text that is not UTF-8 is refused",
    arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
  func utf8(bytes: [UInt8]) {
    #expect(Self.mistake(Array("[\"".utf8) + bytes + Array("\"]".utf8))?.message == "a text that is not UTF-8")
  }

  @Test("A file of another program is named, not its first byte")
  func foreign() {
    #expect(Self.mistake(Array("PAR1".utf8) + [0x15, 0])?.message.hasPrefix("a Parquet file") == true)
    #expect(Self.mistake(Array("{\"a\"".utf8.flatMap { [$0, 0] }))?.message.hasPrefix("text in UTF-16") == true)
  }

  @Test func depthIsBounded() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try Self.read(nested(JSONReader.depthMax))
    #expect(Self.mistake(Array(nested(JSONReader.depthMax + 1).utf8))?.column == JSONReader.depthMax + 1)
    #expect(Self.mistake(Array(String(repeating: "[", count: 100_000).utf8)) != nil)
    #expect(Self.mistake(Array(String(repeating: "{\"a\":", count: 100_000).utf8)) != nil)
  }

  @Test("An object of many keys is read in linear time", .timeLimit(.minutes(1)))
  func manyKeys() throws {
    let keys = (0..<100_000).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
    guard case .object(let fields) = try Self.read("{\(keys)}") else {
      Issue.record("no object")
      return
    }
    #expect(fields.count == 100_000)
    #expect(Self.mistake(Array("{\(keys),\"key99999\":0}".utf8))?.path == "key99999")
  }

  @Test("What is cut anywhere, or has any one byte changed, never traps")
  func hostile() {
    let text = Array(#"{"a":[1,-2.5e3,"é\u00e9\ud83d\ude00",true,null],"b":{"c":""}}"#.utf8)
    for end in 0..<text.count { #expect(Self.mistake(Array(text[..<end])) != nil) }
    for place in text.indices {
      for byte: UInt8 in [0, 0x22, 0x2C, 0x30, 0x5C, 0x5D, 0x7D, 0x80, 0xED, 0xFF] {
        var changed = text
        changed[place] = byte
        if let mistake = Self.mistake(changed) { #expect(mistake.column >= 1 && mistake.line >= 1) }
      }
    }
  }

  @Test func escapesOfSurrogatePairsAreOneCharacter() throws {
    #expect(try Self.read(#""\ud83d\ude00""#) == .text("😀"))
  }

  @Test func floatIsPrintedByItsShortestText() { #expect(JSON.float(0.1).line == "0.1") }

  @Test func linesOfAnObjectAreIndented() throws {
    let value = try Self.read(#"{"a":[1,2],"b":{"c":[{"d":null}]},"e":{}}"#)
    #expect(
      value.text == """
        {
          "a": [1, 2],
          "b": {
            "c": [
              {
                "d": null
              }
            ]
          },
          "e": {}
        }
        """)
  }

  @Test(arguments: [
    "\u{1B}[2J", "\u{0}", "\u{7F}", "\u{85}", "\u{202E}", "\u{2028}\u{2029}", "\u{200B}", "\u{FEFF}", "\u{E0041}",
    "a\r\nb",
  ]) func whatIsHiddenIsWrittenAsNumbersAndReadsBackEqual(text: String) throws {
    let json = JSON.object([(text, .text(text))])
    let line = json.line
    #expect(line.unicodeScalars.allSatisfy { !$0.isHidden })
    #expect(try Self.read(line) == json)
  }

  @Test(arguments: [0.0, -0.0, 1e15, 123, 0.001, .leastNonzeroMagnitude])
  func numbersReadBackAsTheSameBits(value: Double) {
    #expect(Double(JSON.number(value).line)?.bitPattern == value.bitPattern)
  }
}
