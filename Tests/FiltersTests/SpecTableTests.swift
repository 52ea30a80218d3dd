import Filters
import Foundation
import Testing
import Vocabulary

@Suite struct SpecTableTests {
  @Test func acceptedTextsHaveTheirCanonicalForm() throws {
    let schema = try #require(SpecTable.schema)
    let rows = try SpecTable.rows(under: "### Accepted")
    #expect(rows.count >= 40)
    for row in rows {
      let filter = try FilterParser.parse(row[0])
      #expect(filter.text == row[1], "\(row[0])")
      #expect(try FilterParser.parse(row[1]) == filter)
      _ = try filter.typed(against: schema)
    }
  }

  @Test func refusedTextsPointAtTheirColumn() throws {
    let schema = try #require(SpecTable.schema)
    let rows = try SpecTable.rows(under: "### Refused")
    #expect(rows.count >= 60)
    for row in rows {
      do {
        _ = try FilterParser.parse(row[0]).typed(against: schema)
        Issue.record("accepted: \(row[0])")
      } catch {
        #expect("\(error.kind.rawValue) \(error.column)" == "\(row[1]) \(row[2])", "\(row[0])")
        #expect(error.message.utf8.count < 200)
      }
    }
  }

  @Test func everyKindOfErrorHasARowAndAnExample() throws {
    let described = try SpecTable.rows(under: "## 10.6 Errors").map { $0[0] }
    #expect(described == FilterError.Kind.allCases.map(\.rawValue))
    let shown = Set(try SpecTable.rows(under: "### Refused").map { $0[1] })
    // No text gives a malformed tree.
    #expect(shown.union(["malformed-tree"]) == Set(described))
  }

  @Test func filtersPassWhatTheTableSays() throws {
    let schema = try #require(SpecTable.schema)
    let rows = try SpecTable.rows(under: "### Meaning")
    #expect(rows.count >= 45)
    for row in rows {
      let filter = try FilterParser.parse(row[0])
      let item = try JSONDecoder().decode(ExampleItem.self, from: Data(row[1].utf8)).attributes
      #expect(try filter.typed(against: schema).matches(item) == (row[2] == "yes"), "\(row)")
      #expect(filter.means(item, schema) == (row[2] == "yes"), "\(row)")
    }
  }

  @Test func typesTakeTheOperatorsOfTheirRow() throws {
    let schema = try #require(SpecTable.schema)
    let names: [AttributeType: String] = [
      .int: "price", .float: "weight", .keyword: "brand", .keywordSet: "colours", .bool: "in_stock", .text: "title",
    ]
    let literals = ["numbers": "1", "keywords": "a", "bools": "true", "none": "a"]
    let rows = try SpecTable.rows(under: "## 10.4 Types")
    #expect(rows.map { $0[0] } == AttributeType.allCases.map(\.word))
    for row in rows {
      let name = try #require(AttributeType(word: row[0]).flatMap { names[$0] })
      let value = try #require(literals[row[6]])
      let forms = [
        ["\(name) = \(value)", "\(name) != \(value)"],
        ["<", "<=", ">", ">="].map { "\(name) \($0) \(value)" },
        ["\(name) in 1..2"], ["\(name) in (\(value), \(value))"], ["has \(name)"],
      ]
      for (texts, cell) in zip(forms, row[1...]) {
        for text in texts {
          let isAllowed = (try? FilterParser.parse(text).typed(against: schema)) != nil
          #expect(isAllowed == (cell == "yes"), "\(text)")
        }
      }
    }
  }

  @Test func kindsAreNumberedAsThePageSays() throws {
    let rows = try SpecTable.rows(under: "## 10.2 The tree")
    #expect(rows.map { $0[1] } == Filter.Kind.allCases.sorted { $0.rawValue < $1.rawValue }.map { "\($0.rawValue)" })
    #expect(rows.map { $0[0] } == ["and", "or", "not", "comparison", "range", "in list", "has"])
    #expect(Filter.Kind.range.rawValue == 5 && Filter.Kind.inList.rawValue == 6)
  }
}
