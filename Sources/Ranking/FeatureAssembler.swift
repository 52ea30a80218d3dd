package import Kernels
package import Vocabulary

/// Makes the network's inputs: per query the user's, per candidate those of its vectors, attributes and context.
///
/// One implementation for serving and for training, so that both see the same bits.
package struct FeatureAssembler: Sendable {
  /// The inputs that all candidates of a query share, and the candidates with their words looked up.
  package struct QueryInputs: Sendable {
    /// User vector, then profile, `[layout.userCount]`.
    package let user: [Float]
    /// Number m of candidates.
    package var count: Int { candidates.count }

    fileprivate let candidates: CandidateInputs
    /// The user vector as a table of one row, for product and dot.
    fileprivate let vector: FloatMatrix
    /// The attribute features, in the order of their blocks.
    fileprivate let values: [FeatureReader.Values]
    /// The inputs of the context features, in their order.
    package let context: [Float]
  }

  /// The attributes whose columns `CandidateInputs` has to bring, each once, in the order of their first use.
  package let attributeNames: [String]
  package let layout: InputLayout

  private let vectors: VectorInputs
  /// Whether candidates need their ids, to be found among what the shopper has had.
  private let readsOwned: Bool
  /// Whether rerank vectors are rounded to bf16 first.
  private let roundsItems: Bool
  private let kernels: KernelSet
  /// The attribute features with the places of the attributes that they read.
  private let features: [(reader: FeatureReader, attribute: Int?)]
  /// Where the inputs of each begin.
  private let featureColumns: [Int]
  private let context: [(name: String, reader: ContextReader)]

  /// The assembler of a model.
  package init(_ manifest: Manifest, kernels: KernelSet = KernelSet()) {
    self.init(
      manifest.vectors, manifest.attributeFeatures, manifest.contextFeatures, manifest.profileNames,
      roundsItems: manifest.arithmetic.roundsItems, kernels)
  }

  /// An assembler of features alone, which no vector stands before.
  ///
  /// - Parameter definitions: Of the attributes that the features read.
  /// - Throws: What a manifest with these features would be refused for.
  package init(
    _ attributes: [AttributeFeature] = [], of definitions: [AttributeDefinition] = [], context: [ContextFeature] = [],
    kernels: KernelSet = KernelSet()
  ) throws(ModelError) {
    try Manifest.check(attributes, of: definitions, profileNames: [], context)
    self.init(VectorInputs(), attributes, context, [], roundsItems: false, kernels)
    try Manifest.check(layout)
  }

  private init(
    _ vectors: VectorInputs, _ attributes: [AttributeFeature], _ context: [ContextFeature], _ profileNames: [String],
    roundsItems: Bool, _ kernels: KernelSet
  ) {
    self.vectors = vectors
    self.roundsItems = roundsItems
    readsOwned = attributes.contains { $0.owned != nil }
    self.kernels = kernels
    let layout = InputLayout(vectors, attributes, context)
    self.layout = layout
    featureColumns = layout.blocks.filter { $0.feature != nil }.map { $0.columns.lowerBound - layout.userCount }
    var names: [String] = []
    features = attributes.map { feature in
      let kind = feature.kind
      guard let reader = kind.reader(profileNames) else {
        preconditionFailure("a manifest names the profile inputs of its crosses")
      }
      guard let name = kind.attribute else { return (reader, nil) }
      if let known = names.firstIndex(of: name) { return (reader, known) }
      names.append(name)
      return (reader, names.count - 1)
    }
    attributeNames = names
    self.context = context.map { ($0.name, ContextReader($0)) }
  }

  /// Number of inputs that `assemble` writes per candidate.
  package var columns: Int { layout.candidateCount }

  /// Prepares a query's inputs as far as that is done once for all candidates.
  ///
  /// Names that the model does not use are ignored; a word where it wants a number, or the reverse, counts as missing.
  package func prepare(
    _ candidates: CandidateInputs, user: UserVectors, context: [String: ContextValue]
  ) -> QueryInputs {
    let m = candidates.count
    precondition(user.vector.count == vectors.user, "a user vector of \(user.vector.count)")
    precondition(user.profile.count == vectors.profile, "a profile of \(user.profile.count)")
    precondition(candidates.columns.count == attributeNames.count, "\(candidates.columns.count) columns")
    precondition(candidates.ids.count == m || !readsOwned, "\(candidates.ids.count) ids")
    precondition(
      m == 0 || !vectors.readsItems
        || (candidates.reranks.rowCapacity == m && candidates.reranks.columns == vectors.item),
      "rerank vectors are [m, r]")
    var inputs: [Float] = []
    for (name, reader) in self.context { reader.append(context[name], to: &inputs) }
    return QueryInputs(
      user: vectors.usesUser ? user.vector + user.profile : [], candidates: candidates,
      vector: FloatMatrix(rows: [user.vector], columns: user.vector.count),
      values: features.map { feature in
        feature.reader.values(
          of: feature.attribute.map { candidates.columns[$0] } ?? .numbers([]), candidates, user: user, context)
      }, context: inputs)
  }

  /// Where a block stands among a candidate's inputs.
  func columns(of block: InputLayout.Block) -> Range<Int> {
    block.columns.lowerBound - layout.userCount..<block.columns.upperBound - layout.userCount
  }

  private func column(of kind: InputKind) -> Int? { layout.start(of: kind).map { $0 - layout.userCount } }

  /// Writes the inputs of candidates `rows` into the first rows of `matrix`, `[…, columns]`.
  package func assemble(_ query: QueryInputs, rows: Range<Int>, into matrix: FloatMatrix) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= query.count, "candidates \(rows) of \(query.count)")
    precondition(rows.count <= matrix.rowCapacity && matrix.columns == columns, "no room for the inputs")
    if vectors.readsItems { writeVectors(query, rows, into: matrix) }
    for (values, column) in zip(query.values, featureColumns) {
      values.write(rows, scores: query.candidates.retrievalScores, kernels, into: matrix, at: column)
    }
    guard let column = column(of: .context) else { return }
    for row in 0..<rows.count { matrix.write(query.context, row: row, column: column) }
  }

  /// Writes item, product and dot.
  private func writeVectors(_ query: QueryInputs, _ rows: Range<Int>, into matrix: FloatMatrix) {
    let rounds = roundsItems && !query.candidates.isRounded
    let reranks =
      rounds ? kernels.roundedToBFloat16(query.candidates.reranks, rows: rows) : query.candidates.reranks
    let items = (rounds ? 0..<rows.count : rows).map { UInt32($0) }
    if let column = column(of: .itemVector) { kernels.gather(reranks, items[...], into: matrix, column: column) }
    guard vectors.usesProduct || vectors.usesDot else { return }
    let pairs = RowPairs(query.vector, [UInt32](repeating: 0, count: rows.count)[...], reranks, items[...])
    if let column = column(of: .product) { kernels.products(pairs, into: matrix, column: column) }
    if let column = column(of: .dot) { kernels.dots(pairs, into: matrix, column: column) }
  }
}
