package import DataSets
package import Kernels
package import Ranking
import Vocabulary

extension AttributeColumns {
  /// The inputs that a network reads of each item, `[items, a]`, made by serving's own assembler.
  ///
  /// - Throws: What a manifest with these features would be refused for.
  package func inputs(_ features: [AttributeFeature], kernels: KernelSet = KernelSet()) throws(ModelError)
    -> FloatMatrix
  {
    guard definitions.count <= Limits.attributesMax, Set(definitions.map(\.name)).count == definitions.count else {
      throw ModelError(.schema, "attributes", .outOfRange, "names or number of attributes")
    }
    let assembler = try FeatureAssembler(features, of: definitions, kernels: kernels)
    let needed = assembler.attributeNames.compactMap { name in definitions.firstIndex { $0.name == name } }
    let query = assembler.prepare(
      CandidateInputs(
        retrievalScores: [Float](repeating: 0, count: ids.count), reranks: [], columns: needed.map { columns[$0] }),
      user: UserVectors(query: [], vector: [], profile: []), context: [:])
    let inputs = FloatMatrix(rows: ids.count, columns: assembler.columns)
    assembler.assemble(query, rows: 0..<ids.count, into: inputs)
    return inputs
  }

  /// The column of an attribute, if there is one.
  func column(_ name: String) -> [AttributeValue?]? {
    definitions.firstIndex { $0.name == name }.map { columns[$0] }
  }

  /// The same items with some of their attributes.
  func filter(_ isKept: (AttributeDefinition) -> Bool) -> AttributeColumns {
    let kept = definitions.indices.filter { isKept(definitions[$0]) }
    return AttributeColumns(ids: ids, definitions: kept.map { definitions[$0] }, columns: kept.map { columns[$0] })
  }

  /// The same items with one attribute more.
  func adding(_ name: String, _ type: AttributeType, _ column: [AttributeValue?]) -> AttributeColumns {
    AttributeColumns(
      ids: ids, definitions: definitions + [AttributeDefinition(name: name, type: type)], columns: columns + [column])
  }

  /// Each item's sides of the crosses, in their order.
  func crosses(_ features: [AttributeFeature], profileNames: [String]) -> [SideInputs.ItemCross] {
    features.compactMap { feature in
      guard let cross = feature.cross(profileNames: profileNames) else { return nil }
      let column = feature.attribute.flatMap { self.column($0) } ?? [AttributeValue?](repeating: nil, count: ids.count)
      return SideInputs.ItemCross(cross, items: cross.items(InputColumn(column)))
    }
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
