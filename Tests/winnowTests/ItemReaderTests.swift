import JSON
import Testing
import Vocabulary
import WinnowClient

@testable import winnow

struct ItemReaderTests {
  private static let schema = CollectionSchema(
    embeddingDimension: 2, rerankDimension: 1,
    attributes: [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "colours", type: .keywordSet),
      AttributeDefinition(name: "count", type: .int),
    ])

  private func read(_ line: String) throws -> Item {
    let schema = try #require(Self.schema)
    let noItem = ItemReader.Mistake(message: "no item")
    guard case .object(let fields) = try JSONReader.read(Array(line.utf8)[...]) else { throw noItem }
    let change = try ItemReader(schema: schema, vectors: nil).change(fields.map { ($0.0, $0.1) }, row: 0).change
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

  @Test(arguments: [
    (#"{"price": 3}"#, "id is missing, or no integer from 0 to 2^64-1"),
    (#"{"id": -1}"#, "id is missing, or no integer from 0 to 2^64-1"),
    (#"{"id": 1, "prise": 3, "embedding": [1, 2]}"#, #"the collection has no attribute "prise""#),
    (#"{"id": 1, "count": 1.5, "embedding": [1, 2]}"#, "count is not of type int"),
    (#"{"id": 1, "colours": ["a", 2], "embedding": [1, 2]}"#, "colours is not of type keyword_set"),
    (#"{"id": 1, "embedding": ["a"]}"#, "embedding is not a list of numbers"),
    (#"{"id": 1}"#, "there is no embedding"), (#"{"id": "x1"}"#, "id is missing, or no integer from 0 to 2^64-1"),
    (#"{"id": 1, "version": -1, "embedding": [1, 2]}"#, "version is no integer of at least 0"),
    (#"{"id": 1, "delete": "yes"}"#, "delete is neither true nor false"),
    (#"{"id": 1, "delete": true, "price": 3}"#, "a deletion has an id alone"),
  ]) func mistakeIsNamed(line: String, expected: String) throws {
    let error = #expect(throws: ItemReader.Mistake.self) { try read(line) }
    #expect(error?.message == expected)
  }
}
