import Support
import Testing
import Vocabulary
import Wire

struct AttributeTableTests {
  @Test(arguments: ["id", "embedding", "rerank"]) func anAttributeWithANameOfItemsIsNamed(name: String) throws {
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 1, rerankDimension: 0,
        attributes: [AttributeDefinition(name: "version", type: .int), AttributeDefinition(name: name, type: .int)]))
    var writer = BodyWriter()
    schema.write(to: &writer)
    var reader = BodyReader(writer.body.bytes[...])
    do throws(WireError) {
      _ = try CollectionSchema(from: &reader)
      Issue.record("accepted")
    } catch {
      #expect(error.code == .malformedBody && error.message.contains("'\(name)'"), "\(error.message)")
    }
  }

  @Test func aTableOfSomeRowsIsTheTableOfThoseRows() {
    let definitions = AttributeType.allCases.map { AttributeDefinition(name: $0.word, type: $0) }
    var random = SeededRandom(seed: 5)
    func value(_ type: AttributeType) -> AttributeValue? {
      let draw = random.next() % 8
      guard draw > 1 else { return nil }
      switch type {
      case .int: return .int(Int64(draw))
      case .float: return .float(Double(draw))
      case .keyword: return .keyword("k\(draw)")
      case .keywordSet: return .keywordSet(draw == 2 ? [] : ["a\(draw)", "b"])
      case .bool: return .bool(draw % 2 == 0)
      case .text: return .text("t\(draw)")
      }
    }
    let rows = (0..<37).map { _ in definitions.map { value($0.type) } }
    let table = AttributeTable(rows: rows, definitions: definitions)
    for chosen in [Array(rows.indices), [], [36, 0, 17], [5, 5], rows.indices.filter { $0 % 3 == 1 }] {
      #expect(table.keeping(chosen) == AttributeTable(rows: chosen.map { rows[$0] }, definitions: definitions))
    }
  }
}
