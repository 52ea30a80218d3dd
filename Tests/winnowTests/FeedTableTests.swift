import Arguments
import DataSets
import Foundation
import JSON
import Support
import Testing
import Vocabulary
import WinnowClient

@testable import winnow

/// A feed reads tables as an import does, with the same flags.
struct FeedTableTests {
  private static let schema = CollectionSchema(
    embeddingDimension: 2, rerankDimension: 0,
    attributes: [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "brand", type: .keyword),
      AttributeDefinition(name: "on", type: .bool), AttributeDefinition(name: "tags", type: .keywordSet),
    ])
  private let directory = TemporaryDirectory()

  private func source(
    _ text: String, encoding: String.Encoding = .utf8, _ change: (inout FeedSource.Options) -> Void = { _ in }
  ) throws(Failure) -> FeedSource {
    let path = "\(directory.path)/file"
    _ = FileManager.default.createFile(atPath: path, contents: text.data(using: encoding))
    var options = FeedSource.Options()
    change(&options)
    guard let schema = Self.schema else { throw Failure(.failed, "no schema") }
    return try FeedSource(path, schema: schema, options)
  }

  /// The items of a table, and what is wrong with its other rows.
  private func items(
    _ text: String, encoding: String.Encoding = .utf8, _ change: (inout FeedSource.Options) -> Void = { _ in }
  ) throws -> (items: [Item], faults: [String]) {
    var source = try source(text, encoding: encoding, change)
    let reader = ItemReader(schema: try #require(Self.schema), vectors: nil)
    var (items, faults): ([Item], [String]) = ([], [])
    while let row = try source.next() {
      switch row {
      case .fault(let reason): faults.append(reason)
      case .fields(let fields, _):
        do throws(ItemReader.Mistake) {
          guard case .upsert(let item) = try reader.change(fields, row: source.rowCount - 1).change else { continue }
          items.append(item)
        } catch { faults.append(error.message) }
      }
    }
    return (items, faults)
  }

  private func failure(_ text: String, _ change: (inout FeedSource.Options) -> Void = { _ in }) -> Failure? {
    do throws(Failure) {
      _ = try source(text, change)
      return nil
    } catch { return error }
  }

  @Test func blanksAroundFieldsAreNotOfThem() throws {
    let read = try items("id, embedding, brand, on\n160, 1 0, acme, TRUE\n161,1 0, b ,true\n162,1 0,\" c \", no\n")
    #expect(read.faults.isEmpty)
    #expect(read.items.map { $0.attributes[1] } == [.keyword("acme"), .keyword("b"), .keyword(" c ")])
    #expect(read.items.map { $0.attributes[2] } == [.bool(true), .bool(true), .bool(false)])
  }

  @Test func headerIsCheckedOnceBeforeTheFirstRow() throws {
    let rows = (0..<12_000).map { "\($0),1 0,2,x\n" }.joined()
    let refused = try #require(failure("id,embedding,price,colour\n" + rows))
    #expect(refused.message.hasSuffix(":1: colour: the collection has no such attribute"))
    #expect(refused.advice.contains("--ignore") && refused.advice.contains("brand, on, price, tags"))
    let read = try items("id,embedding,price,colour\n" + rows) { $0.ignored = ["colour"] }
    #expect(read.items.count == 12_000 && read.faults.isEmpty)
    #expect(failure("colour,embedding\n1,1 0\n")?.message.contains("colour: the collection has no such") == true)
    #expect(failure("id,embedding,\n1,1 0,\n")?.message.contains("column 3 has no name") == true)
    #expect(failure("price,embedding\n1,1 0\n")?.message.contains("id: the first line is no header") == true)
    #expect(failure("id,preis,price\n") { $0.names = [("price", "preis")] }?.message.contains("two columns") == true)
  }

  @Test func columnsOfAnotherNameOrWithoutAHeaderAreSaid() throws {
    let named = try items("sku,embedding,preis,Marke\n7,1 0,2.5,acme\n") {
      $0.names = [("id", "sku"), ("price", "preis"), ("brand", "Marke")]
    }
    #expect(named.items.map(\.id) == [ItemID(7)] && named.items[0].attributes[0] == .float(2.5))
    let bare = try items("7\tx\t1 0\t2.5\n") { $0.format.columns = ["id", "-", "embedding", "price"] }
    #expect(bare.items.map(\.id) == [ItemID(7)] && bare.items[0].attributes[0] == .float(2.5))
    let lines = try items("{\"sku\":7,\"embedding\":[1,0],\"note\":{\"deep\":1}}\n") {
      $0.names = [("id", "sku")]
      $0.ignored = ["note"]
    }
    #expect(lines.items.map(\.id) == [ItemID(7)] && lines.faults.isEmpty)
  }

  @Test func headerIsUnderstoodAsThatOfAnImport() throws {
    let read = try items("Item_ID;Embedding;PRICE;Brand\n7;1 0;2,5;acme\n")
    #expect(read.items.map(\.id) == [ItemID(7)] && read.items[0].attributes[0] == .float(2.5))
    #expect(failure("id,sku,embedding\n1,2,1 0\n")?.message.contains("two columns are 'id'") == true)
  }

  @Test func numbersAndTruthsAreThoseOfAnImport() throws {
    let text = "id;embedding;price;on\n1;1 0;12,50;WAHR\n2;1 0;1.234,00;0\n3;1 0;12.5;nein\n4;1 0;1,234;ja\n"
    let found = try items(text)
    #expect(found.items.map { $0.attributes[0] } == [.float(12.5), .float(1234), .float(12.5)])
    #expect(found.items.map { $0.attributes[2] } == [.bool(true), .bool(false), .bool(false)])
    #expect(found.faults == ["price: a number with a comma or point that --decimal has to explain: comma or point"])
    let told = try items(text) { $0.format.decimal = .comma }
    #expect(told.items.map { $0.attributes[0] } == [.float(12.5), .float(1234), .float(1.234)])
    #expect(told.faults.count == 1 && told.faults[0].hasPrefix("price: a number with a comma or point"))
  }

  @Test func delimiterEncodingAndDividerAreThoseOfAnImport() throws {
    let read = try items("id|embedding|brand|tags\n1|1 0|Müller|a+b\n", encoding: .isoLatin1) {
      $0.format.encoding = .latin1
      $0.format.delimiter = .pipe
      $0.setDivider = UInt8(ascii: "+")
    }
    #expect(read.items.first?.attributes[1] == .keyword("Müller"))
    #expect(read.items.first?.attributes[3] == .keywordSet(["a", "b"]))
  }

  @Test func otherFormIsNamed() {
    #expect(failure("[{\"id\":1}]")?.advice.contains("jq -c '.[]'") == true)
    #expect(failure("id,embedding\r1,1 0\r")?.message.contains("CR alone") == true)
    #expect(failure("PK\u{3}\u{4}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")?.message.contains("zip") == true)
  }
}
