import Foundation
import Testing

@testable import JSON

/// The bytes of files are those that earlier versions wrote by Foundation's encoder: hashes of models depend on them.
struct ValueEncoderTests {
  private enum Kind: Codable, Equatable { case share(of: String, Part), allTimeCount }

  private struct Part: Codable, Equatable {
    var meanValue: Double
    var isOn = true
  }

  private struct Record: Codable, Equatable {
    var heldOut: Int?
    var settings = [
      "a_b": "1", "keyTwo": "\\u0008\\u000c", "keyOne": "x/\"\\\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}é\u{2028}😀",
    ]
    var kinds = [Kind.share(of: "x", Part(meanValue: 1)), .allTimeCount]
    var learningRate: Float = 0.1
    var seed = UInt64.max
    var least = Int64.min
    var numbers: [Double]
    var nested: [[Int]] = [[], [1, 2], [-3]]
    var nothing: [String: [Int]] = [:]
    var tables = ["Z": ["b": 1, "a": 2], "a-b": [:], "a10": [:], "a9": [:]]
  }

  @Test func bytesAreThoseOfFoundation() throws {
    let record = Record(numbers: [0, -0.0, 1, 0.1, 1e-5, 1e15, 1e16, 1e20, 2.5e-300, 123_456_789_012_345_680, -7.25])
    for (form, strategy) in [
      (KeyForm.asNamed, JSONEncoder.KeyEncodingStrategy.useDefaultKeys), (.snakeCase, .convertToSnakeCase),
    ] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.keyEncodingStrategy = strategy
      let expected = String(decoding: try encoder.encode(record), as: UTF8.self) + "\n"
      let file = try ValueEncoder.encode(record, keys: form).file
      #expect(String(decoding: file, as: UTF8.self) == expected)
      #expect(try ValueDecoder.decode(Record.self, from: JSONReader.read(file[...]), keys: form) == record)
    }
  }

  @Test func aNumberThatIsNotFiniteHasNoJSON() {
    #expect(throws: EncodingError.self) { try ValueEncoder.encode([1, Double.nan]) }
    #expect(throws: EncodingError.self) { try ValueEncoder.encode(["a": Float.infinity]) }
  }
}
