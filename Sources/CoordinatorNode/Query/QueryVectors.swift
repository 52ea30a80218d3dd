package import Ranking
import Text
import Towers
package import Vocabulary
package import Wire

/// By which vectors a query searches and re-ranks, and where they came from (`proto-spec/03-messages/rank.md`).
package struct QueryVectors: Sendable {
  /// What a query needs of items that its shopper has met.
  package struct SessionNeed: Sendable, Equatable {
    /// Of which items, each once, ascending.
    package let ids: [UInt64]
    /// For the query vector.
    package let embeddings: Bool
    /// For the user vector.
    package let rerank: Bool
    /// For the profile.
    package let attributes: [String]
  }

  /// Query vector `[d]`.
  package let query: [Float]
  /// Where the query vector came from.
  package let querySource: RankReport.QuerySource
  /// The network's inputs about the shopper; `nil` without a model.
  package let user: UserVectors?
  /// Where the user vector came from.
  package let userSource: RankReport.UserVectorSource
  /// Session items that exist, repeats counted.
  package let sessionItemsFound: Int
  /// What the order of a search by words reads of its query.
  let wordInputs: [Float]
  /// What was folded; `nil`: nothing was to be.
  let folded: SessionFold.Outcome?

  /// Which vectors of session items the sources of a request may need; `nil`: none, so none are fetched.
  package static func sessionNeed(of plan: QueryPlan) -> SessionNeed? {
    guard !plan.isSorted else { return nil }
    let (need, items) = (shopperNeed(of: plan), plan.wordHistory)
    guard !items.isEmpty else { return need }
    return SessionNeed(
      ids: Set(items + (need?.ids ?? [])).sorted(), embeddings: true, rerank: need?.rerank ?? false,
      attributes: need?.attributes ?? [])
  }

  /// What the shopper's own vectors need.
  private static func shopperNeed(of plan: QueryPlan) -> SessionNeed? {
    let request = plan.request
    guard plan.fold != nil || !request.sessionItems.isEmpty else { return nil }
    let model = plan.collection.model?.model
    let knowsUser = request.user.flatMap { model?.users[$0] } != nil
    let embeddings = request.vector.isEmpty && !knowsUser
    // The model has a user vector of its own for known users only.
    let fromModel = request.vector.isEmpty && knowsUser
    let rerank = request.userVector.isEmpty && !fromModel && Self.takesRerankMean(plan)
    if let fold = plan.fold {
      let hasUserVector = model?.users.fallback != nil || model?.manifest.userVectorSource == .query
      return SessionNeed(
        ids: fold.ids, embeddings: true, rerank: rerank && !hasUserVector, attributes: fold.attributeNames)
    }
    let ids = Set(request.sessionItems).sorted()
    return embeddings || rerank ? SessionNeed(ids: ids, embeddings: embeddings, rerank: rerank, attributes: []) : nil
  }

  /// Chooses the vectors in the order of the page.
  ///
  /// - Parameter session: The session items that exist, by id.
  /// - Throws: UNKNOWN_USER; NON_FINITE_VALUE for a mean that no shard would take.
  package init(_ plan: QueryPlan, session: [UInt64: SessionItem]) throws(WireError) {
    let request = plan.request
    guard !plan.isSorted else {
      query = [Float](repeating: 0, count: plan.collection.schema.embeddingDimension)
      (querySource, userSource, sessionItemsFound) = (.sorted, .none, 0)
      (user, folded, wordInputs) = (nil, nil, [])
      return
    }
    let model = plan.collection.model?.model
    let found = request.sessionItems.compactMap { session[$0] }
    let known = request.user.flatMap { model?.users[$0] }
    let folded = plan.fold?.outcome(session)
    let (query, source): ([Float], RankReport.QuerySource)
    var own: UserVectors?
    if !request.vector.isEmpty {
      (query, source) = (request.vector, .requestVector)
    } else if let vector = folded?.query {
      let session: RankReport.QuerySource = known == nil ? .session : .userAndSession
      source = (folded?.ofHistory ?? 0) > 0 ? .history : session
      (query, own) = (vector, known ?? model?.users.fallback)
    } else if let known {
      (query, source, own) = (known.query, .user, known)
    } else if !found.isEmpty, plan.fold == nil {
      (query, source) = (Self.mean(found.map(\.embedding)), .session)
    } else if let segment = Self.segment(of: request, model) {
      (query, source, own) = (segment.query, .segment, segment)
    } else if let popularity = model?.users.popularity {
      (query, source, own) = (popularity.query, .popularity, popularity)
    } else if let fallback = model?.users.fallback {
      (query, source, own) = (fallback.query, .fallback, fallback)
    } else if let popularity = model?.tower?.popularity {
      (query, source) = (popularity, .popularity)
    } else if plan.hasTerms {
      (query, source) = ([Float](repeating: 0, count: plan.collection.schema.embeddingDimension), .words)
    } else {
      throw WireError(.unknownUser, fieldOffset: request.user.map { _ in RankRequest.userOffset })
    }
    guard VectorCheck.firstFault(in: query, dimension: query.count) == nil else {
      throw WireError(.nonFiniteValue, message: "the mean of the session items' embeddings is no vector to search by")
    }
    let history = plan.wordHistory.compactMap { session[$0]?.embedding }
    let words = plan.words.flatMap { words in
      request.vector.isEmpty
        ? model?.query(typed: words.query.typed, query: source == .words ? nil : query, history: history) : nil
    }
    if let words, VectorCheck.firstFault(in: words.vector, dimension: words.vector.count) == nil {
      (self.query, wordInputs) = (words.vector, words.inputs)
    } else {
      (self.query, wordInputs) = (query, WordRanking.noQuery)
    }
    querySource = source
    sessionItemsFound = found.count
    self.folded = folded
    guard let model else {
      user = nil
      userSource = .none
      return
    }
    let u = model.manifest.userDimension
    let (vector, vectorSource): ([Float], RankReport.UserVectorSource)
    if !request.userVector.isEmpty {
      (vector, vectorSource) = (request.userVector, .request)
    } else if folded?.query != nil, model.manifest.userVectorSource == .query {
      (vector, vectorSource) = (query, .queryVector)
    } else if let own {
      (vector, vectorSource) = (own.vector, Self.userSource(of: source, isKnown: known != nil))
    } else if !found.isEmpty, Self.takesRerankMean(plan) {
      (vector, vectorSource) = (Self.mean(found.map(\.rerank)), .session)
    } else if u == query.count {
      (vector, vectorSource) = (query, .queryVector)
    } else {
      (vector, vectorSource) = ([Float](repeating: 0, count: u), .none)
    }
    var user = model.user(query: query, vector: vector)
    user.neighbours = folded?.neighbours ?? [:]
    if let folded, folded.query != nil { user.profile = folded.profile } else if let own { user.profile = own.profile }
    if let feature = model.manifest.owned {
      user.owned = feature.owned(
        own?.owned ?? OwnedItems(), adding: request.sessionItems, QueryService.context(of: request))
    }
    // A session says more of a shopper than the line of strangers knows.
    if folded?.query == nil { user.scaling = own?.scaling }
    self.user = user
    userSource = u == 0 ? .none : vectorSource
  }

  /// The vectors of the segment that the context names.
  private static func segment(of request: RankRequest, _ model: Model?) -> UserVectors? {
    guard let model, let name = model.manifest.segments?.name,
      case .keyword(let word) = request.context.first(where: { $0.name == name })?.value
    else { return nil }
    return model.users.segment(word)
  }

  /// The source of a user vector that comes with the query vector.
  private static func userSource(
    of source: RankReport.QuerySource, isKnown: Bool
  ) -> RankReport.UserVectorSource {
    switch source {
    case .user, .userAndSession: .user
    case .history: isKnown ? .user : .fallback
    case .segment: .segment
    case .popularity: .popularity
    default: .fallback
    }
  }

  private static func takesRerankMean(_ plan: QueryPlan) -> Bool {
    guard let u = plan.collection.model?.model.manifest.userDimension else { return false }
    return u > 0 && u == plan.collection.schema.rerankDimension
  }

  /// The float32 sum in the order given, each component divided by the count.
  ///
  /// - Precondition: at least one vector, all of one dimension.
  static func mean(_ vectors: [[Float]]) -> [Float] {
    var sum = vectors[0]
    for vector in vectors.dropFirst() { for index in sum.indices { sum[index] += vector[index] } }
    return sum.map { $0 / Float(vectors.count) }
  }
}

/// What a query reads of a session item; vectors are empty if they were not asked for.
package struct SessionItem: Sendable {
  /// `[d]`
  package let embedding: [Float]
  /// `[r]`
  package let rerank: [Float]
  /// By name.
  package let attributes: [String: AttributeValue?]

  /// What was read of one item.
  package init(embedding: [Float], rerank: [Float], attributes: [String: AttributeValue?] = [:]) {
    self.embedding = embedding
    self.rerank = rerank
    self.attributes = attributes
  }
}
