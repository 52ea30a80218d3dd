import Testing

@testable import JSON

struct ValueDecoderTests {
  private enum Kind: Codable, Equatable { case share(of: String), allTimeCount }

  private struct Record: Codable, Equatable {
    let heldOut: Int?
    let settings: [String: String]
    let kinds: [Kind]
    let rate: Float
    let seed: UInt64
    let pair: [[Double]]
    let isOn: Bool
  }

  private static func read<Value: Decodable>(_ text: String, _ form: KeyForm = .snakeCase) throws -> Value {
    try ValueDecoder.decode(Value.self, from: JSONReader.read(Array(text.utf8)[...]), keys: form)
  }

  private static let text = #"""
    {"held_out": null, "settings": {"a_b": "1", "min-count": "2"}, "seed": 18446744073709551615, "is_on": true,
     "kinds": [{"share": {"of": "x"}}, {"all_time_count": {}}], "rate": 0.1, "pair": [[1, 2.5], []], "unknown": 1}
    """#

  @Test("Names are spelt as the form says, keys of a table stay as they are")
  func forms() throws {
    let record: Record = try Self.read(Self.text)
    #expect(
      record
        == Record(
          heldOut: nil, settings: ["a_b": "1", "min-count": "2"], kinds: [.share(of: "x"), .allTimeCount], rate: 0.1,
          seed: .max, pair: [[1, 2.5], []], isOn: true))
  }

  @Test(
    "A value of another type is refused with its path",
    arguments: [
      (#""pair": [[1, 2.5], []]"#, #""pair": [[1, "x"], []]"#, "pair[0][1]"),
      (#""rate": 0.1"#, #""rate": "0.1""#, "rate"),
      ("true", "1", "isOn"), ("18446744073709551615", "-1", "seed"), ("18446744073709551615", "1.5", "seed"),
      ("18446744073709551615", "18446744073709551616", "seed"), (#""a_b": "1""#, #""a_b": 1"#, "settings.a_b"),
    ])
  func mistakes(good: String, bad: String, path: String) throws {
    let text = Self.text.replacing(good, with: bad)
    do {
      let _: Record = try Self.read(text)
      Issue.record("accepted")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context) {
      #expect(ValueDecoder.path(context.codingPath) == path)
    }
  }

  @Test(arguments: [("heldOut", "held_out"), ("drawSeed", "draw_seed"), ("log1p", "log1p"), ("_0", "_0"), ("a", "a")])
  func spelling(name: String, key: String) {
    #expect(KeyForm.snakeCase.key(name) == key)
    #expect(KeyForm.snakeCase.name(key) == name)
    #expect(KeyForm.asNamed.key(name) == name)
  }
}
