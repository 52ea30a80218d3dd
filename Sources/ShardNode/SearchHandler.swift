import Filters
import Kernels
import Retrieval
import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers SEARCH and GET, each on one state of a collection.
struct SearchHandler: Sendable {
  let store: ShardStore
  let scans: SharedScans
  let kernels: KernelSet
  let metrics: ShardMetrics
  let clock: any MonotonicClock
  /// Searches that take at least this long are logged as slow ones; 0: none is logged.
  let slowMicroseconds: UInt64
  let log: Log?

  /// Answers SEARCH.
  func search(_ request: SearchRequest, _ inbound: InboundRequest) async throws(WireError) -> SearchResponse {
    let now = clock.now()
    let target = try await store.withState { (state) throws(WireError) in
      try state.target(of: request, epoch: inbound.epoch, now: now)
    }
    let response = try await answer(request, on: target, inbound)
    metrics.scanned(response)
    tell(of: request, response)
    return response
  }

  /// A line in the log, by which a query is followed to here.
  private func tell(of request: SearchRequest, _ response: SearchResponse) {
    guard let log else { return }
    let took = UInt64(response.queueMicroseconds) + UInt64(response.scanMicroseconds)
    let isSlow = slowMicroseconds > 0 && took >= slowMicroseconds
    guard isSlow || log.isEnabled(.debug) else { return }
    let fields: KeyValuePairs<String, LogValue> = [
      "request": .text(request.requestID.hexadecimal), "collection": .text(request.collection),
      "queue": LogValue(response.queueMicroseconds), "scan": LogValue(response.scanMicroseconds),
      "limit": LogValue(request.limit), "terms": LogValue(request.terms.count), "owned": LogValue(response.owned),
      "scanned": LogValue(response.scanned),
      "passed": LogValue(response.passed), "complete": LogValue(response.isComplete),
    ]
    log(.debug, "search", fields)
    if isSlow { log.limited(by: "slow search", every: 100_000, .warning, "slow search", fields) }
  }

  /// Answers GET.
  func items(_ request: GetRequest, _ inbound: InboundRequest) async throws(WireError) -> GetResponse {
    let now = clock.now()
    let located = try await store.withState { (state) throws(WireError) in
      try state.locate(request, epoch: inbound.epoch, now: now)
    }
    return GetResponse(
      located.snapshot, request.generation, located.rows,
      attributes: try located.snapshot.schema.indexes(of: request.attributes, at: request.attributesPlace),
      wantsEmbeddings: request.wantsEmbeddings, wantsRerank: request.wantsRerank)
  }

  /// Searches until done, cancelled, or close to the deadline.
  private nonisolated(nonsending) func answer(
    _ request: SearchRequest, on target: SearchTarget, _ inbound: InboundRequest
  ) async throws(WireError) -> SearchResponse {
    let schema = target.snapshot.schema
    let attributes = try schema.indexes(of: request.attributes, at: request.attributesPlace)
    let query = try query(request, target, schema)
    let counting = try ShardCounting(request.counting, schema)
    let stop = Self.stop(from: clock.now(), deadline: inbound.deadline)
    // The wait for a scan that has room is a wait like any other: the coordinator goes by it.
    let began = Lock(inbound.arrival)
    let search = SharedScans.Search(
      snapshot: target.snapshot, query: query,
      shouldStop: { [clock] in inbound.isCancelled || clock.now() >= stop },
      shouldBegin: { [clock] in
        let now = clock.now()
        began.withLock { $0 = now }
        return !inbound.isCancelled && now < stop
      })
    let terms = request.terms.map { LexicalTerm($0.term.exact, weight: $0.weight) }
    var matches: [RowBits]?
    var hasMatches = true
    if counting.needsMatches, !terms.isEmpty {
      matches = LexicalScan(kernels: kernels, target.snapshot, query, terms: terms)
        .matches(shouldStop: search.shouldStop)
      hasMatches = matches != nil
    }
    var outcome: SearchOutcome
    var words = SearchedWords()
    if counting.sort.isEmpty {
      do throws(SharedScans.Refusal) { outcome = try await scans.outcome(of: search) } catch {
        switch error {
        case .vector(let fault): throw WireError(fault)
        case .late: throw WireError(inbound.isCancelled ? .cancelled : .expiredInQueue)
        }
      }
      if !terms.isEmpty {
        let both = WordedOutcome(
          outcome, target.snapshot, query, terms: terms, kernels: kernels, shouldStop: search.shouldStop)
        (outcome, words) = (both.outcome, SearchedWords(both))
      }
    } else {
      guard search.shouldBegin() else { throw WireError(inbound.isCancelled ? .cancelled : .expiredInQueue) }
      outcome = SortedScan(kernels: kernels, target.snapshot, query, by: counting.sort, matches: matches)
        .run { !hasMatches || search.shouldStop() }
    }
    let counts = counting.counts(
      target.snapshot, query, exclude: request.exclude, matches: matches, kernels: kernels
    ) {
      !hasMatches || search.shouldStop()
    }
    let start = began.withLock { $0 }
    let rerank =
      request.encoding == .none || schema.rerankDimension == 0
      ? .none
      : RerankVectors(
        request.encoding, dimension: schema.rerankDimension, values: target.snapshot.reranks(at: outcome.rows))
    var response = SearchResponse(
      generation: request.generation, snapshot: target.id, owned: UInt64(outcome.ownedCount),
      scanned: UInt64(outcome.scannedCount), passed: UInt64(outcome.passedCount),
      queueMicroseconds: UInt32(clamping: inbound.arrival.microseconds(until: start)),
      scanMicroseconds: UInt32(clamping: start.microseconds(until: clock.now())),
      isComplete: outcome.isComplete && counts?.isComplete ?? true,
      ids: outcome.candidates.map(\.itemID.rawValue), scores: outcome.candidates.map(\.score.value),
      attributes: AttributeTable(target.snapshot, attributes: attributes, rows: outcome.rows), rerank: rerank)
    response.words = words
    if let counts { response.counts = SearchCounts(counts) }
    return response
  }

  private func query(
    _ request: SearchRequest, _ target: SearchTarget, _ schema: CollectionSchema
  ) throws(WireError) -> SearchQuery {
    guard request.query.count == schema.embeddingDimension else {
      throw WireError(
        .dimensionMismatch, fieldOffset: 33 + request.collection.utf8.count,
        message: "the query has \(schema.embeddingDimension) components, as the collection's embeddings")
    }
    var filter: TypedFilter?
    do throws(FilterError) { filter = try request.filter?.typed(against: schema) } catch {
      throw WireError(.badFilter, message: error.message)
    }
    return SearchQuery(
      vector: request.query, limit: request.limit, after: request.after, filter: filter,
      exclude: ExcludeSet(request.exclude.map { ItemID($0) }), mask: target.mask)
  }

  /// When to stop, so that a tenth of the time that is left, at most 2 ms, remains for the reply.
  private static func stop(from now: Instant, deadline: Instant) -> Instant {
    let left = now.microseconds(until: deadline)
    return now.advanced(microseconds: left - min(left / 10, 2000))
  }
}

extension SearchedWords {
  /// What a search by words says beside its candidates; of one that stopped early nothing is known of other items.
  fileprivate init(_ found: WordedOutcome) {
    self.init()
    scores = found.lexicalScores
    hasAllItems = found.outcome.isComplete && found.lastScore == nil
    hasAllWithTerms = found.outcome.isComplete && found.lastLexicalScore == nil
    lastScore = found.lastScore ?? 0
    lastLexicalScore = found.lastLexicalScore ?? 0
  }
}
