import Arrangement
import Placement
import Telemetry
import Vocabulary
import Wire

/// Pages of lists: their tokens, the lists that are kept, and what groups were shown.
final class PageService: Sendable {
  let exposures: ExposureKeeper
  private let lists: KeptLists
  private let items: ItemService
  private let pages: SeriesTable<PageReport.Source, Counter>
  private let costs: SeriesTable<PageReport.Step.Kind, Counter>

  private var surroundings: Coordinator.Surroundings { items.fleet.surroundings }

  init(_ items: ItemService, _ metrics: MetricRegistry) {
    self.items = items
    let configuration = items.fleet.configuration
    exposures = ExposureKeeper(items.fleet.surroundings, metrics)
    lists = KeptLists(
      bytesMax: configuration.pageListBytesMax, microsecondsMax: configuration.pageListMicrosecondsMax,
      clock: items.fleet.surroundings.clock, metrics)
    pages = SeriesTable { source in
      metrics.counter(
        "winnow_pages_total", help: "Pages of lists that go on, by where they came from.",
        labels: [("source", source.words)])
    }
    costs = SeriesTable { kind in
      metrics.counter(
        "winnow_arrangement_moved_total", help: "Candidates that a step of the arrangement has moved.",
        labels: [("step", kind.words)])
    }
  }

  // MARK: Tokens

  /// The keys, as the catalogue has them.
  ///
  /// - Throws: if there is no key at all and none can be made here; a key that is due goes on until the chair has renewed it.
  private func keys(renewing: Bool) async throws(WireError) -> PageKeys {
    let now = surroundings.wallTime
    let known = items.registry.catalogue.pageKeys
    guard renewing, known.isDue(at: now) else { return known }
    do throws(WireError) {
      return try await items.registry.update { catalogue in
        // Another request may have been faster.
        if catalogue.pageKeys.isDue(at: now) { catalogue.pageKeys.renew(at: now, self.surroundings.random) }
        return catalogue.pageKeys
      }
    } catch {
      guard !known.current.isEmpty else { throw error }
      return known
    }
  }

  /// What the token of a request says; `nil`: it has none.
  ///
  /// - Throws: BAD_PAGE_TOKEN.
  func token(of request: RankRequest) async throws(WireError) -> PageToken? {
    guard !request.page.token.isEmpty else { return nil }
    let keys = try await keys(renewing: false).taken(at: surroundings.wallTime)
    guard let token = PageToken(request.page.token, keys: keys) else {
      throw WireError(
        .badPageToken, fieldOffset: request.pageOffset + 1,
        message: "no coordinator of this cluster has made this page token, or its time is over: ask for the first page")
    }
    guard token.request == PageToken.fingerprint(of: request) else {
      throw WireError(
        .badPageToken, fieldOffset: request.pageOffset + 1,
        message: "the page token is of another query: all but k, attributes and explain must be as on the first page")
    }
    return token
  }

  /// The token for what stands behind a page; empty: nothing does.
  private func next(
    _ request: RankRequest, _ generation: Generation, list: UInt64, order: UInt64, offset: Int, of count: Int
  ) async throws(WireError) -> [UInt8] {
    guard request.page.wantsNext, offset < count else { return [] }
    let token = PageToken(
      generation: generation, list: list, request: PageToken.fingerprint(of: request), order: order, offset: offset)
    return token.bytes(key: try await keys(renewing: true).current)
  }

  // MARK: Lists

  /// Keeps a list, and says in the report which page of it this is.
  func keep(
    _ list: PageList, _ plan: QueryPlan, _ gathered: Gathered, _ token: PageToken?, _ report: inout RankReport
  ) async throws(WireError) {
    let order = list.arrangement.order
    let offset = token?.offset ?? 0
    let entries = order.map { gathered.merge.entries[$0] }
    let ids = entries.map(\.candidate.itemID.rawValue)
    let fingerprint = PageToken.fingerprint(of: ids)
    report.page.offset = UInt32(clamping: offset)
    report.page.listed = UInt32(clamping: ids.count)
    if let token {
      report.page.source = token.order == fingerprint ? .madeAgain : .changed
      pages[report.page.source].add()
    }
    guard plan.request.page.wantsNext else { return }
    let number = surroundings.random.next() | 1
    report.page.token = try await next(
      plan.request, plan.collection.generation, list: number, order: fingerprint, offset: offset + plan.request.k,
      of: ids.count)
    let rankedCount = list.rankedCount(of: order)
    var first = report
    (first.waterfall, first.explanation, first.words.matched) = ([], RankExplanation(), [])
    (first.words.lexicalScores, first.page.moves, first.page.token) = ([], [], [])
    lists.keep(
      KeptList(
        ids: ids, retrievalScores: entries.map { plan.hasTerms ? $0.fused : $0.candidate.score.value },
        logits: order.prefix(rankedCount).map { $0 < list.logits.count ? list.logits[$0]?.value ?? 0 : 0 },
        rankedCount: rankedCount, lexicalScores: plan.hasTerms ? entries.map(\.lexical) : [],
        moves: list.arrangement.steps.isEmpty ? [] : order.indices.map { list.moves(at: $0, of: order) }, report: first,
        isExact: gathered.isExact, isRanked: plan.collection.model != nil && !plan.isSorted), as: number)
  }

  /// Counts what the steps of an arrangement have moved.
  func note(_ steps: [PageReport.Step]) { for step in steps { costs[step.kind].add(UInt64(step.moved)) } }

  /// A page of a list that is kept; `nil`: it is not, or its results are to be explained.
  ///
  /// Items that were deleted meanwhile are left out, attributes are those of now.
  func page(
    _ token: PageToken, _ request: RankRequest, _ serving: Serving, _ inbound: InboundDeadline
  ) async throws(WireError) -> RankResponse? {
    guard request.explainedCount == 0, let list = lists.find(token.list),
      let collection = try? serving.collection(request.collection, token.generation)
    else { return nil }
    let start = surroundings.clock.now()
    let end = min(token.offset + request.k, list.ids.count)
    let places = min(token.offset, end)..<end
    let definitions = try collection.definitions(request.attributes, at: request.attributesPlace)
    var get = GetRequest(collection: request.collection, ids: list.ids[places].sorted())
    get.generation = token.generation
    if !definitions.isEmpty { get.attributes = .named(definitions.map(\.name)) }
    var rows: [UInt64: (response: GetResponse, row: Int)] = [:]
    var report = list.report
    for share in await items.fetch(get, serving, by: inbound.gatherEnd) {
      guard case .success(let response) = share.result else {
        Self.note(missing: share, serving.map, &report)
        continue
      }
      for (row, id) in response.ids.enumerated() { rows[id] = (response, row) }
    }
    guard report.coverage >= request.minimumCoverage else {
      throw WireError(
        .coverageNotMet, fieldOffset: RankRequest.minimumCoverageOffset,
        message: "a shard that has items of this page does not answer")
    }
    let shown = places.filter { rows[list.ids[$0]] != nil }
    let rankedCount = shown.prefix { $0 < list.rankedCount }.count
    let results = RankResults(
      isExact: list.isExact && report.missing.isEmpty, isRanked: list.isRanked, rerankedCount: rankedCount,
      ids: shown.map { list.ids[$0] }, retrievalScores: shown.map { list.retrievalScores[$0] },
      logits: shown.map { $0 < list.rankedCount ? list.logits[$0] : 0 },
      attributes: AttributeTable(
        rows: shown.map { place in
          definitions.indices.map { column in
            rows[list.ids[place]].flatMap { $0.response.attributes.value(row: $0.row, column: column) }
          }
        }, definitions: definitions))
    report.requestID = request.requestID
    report.page.source = .kept
    report.page.offset = UInt32(clamping: token.offset)
    report.page.token = try await next(
      request, token.generation, list: token.list, order: token.order, offset: end, of: list.ids.count)
    if !list.lexicalScores.isEmpty { report.words.lexicalScores = shown.map { list.lexicalScores[$0] } }
    if !list.moves.isEmpty {
      report.page.moves = shown.enumerated().flatMap { result, place in
        list.moves[place].map { PageReport.Move(result: UInt16(clamping: result), $0.kind, places: $0.places) }
      }
    }
    var waterfall = Waterfall(arrival: inbound.arrival)
    waterfall.add(.queue, from: inbound.arrival, to: start)
    waterfall.add(.ownItems, from: start, to: surroundings.clock.now())
    report.waterfall = waterfall.spans
    pages[.kept].add()
    return RankResponse(results: results, report: report)
  }

  /// The items of a shard are not in the page, because it does not answer.
  private static func note(missing share: ItemService.Share, _ map: ShardMap, _ report: inout RankReport) {
    guard !report.missing.contains(where: { $0.shard == share.shard }), case .failure(let error) = share.result else {
      return
    }
    let slots = zip(map.shards, map.slotCounts).first { $0.0.id == share.shard }?.1 ?? 0
    report.missing.append(
      .init(shard: share.shard, slots: UInt16(clamping: slots), cause: error.missingCause))
    report.coverage -= min(report.coverage, Coverage.partsPerMillion(slots))
    report.shardsAnswered -= min(report.shardsAnswered, 1)
  }
}

/// When a request came, and until when shards may answer.
struct InboundDeadline: Sendable {
  let arrival: Instant
  let gatherEnd: Instant
}
