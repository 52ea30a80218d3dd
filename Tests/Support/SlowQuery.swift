package import Filters
import Ranking
package import Vocabulary
package import Wire

/// A whole query over items in memory as plain loops, written from the spec's text (`03-messages/rank.md`): the twin
/// whose `results` a cluster of any number of shards must equal byte for byte.
package struct SlowQuery: Sendable {
  package let schema: CollectionSchema
  package let items: [Item]
  package let model: SlowModel?

  /// What the twin would answer.
  package struct Answer: Sendable {
    package let results: RankResults
    /// The vector that was searched by.
    package let query: [Float]
    /// Items that the filter passes.
    package let passed: Int
  }

  /// - Parameter items: Each id once.
  package init(schema: CollectionSchema, items: [Item], model: SlowModel? = nil) {
    self.schema = schema
    self.items = items
    self.model = model
  }

  /// Answers a request that a coordinator would accept.
  ///
  /// - Returns: `nil` where the answer is UNKNOWN_USER.
  package func answer(_ request: RankRequest) throws(FilterError) -> Answer? {
    guard let (query, user) = vectors(request) else { return nil }
    let filter = request.filter.isEmpty ? nil : try FilterParser.parse(request.filter).typed(against: schema)
    let passing = items.filter { filter?.matches($0.attributes) ?? true }
    let excluded = Set(request.exclude)
    var candidates = SlowSearch.search(passing, query: query, limit: request.depth) {
      !excluded.contains($0.id.rawValue)
    }
    // What the shopper has had is ranked too, wherever retrieval puts it.
    let found = Set(candidates.map(\.itemID))
    let own = passing.filter { item in
      user.owned[item.id.rawValue] != nil && !excluded.contains(item.id.rawValue) && !found.contains(item.id)
    }
    candidates += SlowSearch.search(own, query: query, limit: own.count) { _ in true }
    var byID: [ItemID: Item] = [:]
    for item in items { byID[item.id] = item }

    var rows: [(item: Item, score: Float, logit: Float?)] = []
    for candidate in candidates {
      guard let item = byID[candidate.itemID] else { continue }
      let logit = model.map { model in
        model.logit(
          model.inputs(
            user, item, score: candidate.score.value, schema: schema, context: Self.context(request)))
      }
      rows.append((item, candidate.score.value, logit.flatMap { $0.isFinite ? $0 : nil }))
    }
    if model != nil {
      rows.sort { a, b in
        switch (a.logit, b.logit) {
        case (.some(let x), .some(let y)): x != y ? x > y : a.item.id.rawValue < b.item.id.rawValue
        case (.some, nil): true
        case (nil, .some): false
        case (nil, nil): a.item.id.rawValue < b.item.id.rawValue
        }
      }
    }
    if let cap = request.groupCap, let column = schema.attributeIndex(named: cap.attribute) {
      var counts: [AttributeValue: Int] = [:]
      rows = rows.filter { row in
        guard let value = row.item.attributes[column] else { return true }
        counts[value, default: 0] += 1
        return counts[value, default: 0] <= Int(cap.most)
      }
    }
    return Answer(
      results: results(Array(rows.prefix(request.k)), request), query: query, passed: passing.count)
  }

  private func results(
    _ rows: [(item: Item, score: Float, logit: Float?)], _ request: RankRequest
  ) -> RankResults {
    let columns: [Int] =
      switch request.attributes {
      case .none: []
      case .all: Array(schema.attributes.indices)
      case .named(let names): names.compactMap { schema.attributeIndex(named: $0) }
      }
    return RankResults(
      isExact: true, isRanked: model != nil, rerankedCount: rows.count { $0.logit != nil },
      ids: rows.map(\.item.id.rawValue), retrievalScores: rows.map(\.score), logits: rows.map { $0.logit ?? 0 },
      attributes: AttributeTable(
        rows: rows.map { row in columns.map { row.item.attributes[$0] } },
        definitions: columns.map { schema.attributes[$0] }
      ))
  }

  /// Who is asked for: the query vector and the network's inputs about the shopper.
  private func vectors(_ request: RankRequest) -> (query: [Float], user: UserVectors)? {
    let session = request.sessionItems.compactMap { id in items.first { $0.id.rawValue == id } }
    let known = request.user.flatMap { model?.users[$0] }
    var own: UserVectors?
    let query: [Float]
    if !request.vector.isEmpty {
      query = request.vector
    } else if let known {
      (query, own) = (known.query, known)
    } else if !session.isEmpty {
      query = SlowArithmetic.mean(session.map(\.embedding))
    } else if let fallback = model?.fallback {
      (query, own) = (fallback.query, fallback)
    } else {
      return nil
    }
    let u = model?.manifest.userDimension ?? 0
    let vector: [Float]
    if !request.userVector.isEmpty {
      vector = request.userVector
    } else if let own {
      vector = own.vector
    } else if u == schema.rerankDimension, !session.isEmpty {
      vector = SlowArithmetic.mean(session.map(\.rerank))
    } else if u == query.count {
      vector = query
    } else {
      vector = [Float](repeating: 0, count: u)
    }
    let zeros = [Float](repeating: 0, count: model?.manifest.profileDimension ?? 0)
    let profile = own?.profile ?? model?.fallback?.profile ?? zeros
    var vectors = UserVectors(query: query, vector: vector, profile: profile)
    vectors.owned = owned(own?.owned ?? OwnedItems(), request)
    return (query, vectors)
  }

  /// What the shopper has had, with the session as events of the request's day (`08-files/model.md`, *Sessions*).
  private func owned(_ owned: OwnedItems, _ request: RankRequest) -> OwnedItems {
    guard let feature = model?.manifest.owned else { return owned }
    var had: [UInt64: OwnedItems.Item] = [:]
    for id in owned.ids { had[id] = owned[id] }
    var day: Double?
    if case .number(let number) = Self.context(request)[feature.context] { day = Double(number) }
    for id in request.sessionItems {
      guard let item = had[id] else {
        had[id] = OwnedItems.Item(count: 1, day: Float(day ?? 0), level: 0)
        continue
      }
      let now = day ?? Double(item.day)
      let level = Double(item.level) - (now - Double(item.day)) / feature.halfLife
      had[id] = OwnedItems.Item(
        count: item.count + 1, day: Float(now), level: Float(SlowArithmetic.log2OfOneMore(level)))
    }
    let ids = had.keys.sorted()
    return OwnedItems(ids: ids, items: ids.compactMap { had[$0] }[...])
  }

  private static func context(_ request: RankRequest) -> [String: ContextValue] {
    var context: [String: ContextValue] = [:]
    for (name, value) in request.context {
      switch value {
      case .number(let number): context[name] = .number(number)
      case .keyword(let word): context[name] = .word(word.exact)
      }
    }
    return context
  }
}
