import Testing
import Vocabulary

@testable import DataSets

struct EntityTableTests {
  private func table(_ text: String, _ options: EntityTable.Options = .init()) throws -> EntityTable {
    try EntityTable(InputFile(name: "items", pieces: [Array(text.utf8)]), options)
  }

  @Test func typesAreFoundOut() throws {
    let table = try table(
      """
      item_id,Title,category,brand,price,stock,new,Net weight,note
      a,"Lamp, blue",12,,10,3,yes,1.5,
      b,12,13,Acme,12.5,4,no,2,
      """)
    #expect(table.ids == ["a", "b"])
    #expect(
      table.definitions.map { "\($0.name) \($0.type.word)" } == [
        "title text", "category keyword", "brand keyword", "price float", "stock int", "new bool", "net_weight float",
        "note keyword",
      ])
    #expect(table.columns[0] == [.text("Lamp, blue"), .text("12")])
    #expect(table.columns[2] == [nil, .keyword("Acme")])
    #expect(table.columns[3] == [.float(10), .float(12.5)])
    #expect(table.columns[5] == [.bool(true), .bool(false)])
    #expect(table.columns[7] == [nil, nil])
  }

  @Test func jsonLinesMayGrowColumns() throws {
    let table = try table(#"{"id":1,"price":2}"# + "\n" + #"{"id":2,"tags":["b","a","b"]}"# + "\n")
    #expect(table.definitions.map(\.type) == [.float, .keywordSet])
    #expect(table.columns[1] == [nil, .keywordSet(["a", "b"])])
  }

  @Test func givenTypesHoldAndMisfitsAreCounted() throws {
    var options = EntityTable.Options()
    options.types = ["genres": .keywordSet, "year": .int]
    options.ignored = ["junk"]
    let table = try table("id\tgenres\tyear\tjunk\n1\tDrama|Comedy\t1999\tx\n2\t\tlong ago\tx\n", options)
    #expect(table.columns == [[.keywordSet(["Comedy", "Drama"]), nil], [.int(1999), nil]])
    #expect(table.faults.entries[RowFault(.notWanted, "year")]?.count == 1)
  }

  @Test(arguments: ["embedding", "Rerank", "ID", "EMBEDDING"])
  func namesThatItemsUseThemselvesAreRefused(column: String) throws {
    for text in ["sku,\(column),price\n1,2,3\n", #"{"sku":1,"\#(column)":2}"# + "\n"] {
      var options = EntityTable.Options()
      options.idColumn = "sku"
      let error = #expect(throws: DataError.self) { try table(text, options) }
      #expect(error?.kind == .column && error?.advice.hasSuffix("--ignore \(column)") == true)
      #expect(error?.field.contains(column) == true)
      options.ignored = [column.exact]
      #expect(try table(text, options).definitions.allSatisfy { $0.name == "price" })
    }
  }

  @Test func namesThatOnlyFeedsKnowAreAttributes() throws {
    #expect(try table("id,version,delete\n1,2,3\n").definitions.map(\.name) == ["version", "delete"])
    var users = EntityTable.Options()
    users.role = .user
    #expect(try table("id,embedding\n1,2\n", users).definitions.map(\.name) == ["embedding"])
  }

  @Test func repeatsAndBadRowsAreCounted() throws {
    let table = try table("id,price\n1,2\n1,3\n,4\n2\n5,6\n")
    #expect(table.ids == ["1", "5"])
    #expect(table.repeats.entries["id"]?.lines == [3])
    #expect(Set(table.faults.entries.keys) == [RowFault(.missing, "id"), RowFault(.fieldCount)])
  }

  @Test(arguments: [
    ("price,title\n1,x\n", DataError.Kind.header), ("id,a b,a_b\n1,2,3\n", .column), ("id,x\n,1\n", .noRows),
    ("id,\(String(repeating: "x", count: 70))\n1,2\n", .column),
  ]) func wrongTableIsAnError(text: String, kind: DataError.Kind) throws {
    let error = #expect(throws: DataError.self) { try table(text) }
    #expect(error?.kind == kind)
  }
}
