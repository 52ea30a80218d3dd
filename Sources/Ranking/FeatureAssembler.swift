package import Kernels
import Vocabulary

/// Makes the network's inputs: per query the user's, per candidate item | product | dot | attributes | context.
///
/// One implementation for serving and for training, so that both see the same bits.
package struct FeatureAssembler: Sendable {
  /// The inputs that all candidates of a query share, and the candidates with their words looked up.
  package struct QueryInputs: Sendable {
    /// User vector, then profile, `[userInputCount]`.
    package let user: [Float]
    /// Number m of candidates.
    package var count: Int { candidates.count }

    fileprivate let candidates: CandidateInputs
    /// The user vector as a table of one row, for product and dot.
    fileprivate let vector: FloatMatrix
    /// The attribute features, in the order of the manifest.
    fileprivate let values: [Values]
    /// The inputs of the context features, in the order of the manifest.
    package let context: [Float]
  }

  /// The attributes whose columns `CandidateInputs` has to bring, each once, in the order of their first use.
  package let attributeNames: [String]

  private let manifest: Manifest
  private let kernels: KernelSet
  private let sources: [Source]
  private let contextSources: [(name: String, source: ContextSource)]

  package init(_ manifest: Manifest, kernels: KernelSet = KernelSet()) {
    self.manifest = manifest
    self.kernels = kernels
    var names: [String] = []
    sources = manifest.attributeFeatures.map { feature in
      guard let name = feature.attribute else { return Source(feature, column: nil, manifest.profileNames) }
      if let known = names.firstIndex(of: name) { return Source(feature, column: known, manifest.profileNames) }
      names.append(name)
      return Source(feature, column: names.count - 1, manifest.profileNames)
    }
    attributeNames = names
    contextSources = manifest.contextFeatures.map { ($0.name, ContextSource($0)) }
  }

  /// Number of inputs that `assemble` writes per candidate.
  package var columns: Int { manifest.candidateInputCount }

  /// Prepares a query's inputs as far as that is done once for all candidates.
  ///
  /// Names that the model does not use are ignored; a word where it wants a number, or the reverse, counts as missing.
  package func prepare(
    _ candidates: CandidateInputs, user: UserVectors, context: [String: ContextValue]
  ) -> QueryInputs {
    let (m, r) = (candidates.count, manifest.collection.rerankDimension)
    precondition(user.vector.count == manifest.userDimension, "a user vector of \(user.vector.count)")
    precondition(user.profile.count == manifest.profileDimension, "a profile of \(user.profile.count)")
    precondition(candidates.columns.count == attributeNames.count, "\(candidates.columns.count) columns")
    precondition(
      m == 0 || !manifest.readsItemVectors || (candidates.reranks.rowCapacity == m && candidates.reranks.columns == r),
      "rerank vectors are [m, r]")
    var inputs: [Float] = []
    for (name, source) in contextSources { source.append(context[name], to: &inputs) }
    return QueryInputs(
      user: manifest.usesUser ? user.vector + user.profile : [], candidates: candidates,
      vector: FloatMatrix(rows: [user.vector], columns: user.vector.count),
      values: sources.map { $0.values(of: candidates, profile: user.profile, context) }, context: inputs)
  }

  /// Writes the inputs of candidates `rows` into the first rows of `matrix`, `[…, columns]`.
  package func assemble(_ query: QueryInputs, rows: Range<Int>, into matrix: FloatMatrix) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= query.count, "candidates \(rows) of \(query.count)")
    precondition(rows.count <= matrix.rowCapacity && matrix.columns == columns, "no room for the inputs")
    var column = 0
    if manifest.readsItemVectors { writeVectors(query, rows, into: matrix, &column) }
    for values in query.values {
      values.write(rows, scores: query.candidates.retrievalScores, kernels, into: matrix, &column)
    }
    for row in 0..<rows.count where !query.context.isEmpty { matrix.write(query.context, row: row, column: column) }
  }

  /// Writes item, product and dot.
  private func writeVectors(_ query: QueryInputs, _ rows: Range<Int>, into matrix: FloatMatrix, _ column: inout Int) {
    let rounds = manifest.arithmetic.roundsItems && !query.candidates.isRounded
    let reranks =
      rounds ? kernels.roundedToBFloat16(query.candidates.reranks, rows: rows) : query.candidates.reranks
    let items = (rounds ? 0..<rows.count : rows).map { UInt32($0) }
    if manifest.usesItem {
      kernels.gather(reranks, items[...], into: matrix, column: column)
      column += reranks.columns
    }
    guard manifest.usesProduct || manifest.usesDot else { return }
    let pairs = RowPairs(query.vector, [UInt32](repeating: 0, count: rows.count)[...], reranks, items[...])
    if manifest.usesProduct {
      kernels.products(pairs, into: matrix, column: column)
      column += reranks.columns
    }
    if manifest.usesDot {
      kernels.dots(pairs, into: matrix, column: column)
      column += 1
    }
  }
}
