import Filters
import Kernels
import Ranking
import Vocabulary
import Wire

/// What the shopper has had, as candidates besides those that retrieval finds: where people buy again, the network ranks
/// them wherever retrieval would put them. Also what a table of neighbours names, which no search finds.
///
/// Their owners send them as they send session items, and the coordinator scores and filters them as a shard would.
struct OwnCandidates: Sendable {
  /// Which items a query needs; empty if the model reads neither what shoppers have had nor a table of neighbours, and in
  /// a search by words. Searches leave the neighbours out: only here is their whole score known.
  static func ids(_ plan: QueryPlan, _ vectors: QueryVectors) -> (all: [UInt64], neighbours: [UInt64]) {
    // What a search by words answers is what has the words.
    let user = plan.hasTerms ? nil : vectors.user
    let pins = plan.page.pins
    guard user?.owned.isEmpty == false || user?.neighbours.isEmpty == false || !pins.isEmpty else { return ([], []) }
    let excluded = Set(plan.exclude)
    let forced = Set(pins.filter(\.isForced).map(\.item))
    let wanted = Set((user?.owned.ids ?? []) + pins.map(\.item))
      .filter { !excluded.contains($0) || forced.contains($0) }
    let neighbours = (user?.neighbours.keys.filter { !excluded.contains($0) } ?? []).sorted()
      .prefix(Limits.excludeMax - excluded.count)
    return (wanted.union(neighbours).sorted(), Array(neighbours))
  }

  /// Asks for items with all that a search would bring of them, and what the filter reads.
  static func request(_ plan: QueryPlan, ids: [UInt64]) -> GetRequest {
    var request = GetRequest(collection: plan.collection.name, ids: ids)
    request.generation = plan.collection.generation
    request.wantsEmbeddings = true
    request.wantsRerank = plan.shape.encoding != .none
    let names = plan.shape.columns.map(\.name)
    request.attributes = plan.filter == nil ? (names.isEmpty ? .none : .named(names)) : .all
    return request
  }

  /// The items of each shard that pass the filter, as if a search had found them.
  let parts: [(shard: ShardID, part: SearchPart)]

  /// Whether every owner has answered for all that it was asked for.
  let isWhole: Bool

  init(_ plan: QueryPlan, _ vectors: QueryVectors, _ shares: [ItemService.Share]) {
    let neighbours = vectors.user?.neighbours ?? [:]
    isWhole = shares.allSatisfy { (try? $0.result.get()) != nil && $0.isComplete }
    let kernels = KernelSet()
    let vector = PaddedVector(vectors.query)
    let schema = plan.collection.schema
    let filter = plan.filter.flatMap { try? $0.typed(against: schema) }
    let forced = Set(plan.page.pins.filter(\.isForced).map(\.item))
    parts = shares.compactMap { share in
      guard case .success(let response) = share.result else { return nil }
      let columns = response.attributes.columns
      let place = Dictionary(columns.enumerated().map { ($1.name, $0) }) { first, _ in first }
      let row = { (row: Int, definition: AttributeDefinition) in
        place[definition.name].flatMap { response.attributes.value(row: row, column: $0) }
      }
      let d = response.embeddingDimension
      let rows = response.ids.indices.filter { index in
        forced.contains(response.ids[index]) || filter?.matches(schema.attributes.map { row(index, $0) }) ?? true
      }
      let scored: [(row: Int, candidate: Candidate)] = rows.compactMap { index in
        let item = FloatMatrix(rows: [Array(response.embeddings[index * d..<(index + 1) * d])], columns: d)
        let added = neighbours[response.ids[index]] ?? 0
        return Score(kernels.dot(vector, item, row: 0) + added).map {
          (index, Candidate(score: $0, itemID: ItemID(response.ids[index])))
        }
      }.sorted { $0.candidate < $1.candidate }
      var found = SearchResponse()
      found.generation = plan.shape.generation
      found.ids = scored.map(\.candidate.itemID.rawValue)
      found.scores = scored.map(\.candidate.score.value)
      found.attributes = AttributeTable(
        rows: scored.map { scored in plan.shape.columns.map { row(scored.row, $0) } }, definitions: plan.shape.columns)
      let r = plan.shape.rerankDimension
      found.rerank = RerankVectors(
        plan.shape.encoding, dimension: r,
        values: r == 0 ? [] : scored.flatMap { response.rerank[$0.row * r..<($0.row + 1) * r] })
      guard var part = SearchPart(found, limit: scored.count, after: nil, shape: plan.shape) else { return nil }
      part.phase = .ownItems
      return (share.shard, part)
    }
  }
}
