package import DataSets
import Vocabulary

/// The items of a log by something that they have in common; an item with several values belongs to each in equal parts.
package struct ItemGroups: Sendable {
  package let name: String
  /// By number, in the order of the smallest item.
  package let labels: [String]
  /// Of each item, the numbers of its groups, at least one.
  let groups: [[Int]]

  private static let priceBands = 5

  /// The groups by an attribute of the catalogue; `price_band`, fifths of the items by price; or `popularity_decile`, tenths
  /// by events, the most popular first.
  ///
  /// - Returns: `nil` if there is no such attribute, or one of which every item has its own value.
  package init?(_ name: String, _ data: DataSet, learned: Histories) {
    let catalogue = data.catalogue
    if let column = catalogue.definitions.firstIndex(where: { $0.name == name }) {
      switch catalogue.definitions[column].type {
      case .keyword, .keywordSet, .int, .bool: self.init(name, catalogue.columns[column].map(Self.labels))
      case .float, .text: return nil
      }
    } else if name == "price_band",
      let column = catalogue.definitions.firstIndex(where: { $0.name == "price" && [.float, .int].contains($0.type) })
    {
      self.init(name, Self.bands(catalogue.columns[column].map(Self.number)))
    } else if name == "popularity_decile" {
      self.init(name, Self.deciles(learned.popularity))
    } else {
      return nil
    }
  }

  init(_ name: String, _ labelsOfItem: [[String]]) {
    self.name = name
    var numbers: [ExactText: Int] = [:]
    var labels: [String] = []
    groups = labelsOfItem.map { own in
      own.map { label in
        if let number = numbers[label.exact] { return number }
        labels.append(label)
        numbers[label.exact] = labels.count - 1
        return labels.count - 1
      }
    }
    self.labels = labels
  }

  private static func labels(_ value: AttributeValue?) -> [String] {
    switch value {
    case .keyword(let word): [word]
    case .keywordSet(let words) where !words.isEmpty: words
    case .int(let number): ["\(number)"]
    case .bool(let flag): [flag ? "yes" : "no"]
    default: ["(none)"]
    }
  }

  private static func number(_ value: AttributeValue?) -> Double? {
    switch value {
    case .int(let number): Double(number)
    case .float(let number): number
    default: nil
    }
  }

  /// Fifths of the items that have a price; equal prices stay together.
  private static func bands(_ prices: [Double?]) -> [[String]] {
    let sorted = prices.compactMap { $0 }.sorted()
    let tops = (1...priceBands).map {
      sorted.isEmpty ? 0 : sorted[(sorted.count * $0 + priceBands - 1) / priceBands - 1]
    }
    return prices.map { price in
      guard let price, let band = tops.firstIndex(where: { price <= $0 }) else { return ["(none)"] }
      return ["\(band + 1): up to \(tops[band])"]
    }
  }

  private static func deciles(_ popularity: [Int]) -> [[String]] {
    let order = popularity.indices.sorted { (popularity[$1], $0) < (popularity[$0], $1) }
    var labels = [[String]](repeating: [], count: popularity.count)
    for (place, item) in order.enumerated() {
      let decile = place * 10 / popularity.count + 1
      labels[item] = [decile == 1 ? "1, the most popular" : decile == 10 ? "10, the least popular" : "\(decile)"]
    }
    return labels
  }
}
