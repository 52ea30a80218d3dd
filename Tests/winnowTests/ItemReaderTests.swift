import JSON
import Names
import Testing
import Vocabulary
import WinnowClient

@testable import winnow

private let noNumber = "id is no integer from 0 to 2^64-1: a number has no sign, point or zeros in front"
private let noText = "id is no integer from 0 to 2^64-1 without zeros in front; --dictionary takes ids of your own"

struct ItemReaderTests {
  private static let schema = CollectionSchema(
    embeddingDimension: 2, rerankDimension: 1,
    attributes: [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "colours", type: .keywordSet),
      AttributeDefinition(name: "count", type: .int),
    ])

  private func read(_ line: String, names: IDDictionary? = nil) throws -> Item {
    let schema = try #require(Self.schema)
    let noItem = ItemReader.Mistake(message: "no item")
    guard case .object(let fields) = try JSONReader.read(Array(line.utf8)[...]) else { throw noItem }
    let change = try ItemReader(schema: schema, vectors: nil, names: names).change(fields.map { ($0.0, $0.1) }, row: 0)
      .change
    guard case .upsert(let item) = change else { throw noItem }
    return item
  }

  @Test func lineBecomesAnItem() throws {
    let item = try read(
      #"{"id": 7, "price": 3, "colours": ["red", "blue", "red"], "embedding": [1, 0.5], "rerank": [2]}"#)
    #expect(item.id == ItemID(7))
    #expect(item.embedding == [1, 0.5])
    #expect(item.rerank == [2])
    #expect(item.attributes == [.float(3), .keywordSet(["blue", "red"]), nil])
  }

  @Test func withADictionaryATextIsAName() throws {
    var names = IDDictionary("items.dict")
    for name in ["sku-1", "caf\u{E9}", "cafe\u{301}", "00123"] { _ = try names.add(name) }
    let first = IDDictionary.firstGiven
    func id(_ json: String) throws -> UInt64 {
      try read(#"{"id": \#(json), "embedding": [1, 2], "rerank": [1]}"#, names: names).id.rawValue
    }
    #expect(try id(#""sku-1""#) == first && id("\"caf\u{E9}\"") == first + 1 && id("\"cafe\u{301}\"") == first + 2)
    #expect(try id(#""00123""#) == first + 3 && id(#""123""#) == 123 && id("123") == 123)
    #expect(try id("\(first)") == first, "a number is that of the wire")
    for name in [#""sku-2""#, "\"\(first)\"", #""0123""#] {
      let error = #expect(throws: ItemReader.Mistake.self) { try id(name) }
      #expect(error?.message.contains("items.dict") == true)
    }
  }

  @Test(arguments: [
    (#"{"price": 3}"#, "id is missing"), (#"{"id": null}"#, "id is missing"),
    (#"{"id": -1}"#, noNumber), (#"{"id": 1.0}"#, noNumber), (#"{"id": -0}"#, noNumber),
    (#"{"id": "00123"}"#, noText), (#"{"id": "+5"}"#, noText), (#"{"id": " 5"}"#, noText),
    (#"{"id": "٣"}"#, noText), (#"{"id": ""}"#, noText),
    (#"{"id": 1, "prise": 3, "embedding": [1, 2]}"#, #"the collection has no attribute "prise""#),
    (#"{"id": 1, "count": 1.5, "embedding": [1, 2]}"#, "count is not of type int"),
    (#"{"id": 1, "colours": ["a", 2], "embedding": [1, 2]}"#, "colours is not of type keyword_set"),
    (#"{"id": 1, "embedding": ["a"]}"#, "embedding is not a list of numbers"),
    (#"{"id": 1}"#, "there is no embedding"), (#"{"id": "x1"}"#, noText),
    (#"{"id": 1, "version": "007", "embedding": [1, 2]}"#, "version is no integer of at least 0"),
    (#"{"id": 1, "version": -1, "embedding": [1, 2]}"#, "version is no integer of at least 0"),
    (#"{"id": 1, "delete": "yes"}"#, "delete is neither true nor false"),
    (#"{"id": 1, "delete": true, "price": 3}"#, "a deletion has an id alone"),
  ]) func mistakeIsNamed(line: String, expected: String) throws {
    let error = #expect(throws: ItemReader.Mistake.self) { try read(line) }
    #expect(error?.message == expected)
  }
}
