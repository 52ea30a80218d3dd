import Vocabulary

/// An input of the network by its name: one of them, or all that a vector or a feature takes.
package struct NamedInput: Hashable, Sendable {
  /// The kind of input.
  package enum Kind: Sendable {
    case userVector, profile, itemVector, product, dot, attribute, retrievalScore, habit, affinity, age, context
  }

  package let kind: Kind
  /// That of the attribute or context feature; empty for the others.
  package let name: String
  /// Where it stands among a candidate's inputs; empty for what the user brings.
  let columns: Range<Int>
  /// The feature of an item that it comes from.
  let feature: AttributeFeature?

  /// Whether all candidates of a query have the same value.
  package var isShared: Bool { [.userVector, .profile, .context].contains(kind) }

  /// The value that all candidates of a query have; `nil` if each has its own.
  package func sharedValue(user: UserVectors, _ context: [String: ContextValue]) -> InputValue? {
    switch kind {
    case .userVector: InputValue(normOf: user.vector)
    case .profile: InputValue(normOf: user.profile)
    case .context: InputValue(context[name])
    default: nil
    }
  }
}

extension Manifest {
  /// The inputs in the order of the network: user vector | profile | item | product | dot | attributes | context.
  package var namedInputs: [NamedInput] {
    var inputs: [NamedInput] = []
    var column = 0
    func add(_ kind: NamedInput.Kind, _ name: String = "", width: Int, _ feature: AttributeFeature? = nil) {
      inputs.append(NamedInput(kind: kind, name: name, columns: column..<column + width, feature: feature))
      column += width
    }
    if usesUser, userDimension > 0 { add(.userVector, width: 0) }
    if usesUser, profileDimension > 0 { add(.profile, width: 0) }
    if usesItem { add(.itemVector, width: collection.rerankDimension) }
    if usesProduct { add(.product, width: collection.rerankDimension) }
    if usesDot { add(.dot, width: 1) }
    for feature in attributeFeatures {
      let kind: NamedInput.Kind =
        switch feature {
        case .numeric, .oneHot, .bool: .attribute
        case .retrievalScore: .retrievalScore
        case .habit: .habit
        case .affinity: .affinity
        case .age: .age
        }
      add(kind, feature.attribute ?? "", width: feature.width, feature)
    }
    for feature in contextFeatures { add(.context, feature.name, width: feature.width) }
    return inputs
  }
}
