package import Vocabulary

/// The inputs of a network as blocks in their fixed order: the one place where this order is written.
///
/// Server and trainer place by it what they make, and an explanation names the blocks.
package struct InputLayout: Sendable {
  /// Inputs that belong together: those of a vector, or of a feature.
  package struct Block: Hashable, Sendable {
    package let kind: InputKind
    /// That of the attribute or context feature; empty for the others.
    package let name: String
    /// Where it stands among all inputs.
    package let columns: Range<Int>
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

  /// A feature of an item or of the context, before it has its place.
  package struct Feature: Sendable {
    let kind: InputKind
    let width: Int
    var name = ""
    var feature: AttributeFeature?

    package init(_ kind: InputKind, width: Int = 1) { (self.kind, self.width) = (kind, width) }

    package init(_ feature: AttributeFeature) {
      let kind = feature.kind
      self.init(type(of: kind).inputKind, width: kind.width)
      (name, self.feature) = (kind.attribute ?? "", feature)
    }

    package init(_ feature: ContextFeature) {
      self.init(.context, width: feature.width)
      name = feature.name
    }
  }

  package let blocks: [Block]
  /// Number of the first inputs, which the user brings.
  package let userCount: Int
  /// Of each kind where its first block begins.
  private let starts: [InputKind: Int]

  /// Places user vector | profile | item | product | dot | attributes | context; what is empty has no block.
  package init(_ vectors: VectorInputs, attributes: [Feature], context: [Feature]) {
    let user = [Feature(.userVector, width: vectors.user), Feature(.profile, width: vectors.profile)]
    let item = [
      Feature(.itemVector, width: vectors.usesItem ? vectors.item : 0),
      Feature(.product, width: vectors.usesProduct ? vectors.item : 0), Feature(.dot, width: vectors.usesDot ? 1 : 0),
    ]
    userCount = vectors.usesUser ? vectors.user + vectors.profile : 0
    var (blocks, end) = ([Block](), 0)
    for feature in (vectors.usesUser ? user : []) + item + attributes + context where feature.width > 0 {
      let columns = end..<end + feature.width
      blocks.append(Block(kind: feature.kind, name: feature.name, columns: columns, feature: feature.feature))
      end = columns.upperBound
    }
    self.blocks = blocks
    starts = Dictionary(blocks.map { ($0.kind, $0.columns.lowerBound) }) { first, _ in first }
  }

  /// Places the features of a model.
  package init(_ vectors: VectorInputs, _ attributes: [AttributeFeature], _ context: [ContextFeature]) {
    self.init(vectors, attributes: attributes.map { Feature($0) }, context: context.map { Feature($0) })
  }

  /// Number of inputs.
  package var count: Int { blocks.last?.columns.upperBound ?? 0 }

  /// Number of the inputs behind the user's.
  package var candidateCount: Int { count - userCount }

  /// Where the first block of a kind begins; `nil` if there is none.
  package func start(of kind: InputKind) -> Int? { starts[kind] }
}
