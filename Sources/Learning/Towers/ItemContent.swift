package import DataSets
import Kernels
package import Ranking
package import Vocabulary

/// What items are, as numbers of features that two items or more have: A(i).
///
/// A feature is a word of an attribute, `name=word`: each keyword, a whole number or a yes or no as its text, and each
/// run of letters and digits of a text in lower case.
package struct ItemContent: Sendable, Equatable {
  /// The features, ascending by their bytes.
  package let features: [ExactText]
  /// Where each item's features begin, `[items + 1]`.
  private let offsets: [Int]
  private let numbers: [UInt32]

  /// Items of which nothing is known.
  package init(itemCount: Int) {
    features = []
    offsets = [Int](repeating: 0, count: itemCount + 1)
    numbers = []
  }

  /// Reads attributes of a catalogue.
  ///
  /// - Parameter known: The features of a model that is trained further; `nil` finds them.
  /// - Throws: If an attribute is not there, or has no words.
  package init(
    _ catalogue: AttributeColumns, _ attributes: [String], known: [ExactText]? = nil
  ) throws(ModelError) {
    var words = [[ExactText]](repeating: [], count: catalogue.ids.count)
    for name in attributes {
      guard let column = catalogue.definitions.firstIndex(where: { $0.name == name }) else {
        let names = catalogue.definitions.map(\.name).joined(separator: ", ")
        throw ModelError(
          .schema, "attributes", .missing,
          "items have no attribute \(name); they have \(names.isEmpty ? "none" : names)")
      }
      guard catalogue.definitions[column].type != .float else {
        throw ModelError(.schema, name, .unknown, "a float has no words: name attributes of other types")
      }
      for (item, value) in catalogue.columns[column].enumerated() {
        words[item] += Self.words(value).map { ExactText("\(name)=\($0)") }
      }
    }
    words = words.map { Set($0).sorted() }
    if let known {
      features = known
    } else {
      var counts: [ExactText: Int] = [:]
      for word in words.joined() { counts[word, default: 0] += 1 }
      features = counts.filter { $0.value >= Self.itemsMin }.keys.sorted()
    }
    let places = Dictionary(uniqueKeysWithValues: features.enumerated().map { ($1, UInt32($0)) })
    var (offsets, numbers): ([Int], [UInt32]) = ([0], [])
    for words in words {
      numbers += words.compactMap { places[$0] }
      offsets.append(numbers.count)
    }
    (self.offsets, self.numbers) = (offsets, numbers)
  }

  private static let itemsMin = 2

  private static func words(_ value: AttributeValue?) -> [String] {
    switch value {
    case .keyword(let word): [word]
    case .keywordSet(let words): words
    case .int(let number): [String(number)]
    case .bool(let isTrue): [String(isTrue)]
    case .text(let text): text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    case .float, nil: []
    }
  }

  package var itemCount: Int { offsets.count - 1 }

  /// The features of an item, ascending.
  package subscript(item: Int) -> ArraySlice<UInt32> { numbers[offsets[item]..<offsets[item + 1]] }

  /// Lets the vectors of features flow into those of the items that have them: each with n^(−1/2).
  func links(_ items: some Sequence<UInt32>) -> RowLinks {
    var links = RowLinks()
    for item in items {
      let features = self[Int(item)]
      let share = 1 / Float(features.count).squareRoot()
      for feature in features { links.append(from: feature, to: item, share: share) }
    }
    return links
  }
}
