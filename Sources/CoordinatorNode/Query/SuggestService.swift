import Ranking
import Telemetry
import Text
import Transport
import Vocabulary
import Wire

/// Answers SUGGEST (`proto-spec/03-messages/suggest.md`).
struct SuggestService: Sendable {
  /// Searches of the shopper that are suggested.
  private static let ownMax = 3

  let items: ItemService
  let histories: HistoryService
  let cache: ItemCache
  let metrics: SuggestMetrics

  private var clock: any MonotonicClock { items.fleet.surroundings.clock }

  /// Completes what a shopper has begun to type.
  func suggest(_ request: SuggestRequest, _ inbound: InboundRequest) async throws(WireError) -> SuggestResponse {
    let begin = clock.now()
    var waterfall = Waterfall(arrival: inbound.arrival)
    waterfall.add(.queue, from: inbound.arrival, to: begin)
    let serving = items.registry.serving
    let collection = try serving.collection(request.collection, Generation(0))
    var response = SuggestResponse()
    response.model = collection.model?.model.id ?? 0
    if let suggestions = collection.model?.model.suggestions {
      let split = DeadlineSplit(now: begin, deadline: inbound.deadline, reranks: false)
      let shopper = await shopper(request, suggestions, collection, serving, split, &waterfall)
      let start = clock.now()
      Self.fill(&response, request, suggestions, shopper)
      waterfall.add(.plan, from: start, to: clock.now())
    }
    response.waterfall = waterfall.spans
    metrics.answered(response)
    return response
  }

  // MARK: The shopper

  /// What the shards keep of the shopper; what does not come in time is left out.
  private func shopper(
    _ request: SuggestRequest, _ suggestions: Suggestions, _ collection: ServingCollection, _ serving: Serving,
    _ split: DeadlineSplit, _ waterfall: inout Waterfall
  ) async -> SuggestShopper {
    guard let user = request.user, collection.hasEvents else { return SuggestShopper() }
    let start = clock.now()
    let now = items.fleet.surroundings.wallTime
    var history = RecalledHistory.notRead(now: now)
    do throws(WireError) {
      history = RecalledHistory(try await histories.history(of: user, collection, by: split.historyEnd), now: now)
    } catch { history = .notRead(now: now) }
    let read = clock.now()
    waterfall.add(.history, from: start, to: read)
    var shopper = SuggestShopper(history)
    let attribute = suggestions.attribute
    guard !shopper.items.isEmpty, collection.schema.attributes.contains(where: { $0.name == attribute }) else {
      return shopper
    }
    for value in await values(of: attribute, shopper.items, collection, serving, by: split.sessionEnd) {
      shopper.count(value)
    }
    waterfall.add(.ownItems, from: read, to: clock.now())
    return shopper
  }

  /// An attribute of items: from memory what was read a moment ago, of their owners the rest.
  private func values(
    of attribute: String, _ ids: [UInt64], _ collection: ServingCollection, _ serving: Serving, by deadline: Instant
  ) async -> [AttributeValue] {
    let scope = ItemCache.Scope(
      collection: collection.name, generation: collection.generation, model: collection.model?.model.id ?? 0,
      hasRerank: false, hasEmbedding: false)
    var found = cache.take(ids, of: scope).items
    let missing = ids.filter { found[$0] == nil }
    if !missing.isEmpty {
      let start = clock.now()
      var request = GetRequest(collection: collection.name, ids: missing)
      request.generation = collection.generation
      request.attributes = .named([attribute])
      var fetched: [UInt64: SessionItem?] = [:]
      for share in await items.fetch(request, serving, by: deadline) {
        guard case .success(let response) = share.result else { continue }
        if share.isComplete { for id in share.ids { fetched[id] = .some(nil) } }
        for (row, id) in response.ids.enumerated() {
          fetched[id] = SessionItem(
            embedding: [], rerank: [], attributes: [attribute: response.attributes.value(row: row, column: 0)])
        }
      }
      cache.keep(fetched, of: scope, since: start)
      found.merge(fetched) { $1 }
    }
    return ids.compactMap { found[$0]??.attributes[attribute] ?? nil }
  }

  // MARK: The answer

  private static func fill(
    _ response: inout SuggestResponse, _ request: SuggestRequest, _ suggestions: Suggestions, _ shopper: SuggestShopper
  ) {
    let matches = suggestions.matches(request.prefix)
    response.known = UInt32(clamping: suggestions.count)
    response.history = shopper.state
    response.isCorrected = matches.isCorrected
    response.prefix = matches.prefix
    response.attribute = suggestions.attribute.isEmpty ? nil : suggestions.attribute
    let own = own(request, matches, shopper)
    let most = matches.places.map { query($0, suggestions, shopper) }
    let ranked = most.filter { query in !own.contains { $0.key == Suggestions.key(of: query.text).exact } }.map {
      (query: $0, score: SignedLog.log1p(Double($0.users)) * (1 + Double($0.preference)))
    }.sorted { ($1.score, $0.query.text.exact) < ($0.score, $1.query.text.exact) }
    response.queries = Array(
      (own.map { own in
        var query = SuggestResponse.Query(.own, text: own.text)
        if let known = most.first(where: { Suggestions.key(of: $0.text).exact == own.key }) {
          (query.users, query.preference, query.categories) = (known.users, known.preference, known.categories)
        }
        return query
      } + ranked.map(\.query)).prefix(request.k))
    response.categories = categories(matches, suggestions, shopper, request.k)
  }

  /// The shopper's own searches that begin as was typed, or as that was corrected; the newest first.
  private static func own(
    _ request: SuggestRequest, _ matches: Suggestions.Matches, _ shopper: SuggestShopper
  ) -> [(key: ExactText, text: String)] {
    guard !shopper.searches.isEmpty else { return [] }
    let typed = Suggestions.key(of: request.prefix, isPrefix: true)
    var own: [(key: ExactText, text: String)] = []
    for text in shopper.searches where own.count < ownMax {
      let key = Suggestions.key(of: text)
      guard !key.isEmpty, key.utf8.starts(with: typed.utf8) || key.utf8.starts(with: matches.prefix.utf8),
        !own.contains(where: { $0.key == key.exact })
      else { continue }
      own.append((key.exact, text))
    }
    return own
  }

  private static func query(
    _ place: Int, _ suggestions: Suggestions, _ shopper: SuggestShopper
  ) -> SuggestResponse.Query {
    var query = SuggestResponse.Query(.many, text: suggestions.text(place))
    query.users = suggestions.users(place)
    query.categories = suggestions.categories(of: place).map { suggestions.categories[$0.place] }
    query.preference = query.categories.map(shopper.preference).max() ?? 0
    return query
  }

  /// The categories in which shoppers went on after these queries.
  private static func categories(
    _ matches: Suggestions.Matches, _ suggestions: Suggestions, _ shopper: SuggestShopper, _ k: Int
  ) -> [SuggestResponse.Category] {
    var steps: [Int: UInt64] = [:]
    for category in matches.places.flatMap(suggestions.categories) {
      steps[category.place, default: 0] += UInt64(category.users)
    }
    let total = Double(steps.values.reduce(0, +))
    let found = steps.map { place, count in
      let name = suggestions.categories[place]
      let (share, preference) = (Double(count) / total, shopper.preference(to: name))
      return (
        category: SuggestResponse.Category(name: name, share: Float(share), preference: preference),
        score: share * (1 + Double(preference))
      )
    }
    let sorted = found.sorted { ($1.score, $0.category.name.exact) < ($0.score, $1.category.name.exact) }
    return sorted.prefix(k).map(\.category)
  }
}
