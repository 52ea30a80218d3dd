import Ranking
import Vocabulary

extension Catalogue {
  /// The column of an attribute, if there is one.
  func column(_ name: String) -> [AttributeValue?]? {
    definitions.firstIndex { $0.name == name }.map { columns[$0] }
  }

  /// The same items with some of their attributes.
  func filter(_ isKept: (AttributeDefinition) -> Bool) -> Catalogue {
    let kept = definitions.indices.filter { isKept(definitions[$0]) }
    return Catalogue(ids: ids, definitions: kept.map { definitions[$0] }, columns: kept.map { columns[$0] })
  }

  /// The same items with one attribute more.
  func adding(_ name: String, _ type: AttributeType, _ column: [AttributeValue?]) -> Catalogue {
    Catalogue(
      ids: ids, definitions: definitions + [AttributeDefinition(name: name, type: type)], columns: columns + [column])
  }

  /// Each item's sides of the crosses, in their order.
  func crosses(_ features: [AttributeFeature], profileNames: [String]) -> [SideInputs.ItemCross] {
    features.compactMap { feature in
      guard let cross = Cross(feature, profileNames: profileNames) else { return nil }
      let column = feature.attribute.flatMap { self.column($0) } ?? [AttributeValue?](repeating: nil, count: ids.count)
      return SideInputs.ItemCross(cross, items: cross.items(InputColumn(column)))
    }
  }
}

extension DataSet {
  /// The same with other attributes of its items, such as those of a plan: what a model directory has.
  package func with(_ catalogue: Catalogue) -> DataSet {
    precondition(catalogue.ids == self.catalogue.ids, "the same items")
    return DataSet(
      interactions, kinds: kinds, values: values, words: words, hasClock: hasClock, users: users, items: items,
      itemTable: (catalogue.definitions, catalogue.columns), userTable: (userDefinitions, userColumns))
  }
}

extension AttributeValue {
  /// The words of a keyword or a set.
  var words: [String] {
    switch self {
    case .keyword(let word): [word]
    case .keywordSet(let words): words
    default: []
    }
  }

  /// The value of an int or a float.
  var number: Double? {
    switch self {
    case .int(let number): Double(number)
    case .float(let number): number
    default: nil
    }
  }
}
