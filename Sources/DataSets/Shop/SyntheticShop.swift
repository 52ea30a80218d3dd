import Vocabulary

/// A whole shop made from a seed: items, shoppers with tastes, and what they did.
///
/// Integer and single IEEE 754 operations only, so that a seed gives the same bytes on every machine.
package struct SyntheticShop: Sendable {
  /// One file of the shop: its name, and its bytes.
  package struct File: Sendable {
    package let name: String
    package let bytes: [UInt8]
  }

  /// The first five are the people of the catalogue, whose tastes differ at a glance.
  package let shoppers: [Shopper]
  /// Item i has the id i + 1.
  let items: [ShopItem]
  private let log: ShopLog

  /// - Parameters:
  ///   - seed: Another seed, another shop.
  ///   - itemCount: Number of items, ≥ 1.
  ///   - shopperCount: Number of shoppers, ≥ 1.
  ///   - hasSearches: Whether the log says what shoppers had searched for; the events are the same.
  package init(seed: UInt64, itemCount: Int, shopperCount: Int, hasSearches: Bool = false) {
    precondition(itemCount > 0 && shopperCount > 0, "a shop has items and shoppers")
    var random = SplitMix64(seed: seed)
    items = (0..<itemCount).map { _ in ShopItem(&random) }
    shoppers = (1...shopperCount).map { Shopper($0, &random) }
    log = ShopLog(items: items, shoppers: shoppers, seed: random.next(), hasSearches: hasSearches)
  }

  /// The shop as files: behaviour, items and shoppers as shops have them, and the shoppers' tastes, which shops do not know.
  package var files: [File] {
    func lines(_ definitions: [AttributeDefinition], _ rows: [[AttributeValue?]]) -> [UInt8] {
      DataSet.lines(
        rows.indices.map { UInt64($0 + 1) }, definitions,
        definitions.indices.map { column in rows.map { $0[column] } })
    }
    return [
      File(name: "events.tsv", bytes: log.table),
      File(name: "items.jsonl", bytes: lines(ShopItem.definitions, items.map(\.attributes))),
      File(name: "users.jsonl", bytes: lines(Shopper.definitions, shoppers.map(\.attributes))),
      File(name: "shoppers.json", bytes: tastes),
    ]
  }

  private var tastes: [UInt8] {
    let lines = shoppers.map { shopper in
      let tastes = shopper.tastes.map { "\"\($0)\"" }.joined(separator: ",")
      return "  {\"id\":\(shopper.number),\"name\":\"\(shopper.name)\",\"tastes\":[\(tastes)]}"
    }
    return Array("[\n\(lines.joined(separator: ",\n"))\n]\n".utf8)
  }
}
