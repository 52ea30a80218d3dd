package import DataSets
package import Kernels
import Ranking
package import Text
package import Towers
package import Vocabulary

/// Answers searches by words as a cluster with the same model and items would: the best by words and the best by vector,
/// both in one order, then the network over the first `depth` of them.
package struct SearchRanker: Sendable {
  /// An item of a list.
  package struct Candidate: Sendable, Equatable {
    /// In the catalogue.
    package let row: UInt32
    /// 0: it has none of the words.
    package let lexical: Float
    /// The inner product with the query vector.
    package let product: Float
    /// Both in one.
    package let fused: Float

    /// The same with the network's logit.
    func ranked(_ logit: Float) -> WordRanking.Candidate {
      WordRanking.Candidate(lexical: lexical, product: product, fused: fused, logit: logit)
    }
  }

  /// What a search finds.
  package struct Found: Sendable {
    /// Rows of the two lists, the best first.
    package let words, vector: [UInt32]
    /// The items of both lists, the best fused score first.
    package let union: [Candidate]
    /// The first of them that have a logit of the network, with it.
    package let ranked: [(row: UInt32, candidate: WordRanking.Candidate)]
    /// What the order reads of the query.
    package let inputs: [Float]
    /// The first of the union, in the order of results.
    package let results: [UInt32]
  }

  private static let lengtheningsMax = 3

  private let ranker: TwoPhaseRanker
  private let words: WordScores
  private let analyser: QueryAnalyser

  /// - Returns: `nil` for a model that does not have what a search by words needs.
  /// - Throws: For a language that there is not.
  package init?(_ served: ServedModel, kernels: KernelSet = KernelSet()) throws(TextError) {
    guard let words = served.model.words, let texts = served.texts else { return nil }
    ranker = TwoPhaseRanker(served, kernels: kernels)
    analyser = words.analyser
    let terms = try TextAnalyser(language: words.lexicon.language)
    self.words = WordScores(
      texts.ofItems.map { $0.map { terms.terms(of: $0 ?? "") } }, lexicon: words.lexicon,
      fields: texts.settings.fields.map { .init(weight: $0.weight, b: $0.b, average: $0.average) },
      k1: texts.settings.k1)
  }

  private var served: ServedModel { ranker.served }

  /// The items that are searched, by their rows.
  package var ids: CatalogueIDs { served.ids }

  /// The words of a text as they are searched for.
  ///
  /// - Throws: `queryTooLong`.
  package func query(_ text: String) throws(TextError) -> WordQuery { try analyser.query(text) }

  /// Searches.
  ///
  /// - Parameters:
  ///   - query: Of the text.
  ///   - user: `nil`: a shopper that the model does not know.
  ///   - hidden: Rows that are left out.
  ///   - depth: Items of each list, and candidates of the network.
  ///   - k: Results that are to be proven, for which lists become longer.
  package func search(
    _ query: WordQuery, user: UserID?, hidden: Set<Int>, context: EventContext, depth: Int, k: Int,
    in room: inout CatalogueRoom
  ) -> Found {
    let model = served.model
    let stored = user.flatMap { model.users.state(of: $0)?.history } ?? []
    let known = user.flatMap { model.users[$0] } ?? ranker.unknown
    let d = model.manifest.collection.embeddingDimension
    let shopper = known ?? model.user(query: [Float](repeating: 0, count: d))
    let hasTerms = !query.terms.isEmpty
    let history = stored.suffix(Self.historyMax).compactMap { id in
      served.ids.row(of: ItemID(id)).map { served.embeddings.row(Int($0)) }
    }
    let blended = hasTerms ? model.query(typed: query.typed, query: known?.query, history: history) : nil
    let vector = PaddedVector(blended?.vector ?? shopper.query)
    let inputs = blended?.inputs ?? WordRanking.noQuery
    let scores = words.scores(query)
    let excluded = hidden.filter { $0 < served.ids.count }.map { UInt32($0) }.sorted()
    var listDepth = min(depth, Limits.wordedSearchLimitMax)
    var found = lists(vector, scores, excluded, listDepth, k, in: &room)
    for _ in 0..<Self.lengtheningsMax where !found.isProven && listDepth < Limits.wordedSearchLimitMax {
      listDepth = min(2 * listDepth, Limits.wordedSearchLimitMax)
      found = lists(vector, scores, excluded, listDepth, k, in: &room)
    }
    let candidates = Array(found.union.prefix(depth))
    let logits = ranker.reranker.rerank(
      ranker.inputs(candidates.map(\.row), scores: candidates.map(\.product)), user: shopper,
      context: context.context)
    let ranking = model.wordRanking
    let order = RankedOrder(
      ids: candidates.map { served.ids[$0.row] },
      logits: zip(candidates, logits).map { candidate, logit in
        hasTerms ? logit.flatMap { ranking.score(candidate.ranked($0.value), query: inputs) } : logit
      })
    return Found(
      words: found.words, vector: found.vector, union: found.union,
      ranked: zip(candidates, logits).compactMap { candidate, logit in
        logit.map { (candidate.row, candidate.ranked($0.value)) }
      }, inputs: inputs,
      results: order.positions.map { candidates[$0].row })
  }

  private static let historyMax = 30

  private struct Lists {
    let words, vector: [UInt32]
    let union: [Candidate]
    let isProven: Bool
  }

  /// Both lists, and whether no other item can be among the first k.
  private func lists(
    _ query: PaddedVector, _ lexical: [Float], _ excluded: [UInt32], _ depth: Int, _ k: Int,
    in room: inout CatalogueRoom
  ) -> Lists {
    let kernels = ranker.kernels
    let byWords = room.scan.scan(count: served.ids.count, excluding: excluded, targets: [], limit: depth) {
      rows, scores in
      for (place, row) in rows.enumerated() { scores[place] = lexical[row] }
    }
    let words = Array(zip(byWords.rows, byWords.scores).prefix { $1 > 0 }.map { $0.0 })
    let byVector = room.scan.scan(count: served.ids.count, excluding: excluded, targets: [], limit: depth) {
      rows, scores in kernels.dots(query, served.embeddings, rows: rows, into: &scores)
    }
    // Without a text tower nothing says that an item without any of the words fits them.
    let weight = served.model.lexicalWeight
    let isOfWordsAlone = weight == nil && !words.isEmpty
    let rows = isOfWordsAlone ? words : Array(Set(byVector.rows).union(words)).sorted()
    var products = [Float](repeating: 0, count: rows.count)
    kernels.dots(query, served.embeddings, rows: rows, into: &products)
    func fused(_ lexical: Float, _ product: Float) -> Float { weight.map { $0 * lexical + product } ?? lexical }
    let union = zip(rows, products).map { row, product in
      let own = lexical[Int(row)]
      return Candidate(row: row, lexical: own, product: product + 0, fused: fused(own, product))
    }.sorted { a, b in
      if a.fused != b.fused { return a.fused > b.fused }
      return a.product != b.product ? a.product > b.product : a.row < b.row
    }
    func isProven() -> Bool {
      if isOfWordsAlone { return words.count < depth || union.count >= k }
      guard byVector.rows.count == depth, let last = byVector.scores.last, union.count >= k else { return true }
      let least = words.count == depth ? words.last.map { lexical[Int($0)] } ?? 0 : 0
      return union[k - 1].fused >= fused(least, last)
    }
    return Lists(words: words, vector: byVector.rows, union: union, isProven: isProven())
  }
}
