package import Vocabulary
package import Wire

/// The shape of a reply: its columns and vectors besides the best items.
package struct SearchShape: Sendable, Equatable {
  /// The instance that was searched.
  package var generation: Generation
  /// The columns that were asked for, in their order.
  package var columns: [AttributeDefinition]
  /// How rerank vectors travel.
  package var encoding: VectorEncoding
  /// Dimension r of the rerank vectors; 0 with `.none`.
  package var rerankDimension: Int

  /// A shape of its parts.
  package init(
    generation: Generation, columns: [AttributeDefinition] = [], encoding: VectorEncoding = .none,
    rerankDimension: Int = 0
  ) {
    self.generation = generation
    self.columns = columns
    self.encoding = encoding
    self.rerankDimension = rerankDimension
  }
}

/// One reply of a shard, checked: candidates in the one order, all behind where the search began.
package struct SearchPart: Sendable {
  /// Strictly ascending in the one order, or in that of the attributes that were sorted by.
  package let candidates: [Candidate]
  /// The reply that they came in.
  package let response: SearchResponse
  /// How well the words of each fit; empty in a search by vector alone.
  let lexicalScores: [Float]
  /// In which step it came.
  package var phase = Phase.roundTrip

  /// - Returns: `nil` if the reply is not one to this search.
  ///
  /// - Parameters:
  ///   - hasWords: Whether it was a search by words, which finds up to twice the limit.
  ///   - isSorted: Whether it was a search that sorts by attributes, so that scores come in any order.
  package init?(
    _ response: SearchResponse, limit: Int, after: Candidate?, shape: SearchShape, hasWords: Bool = false,
    isSorted: Bool = false
  ) {
    let rerank = response.rerank
    guard response.ids.count <= (hasWords ? 2 * limit : limit),
      response.words.scores.count == (hasWords ? response.ids.count : 0),
      !hasWords || !response.isComplete || response.words.isPlausible(limit: limit),
      response.generation == shape.generation, rerank.encoding == shape.encoding,
      rerank.dimension == shape.rerankDimension,
      response.attributes.columns.elementsEqual(shape.columns, by: { $0.name == $1.name && $0.type == $1.type })
    else { return nil }
    var candidates: [Candidate] = []
    candidates.reserveCapacity(response.ids.count)
    var last = after
    for (id, value) in zip(response.ids, response.scores) {
      guard let score = Score(value) else { return nil }
      let candidate = Candidate(score: score, itemID: ItemID(id))
      if let last, !isSorted, candidate <= last { return nil }
      candidates.append(candidate)
      last = candidate
    }
    self.candidates = candidates
    lexicalScores = response.words.scores
    self.response = response
  }
}

extension SearchedWords {
  /// Whether each list that is said to go on has as many items as it was asked for.
  fileprivate func isPlausible(limit: Int) -> Bool {
    (hasAllItems || scores.count >= limit) && (hasAllWithTerms || scores.count { $0 > 0 } >= limit)
  }
}
