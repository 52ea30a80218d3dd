import Filters
import Foundation
import Testing
import Vocabulary

/// The tables of `proto-spec/10-filters.md` and the collection that its examples speak of.
enum SpecTable {
  static let schema = schema(
    ("price", .int), ("weight", .float), ("brand", .keyword), ("colours", .keywordSet), ("in_stock", .bool),
    ("title", .text), ("in", .int), ("2nd-hand", .bool))

  private static func schema(_ attributes: (String, AttributeType)...) -> CollectionSchema? {
    CollectionSchema(
      embeddingDimension: 4, rerankDimension: 0,
      attributes: attributes.map { AttributeDefinition(name: $0.0, type: $0.1) })
  }

  /// The cells of each row under a heading, without the backticks of code.
  static func rows(under heading: String) throws -> [[String]] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "proto-spec/10-filters.md"), encoding: .utf8)
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0 == "\(heading)" })
    let table = lines[(start + 1)...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
    return table.dropFirst(2).map { line in
      line.dropFirst(2).dropLast(2).components(separatedBy: " | ").map { cell in
        cell.hasPrefix("`") && cell.hasSuffix("`") ? String(cell.dropFirst().dropLast()) : cell
      }
    }
  }
}

/// An item of the examples, as its JSON.
struct ExampleItem: Decodable {
  var price: Int64?
  var weight: Double?
  var brand: String?
  var colours: [String]?
  var in_stock: Bool?

  var attributes: [AttributeValue?] {
    [
      price.map { .int($0) }, weight.map { .float($0) }, brand.map { .keyword($0) },
      colours.map { .keywordSet($0) }, in_stock.map { .bool($0) }, nil, nil, nil,
    ]
  }
}
