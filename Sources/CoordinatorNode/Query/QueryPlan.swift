package import Filters
package import Placement
import Ranking
import Towers
package import Vocabulary
package import Wire

/// A RANK request that fits its collection, and what its searches have to bring.
package struct QueryPlan: Sendable {
  /// As it came.
  package let request: RankRequest
  /// The collection and its model, as they were when the query began.
  package let collection: ServingCollection
  /// The map that routes the query.
  package let map: ShardMap
  /// Typed against the schema, so no shard refuses it.
  package let filter: Filter?
  /// Strictly ascending.
  package private(set) var exclude: [UInt64]
  /// What the shopper's history is known to hold.
  private(set) var history = RecalledHistory.notAsked
  /// How many of the items to leave out are so for the history's sake.
  private(set) var excludedCount = 0
  /// The words that are searched for; `nil`: there are none.
  package private(set) var words: WordSearch?
  /// What is folded into the query vector; `nil`: nothing.
  private(set) var fold: SessionFold?
  /// What each reply must look like; its columns are the model's, the group's and the reply's, none twice.
  package let shape: SearchShape
  /// What is done for a search page besides.
  var page: PagePlan
  /// The limit of results of one group: that of a rule, else that of the request.
  let cap: RankRequest.GroupCap?
  /// What the rules that act ask for.
  let effect: RuleEffect
  /// The positions in `shape.columns` of the columns that the model reads, in its order.
  let modelColumns: [Int]
  /// The position of the group attribute's column.
  let groupColumn: Int?
  /// The positions of the columns that words are searched in, if an explanation names those of each result.
  let wordColumns: [Int]
  /// The positions of the columns of the results, in the order asked for.
  let resultColumns: [Int]

  /// Checks a request against the data that serves.
  ///
  /// - Throws: the code that the page of RANK names, the first in the order of the body.
  package init(
    _ request: RankRequest, _ serving: Serving, effect: RuleEffect = RuleEffect()
  ) throws(WireError) {
    let collection = try serving.collection(request.collection, request.generation)
    let schema = collection.schema
    let model = collection.model?.model
    var columns: [AttributeDefinition] = []
    let position = { (definition: AttributeDefinition) in
      if let known = columns.firstIndex(of: definition) { return known }
      columns.append(definition)
      return columns.count - 1
    }
    var modelColumns: [Int] = []
    for name in collection.model?.reranker.assembler.attributeNames ?? [] {
      modelColumns.append(position(try collection.definition(name, at: nil)))
    }
    let cap = effect.cap ?? request.groupCap
    (self.cap, self.effect) = (cap, effect)
    groupColumn = try cap.map { (cap) throws(WireError) in
      let definition = try collection.definition(cap.attribute, at: RankRequest.groupAttributeOffset)
      guard [.keyword, .int, .bool].contains(definition.type) else {
        throw WireError(
          .unknownAttribute, fieldOffset: RankRequest.groupAttributeOffset,
          message: "a group attribute is a keyword, an int or a bool")
      }
      return position(definition)
    }
    guard request.vector.isEmpty || request.vector.count == schema.embeddingDimension else {
      throw WireError(
        .dimensionMismatch, fieldOffset: request.vectorOffset,
        message: "the query vector has \(schema.embeddingDimension) components, as the collection's embeddings")
    }
    if let model {
      guard request.userVector.isEmpty || request.userVector.count == model.manifest.userDimension else {
        throw WireError(
          .dimensionMismatch, fieldOffset: request.userVectorOffset,
          message: "the user vector has \(model.manifest.userDimension) components, as the model's user input")
      }
    }
    let filter = try Self.filter(request, schema, effect)
    self.filter = filter
    let explainsWords = !request.words.isEmpty && request.explainedCount > 0
    wordColumns = try (explainsWords ? schema.text?.fields ?? [] : []).map { (field) throws(WireError) in
      position(try collection.definition(field.attribute, at: nil))
    }
    resultColumns = try collection.definitions(request.attributes, at: request.attributesPlace).map(position)
    page = try PagePlan(request, collection, filter: filter, effect, position)
    exclude = request.exclude.isEmpty ? [] : Self.ascending(request.exclude)
    let readsItem = model?.manifest.readsItemVectors ?? false
    let encoding: VectorEncoding = model?.manifest.arithmetic.roundsItems == true ? .bfloat16 : .float32
    let hasVectors = readsItem && schema.rerankDimension > 0
    shape = SearchShape(
      generation: collection.generation, columns: columns, encoding: hasVectors ? encoding : .none,
      rerankDimension: hasVectors ? schema.rerankDimension : 0)
    self.modelColumns = modelColumns
    fold = SessionFold(request, model)
    self.request = request
    self.collection = collection
    map = serving.map
  }

  /// Takes the words of the request apart.
  ///
  /// - Throws: UNKNOWN_ATTRIBUTE if the collection is not searched by words.
  package mutating func analyse() throws(WireError) { words = try WordSearch(request, collection) }

  /// Whether the query searches by words: those that were given have a term.
  package var hasTerms: Bool { words?.terms.isEmpty == false }

  /// Whether the list is sorted by attributes in place of the model.
  var isSorted: Bool { !page.sort.isEmpty }

  /// Places of the list that an answer is cut from.
  var listDepth: Int {
    guard isSorted else { return request.depth }
    let wanted = request.page.wantsNext || !request.page.token.isEmpty ? request.depth : request.k
    return min(wanted, hasTerms ? Limits.wordedSearchLimitMax : Limits.searchLimitMax)
  }

  /// How the scores of a search by words become one.
  var fusion: Fusion { collection.model?.model.lexicalWeight.map { .sum(weight: $0) } ?? .words }

  /// The shopper's items that the model's vector of words attends to, oldest first: the events that the model stores,
  /// those that came later, and the session; none without such vectors.
  var wordHistory: [UInt64] {
    guard hasTerms, request.vector.isEmpty, let model = collection.model?.model, model.text != nil else { return [] }
    let stored = request.user.flatMap { model.users.state(of: $0)?.history } ?? []
    let past = history.counted(isKnown: !stored.isEmpty, cut: model.tower?.settings.cut).map(\.item)
    let met = Set(past)
    return Array((stored + past + request.sessionItems.filter { !met.contains($0) }).suffix(Self.wordHistoryMax))
  }

  /// Items of a shopper that a query with words attends to at most.
  private static let wordHistoryMax = 30

  /// Whether the shopper's history is read: it says what to leave out, also where the query brings its own vector.
  var wantsHistory: Bool { request.user != nil && collection.hasEvents }

  /// Takes what the shopper's history says: events to fold in, and items to leave out.
  mutating func recall(_ history: RecalledHistory) {
    self.history = history
    fold = SessionFold(request, collection.model?.model, history)
    let asked = Set(exclude)
    // Should all together be more than a search takes, the request's own go first.
    let more = history.excluded(by: request.seenRules).filter { !asked.contains($0) }
      .suffix(Limits.excludeMax - exclude.count)
    guard !more.isEmpty else { return }
    excludedCount = more.count
    exclude = (exclude + more).sorted()
  }

  /// The same plan where these items are fetched from their owners: its searches leave them out, and count them.
  func searching(without fetched: [UInt64]) -> QueryPlan {
    guard !fetched.isEmpty else { return self }
    var plan = self
    plan.exclude = (exclude + fetched).sorted()
    if page.counting.counts { plan.page.counting.counted = fetched }
    return plan
  }

  /// The shards that have slots.
  package var targets: [ScatterGather.Target] {
    zip(map.shards, map.slotCounts).filter { $1 > 0 }.map { ScatterGather.Target(shard: $0.id, slots: $1) }
  }

  /// A search of one shard.
  package func search(
    _ query: [Float], limit: Int, after: Candidate?, snapshot: UInt64
  ) -> SearchRequest {
    var search = SearchRequest(
      collection: collection.name, generation: collection.generation, limit: limit, query: query)
    search.snapshot = snapshot
    search.after = after
    search.encoding = shape.encoding
    search.attributes = shape.columns.map(\.name)
    search.filter = filter
    search.exclude = exclude
    search.requestID = request.requestID
    search.terms = words?.terms ?? []
    // A second search, on the state of the first, has nothing more to count.
    search.counting = after == nil ? page.counting : SearchCounting()
    return search
  }

  private static func filter(
    _ request: RankRequest, _ schema: CollectionSchema, _ effect: RuleEffect
  ) throws(WireError) -> Filter? {
    let asked = try request.parsedFilter()
    do throws(FilterError) { _ = try asked?.typed(against: schema) } catch { throw WireError(error, filterAt: nil) }
    return effect.filter(with: asked)
  }

  private static func ascending(_ ids: [UInt64]) -> [UInt64] {
    var ascending: [UInt64] = []
    ascending.reserveCapacity(ids.count)
    for id in ids.sorted() where id != ascending.last { ascending.append(id) }
    return ascending
  }
}
