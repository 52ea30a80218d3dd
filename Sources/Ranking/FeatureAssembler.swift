package import Kernels
import Vocabulary

/// Makes the network's inputs: per query the user's, per candidate item | product | dot | attributes | context.
///
/// One implementation for serving and for training, so that both see the same bits.
package struct FeatureAssembler: Sendable {
  /// The part of the inputs that all candidates of a query share.
  package struct QueryInputs: Sendable {
    /// User vector, then profile, `[userInputCount]`.
    package let user: [Float]
    /// The user vector `[u]`, for product and dot.
    let vector: PaddedVector
    /// The inputs of the context features, in the order of the manifest.
    let context: [Float]
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
      guard let name = feature.attribute else { return Source(feature, column: 0) }
      if let known = names.firstIndex(of: name) { return Source(feature, column: known) }
      names.append(name)
      return Source(feature, column: names.count - 1)
    }
    attributeNames = names
    contextSources = manifest.contextFeatures.map { ($0.name, ContextSource($0)) }
  }

  /// Number of inputs that `assemble` writes per candidate.
  package var columns: Int { manifest.candidateInputCount }

  /// Prepares what all candidates share.
  ///
  /// Names that the model does not use are ignored; a word where it wants a number, or the reverse, counts as missing.
  package func prepare(_ user: UserVectors, context: [String: ContextValue]) -> QueryInputs {
    precondition(user.vector.count == manifest.userDimension, "a user vector of \(user.vector.count)")
    precondition(user.profile.count == manifest.profileDimension, "a profile of \(user.profile.count)")
    var inputs: [Float] = []
    for (name, source) in contextSources { source.append(context[name], to: &inputs) }
    return QueryInputs(
      user: manifest.usesUser ? user.vector + user.profile : [], vector: PaddedVector(user.vector), context: inputs)
  }

  /// Writes the inputs of candidates `rows` into the first rows of `matrix`, `[…, columns]`.
  package func assemble(
    _ candidates: CandidateInputs, rows: Range<Int>, _ query: QueryInputs, into matrix: FloatMatrix
  ) {
    let r = manifest.collection.rerankDimension
    precondition(candidates.columns.count == attributeNames.count, "\(candidates.columns.count) columns")
    precondition(candidates.reranks.count == candidates.count * r, "rerank vectors are [m, r]")
    precondition(rows.count <= matrix.rowCapacity && matrix.columns == columns, "no room for the inputs")
    let vector = query.vector.values
    let dots = manifest.usesDot ? self.dots(candidates, rows, query) : []
    for (row, candidate) in rows.enumerated() {
      let item = candidates.reranks[candidate * r..<(candidate + 1) * r]
      matrix.withMutableRow(row) { out in
        var at = 0
        if manifest.usesItem {
          for value in item {
            out[at] = value
            at += 1
          }
        }
        if manifest.usesProduct {
          for (index, value) in item.enumerated() {
            out[at] = vector[index] * value
            at += 1
          }
        }
        if manifest.usesDot {
          out[at] = dots[row]
          at += 1
        }
        for source in sources { source.write(candidates, candidate, &out, &at) }
        for value in query.context {
          out[at] = value
          at += 1
        }
      }
    }
  }

  private func dots(_ candidates: CandidateInputs, _ rows: Range<Int>, _ query: QueryInputs) -> [Float] {
    let r = manifest.collection.rerankDimension
    let items = FloatMatrix(rows: rows.count, columns: r)
    for (row, candidate) in rows.enumerated() {
      items.setRow(row, candidates.reranks[candidate * r..<(candidate + 1) * r])
    }
    var dots = [Float](repeating: 0, count: rows.count)
    kernels.dots(query.vector, items, rows: 0..<rows.count, into: &dots)
    return dots
  }
}
