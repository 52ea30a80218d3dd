import Answers
import Placement
import Ranking
import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers RANK.
final class QueryService: Sendable {
  /// How RANK is let in.
  let gate: QueryGate
  /// The counts behind the charts of the console.
  let tally = QueryTally()
  /// The queries that took long.
  let slow: SlowQueryLog
  private let items: ItemService
  private let histories: HistoryService
  let pages: PageService
  /// Items of histories.
  let cache: ItemCache
  /// What was shown to which shopper.
  let answers: AnswerLog
  /// What answers miss.
  let loss: LossMeter
  /// What the arms of experiments do.
  let arms: ArmKeeper
  private let metrics: QueryMetrics

  private var surroundings: Coordinator.Surroundings { items.fleet.surroundings }

  init(_ items: ItemService, _ histories: HistoryService, _ gate: QueryGate, _ metrics: MetricRegistry) {
    (self.items, self.histories) = (items, histories)
    self.gate = gate
    self.metrics = QueryMetrics(metrics)
    pages = PageService(items, metrics)
    let (surroundings, configuration) = (items.fleet.surroundings, items.fleet.configuration)
    cache = ItemCache(configuration, clock: surroundings.clock, metrics)
    slow = SlowQueryLog(
      thresholdMicroseconds: configuration.slowQueryMicroseconds,
      keepsUsers: configuration.slowQueriesKeepUsers, clock: surroundings.clock, log: surroundings.log)
    answers = AnswerLog(configuration.answerLog, surroundings, metrics)
    arms = ArmKeeper(metrics)
    loss = LossMeter(rate: configuration.lossRate, surroundings, metrics, arms)
    gate.show(in: metrics)
  }

  /// Answers RANK.
  func rank(_ request: RankRequest, _ inbound: InboundRequest) async throws(WireError) -> RankResponse {
    let clock = surroundings.clock
    let begin = clock.now()
    var named = request
    if named.requestID == 0 { named.requestID = surroundings.random.next() | 1 }
    // Under load a query that allows it is made with fewer candidates, and says so.
    named.depth = gate.depth(asked: request.depth, least: request.leastDepth, k: request.k)
    let request = named
    // As it serves when the query begins: an experiment that begins meanwhile counts none of it.
    let collection = items.registry.serving.collections[request.collection]
    do throws(WireError) {
      let (response, shardQueue, replay) = try await items.registry.publication.holding(request) {
        (serving, request, arm) async throws(WireError) in
        var answer = try await rank(request, inbound, serving)
        answer.0.report.arm = arm
        answer.2.arm = arm?.name ?? ""
        return answer
      }
      let report = response.report
      gate.answered(
        worked: inbound.admission.microseconds(until: clock.now()),
        waited: inbound.admission.microseconds(until: begin) + shardQueue,
        isWhole: report.missing.isEmpty && (report.model == 0 || report.reranked == report.candidates))
      answers.note(request, response, replay)
      loss.note(request, response, collection, isOverloaded: gate.isOverloaded)
      note(request, nil, collection, inbound)
      slow.note(request, .success(response), microseconds: inbound.arrival.microseconds(until: clock.now()))
      return response
    } catch {
      slow.note(request, .failure(error), microseconds: inbound.arrival.microseconds(until: clock.now()))
      note(request, error.code, collection, inbound)
      throw error
    }
  }

  /// Counts a query for the arm of its shopper.
  private func note(
    _ request: RankRequest, _ error: ErrorCode?, _ collection: ServingCollection?, _ inbound: InboundRequest
  ) {
    arms.answered(
      request, collection, error, microseconds: inbound.arrival.microseconds(until: surroundings.clock.now()))
  }

  /// The items that a query is answered with, which is counted and logged nowhere; `nil`: not all could be re-ranked.
  func measured(_ request: RankRequest, by end: Instant) async -> [UInt64]? {
    let inbound = InboundRequest(
      opcode: .rank, body: [], arrival: surroundings.clock.now(), deadline: end)
    do throws(WireError) {
      let response = try await items.registry.publication.holding(request) {
        (serving, request, _) async throws(WireError) in
        try await rank(request, inbound, serving, isCounted: false).0
      }
      let report = response.report
      return report.missing.isEmpty && report.reranked == report.candidates ? response.results.ids : nil
    } catch { return nil }
  }

  /// Answers SLOW_LOG.
  func slowLog(_ request: SlowLogRequest, _ inbound: InboundRequest) -> SlowLogResponse { slow.answer(request) }

  private func rank(
    _ request: RankRequest, _ inbound: InboundRequest, _ serving: Serving, isCounted: Bool = true
  ) async throws(WireError) -> (RankResponse, shardQueue: UInt64, AnswerLog.Replay) {
    let clock = surroundings.clock
    let begin = clock.now()
    let token = try await pages.token(of: request)
    if let token {
      let times = InboundDeadline(arrival: inbound.arrival, gatherEnd: items.fleet.gatherEnd(inbound.deadline))
      if let response = try await pages.page(token, request, serving, times) {
        metrics.timed(arrival: inbound.arrival, deadline: inbound.deadline, now: clock.now())
        tally.ranked(response.report)
        return (response, 0, AnswerLog.Replay())
      }
    }
    var waterfall = Waterfall(arrival: inbound.arrival)
    waterfall.add(.queue, from: inbound.arrival, to: begin)
    let (plan, split, planned) = try await plan(request, inbound, serving, begin, &waterfall)
    let model = plan.collection.model
    let session = await session(plan, serving, by: split.sessionEnd)
    let vectors = try QueryVectors(plan, session: session.items)
    waterfall.add(plan.fold == nil ? .plan : .foldIn, from: planned, to: clock.now())

    let needed = OwnCandidates.ids(plan, vectors)
    let search = SearchRun(
      fleet: items.fleet, timers: surroundings.timers, plan: plan.searching(without: needed.neighbours),
      query: vectors.query, peers: serving.peers,
      split: split, cancellation: inbound.cancellation)
    // What the shopper has had comes while the shards search.
    async let fetched = ownItems(plan, needed.all, serving, by: split.gatherEnd)
    var (gathered, trips) = await search.run()
    let own = await fetched
    let gatherEnd = clock.now()
    for trip in trips { waterfall.add(trip) }
    if let own {
      waterfall.add(.ownItems, from: own.start, to: own.end)
      gathered.add(
        OwnCandidates(plan, vectors, own.shares), targets: plan.targets, plan.hasTerms ? plan.fusion : nil,
        needsAll: !needed.neighbours.isEmpty)
    }
    guard !inbound.isCancelled else { throw WireError(.cancelled) }
    guard gathered.coverage.partsPerMillion >= request.minimumCoverage else {
      // A search that ends early, because it is lost, has not waited for the shards that still worked.
      let isEarly = clock.now() < split.gatherEnd
      throw gathered.coverage.shortfall(of: request.minimumCoverage, without: isEarly ? [.timedOut] : [])
    }

    let inputs = plan.isSorted ? nil : model.map { _ in gathered.inputs(plan) }
    let context = Self.context(of: request)
    let mergeEnd = clock.now()
    waterfall.add(.merge, from: gatherEnd, to: mergeEnd)
    var reranked = RerankOutcome()
    if let model, let inputs, let user = vectors.user {
      let end = split.rerankEnd
      reranked = RerankOutcome(
        model.reranker, inputs, user: user, context: context, clock: clock
      ) { clock.now() >= end || inbound.isCancelled }
      let start = inbound.arrival.microseconds(until: mergeEnd)
      if plan.hasTerms { reranked.add(gathered.merge.entries, model.model.wordRanking, query: vectors.wordInputs) }
      waterfall.add(.features, start: start, duration: reranked.featureMicroseconds)
      waterfall.add(.mlp, start: start + reranked.featureMicroseconds, duration: reranked.networkMicroseconds)
    }
    let list = await list(plan, gathered, reranked.logits, token, serving, by: split.rerankEnd)
    let offset = token?.offset ?? 0
    var chosen =
      list.map { ChosenResults($0, offset..<offset + request.k) }
      ?? ChosenResults(plan, gathered, logits: reranked.logits)
    // A list that has pages keeps its order, and so does one that a person wants explained.
    let exchanged =
      list == nil && request.explainedCount == 0
      ? answers.exchange(request.requestID, count: chosen.rankedCount) : nil
    if let exchanged { chosen.exchange(exchanged) }
    let results = chosen.results(plan, gathered, logits: list?.logits ?? reranked.logits)
    var explanation = RankExplanation()
    if request.explainedCount > 0 {
      let start = clock.now()
      let answer = AnswerExplanation.Answer(
        plan: plan, gathered: gathered, chosen: chosen, inputs: inputs, user: vectors.user, context: context,
        reranked: reranked)
      let end = split.rerankEnd
      explanation = AnswerExplanation(answer) { clock.now() >= end || inbound.isCancelled }.explanation
      waterfall.add(.explanation, from: start, to: clock.now())
    }
    var report = report(plan, vectors, gathered, reranked, displaced: chosen.displacedCount, waterfall)
    report.history.itemMicroseconds = UInt32(clamping: session.microseconds)
    report.explanation = explanation
    report.words = words(plan, gathered, chosen)
    report.page = page(plan, gathered, list, chosen, own?.shares ?? [])
    if let list { try await pages.keep(list, plan, gathered, token, &report) }
    if isCounted {
      metrics.timed(arrival: inbound.arrival, deadline: inbound.deadline, now: clock.now())
      metrics.ranked(report, isExact: gathered.isExact, duplicates: gathered.merge.duplicateCount)
      tally.ranked(report)
    }
    let shardQueue = trips.compactMap { $0.response?.queueMicroseconds }.max() ?? 0
    var replay = AnswerLog.Replay(isBoosted: !plan.page.boosts.isEmpty, exchanged: exchanged)
    if let inputs, let user = vectors.user, answers.takesInputs(request.requestID) {
      replay.inputs = AnswerInputs(gathered, inputs, user, reranked, words: plan.hasTerms ? vectors.wordInputs : nil)
    }
    return (RankResponse(results: results, report: report), UInt64(shardQueue), replay)
  }

  // MARK: The page

  /// The whole list, arranged; `nil`: the answer is the order of the logits under a cap, and no page follows.
  private func list(
    _ plan: QueryPlan, _ gathered: Gathered, _ logits: [Score?], _ token: PageToken?, _ serving: Serving,
    by deadline: Instant
  ) async -> PageList? {
    let wishes = plan.request.page
    guard wishes.wantsNext || token != nil || plan.page.arranges(plan.request) else { return nil }
    var list = PageList(plan, gathered, logits: logits, end: (token?.offset ?? 0) + plan.request.k)
    let window = list.window
    if !window.isEmpty {
      var vectors = window.map { _ in [Float]() }
      if plan.page.alikeColumn == nil {
        let ids = window.map { gathered.ids[$0].rawValue }
        let need = QueryVectors.SessionNeed(ids: ids.sorted(), embeddings: true, rerank: false, attributes: [])
        let found = await fetch(need.ids, need, plan, serving, by: deadline)
        vectors = ids.map { found[$0]??.embedding ?? [] }
      }
      list.diversify(vectors: vectors, kernels: items.fleet.configuration.kernels)
    }
    list.expose(owed: pages.exposures.owed(plan.collection.name, wishes.exposure))
    list.pin()
    return list
  }

  /// What the report says of the page.
  private func page(
    _ plan: QueryPlan, _ gathered: Gathered, _ list: PageList?, _ chosen: ChosenResults, _ own: [ItemService.Share]
  ) -> PageReport {
    var page = PageReport()
    if plan.page.counting.wantsTotal {
      let merged = FacetMerge(plan.page.facets, gathered.counts)
      (page.total, page.facets) = (merged.total, merged.facets)
    }
    var effect = plan.effect
    let (found, there) = (Set(gathered.ids.map(\.rawValue)), Set(own.flatMap { (try? $0.result.get())?.ids ?? [] }))
    for pin in plan.page.pins where !found.contains(pin.item) {
      let isThere = there.contains(pin.item) || plan.exclude.contains(pin.item)
      effect.note(pin.rule, isThere ? .pinExcluded : .pinMissing)
    }
    page.rules = Array(effect.outcomes.prefix(Limits.actingRulesMax))
    guard let list else { return page }
    page.note(list)
    pages.note(page.steps)
    page.moves = chosen.positions.indices.flatMap { list.moves(at: $0, of: chosen.positions) }
    if plan.request.page.exposure.mode != .none {
      pages.exposures.note(
        plan.collection.name, plan.request.page.exposure, list.groups(of: chosen.positions))
    }
    return page
  }

  static func context(of request: RankRequest) -> [String: ContextValue] {
    var context: [String: ContextValue] = [:]
    for (name, value) in request.context {
      switch value {
      case .number(let number): context[name] = .number(number)
      case .keyword(let word): context[name] = .word(word.exact)
      }
    }
    return context
  }

  private func report(
    _ plan: QueryPlan, _ vectors: QueryVectors, _ gathered: Gathered, _ reranked: RerankOutcome, displaced: Int,
    _ waterfall: Waterfall
  ) -> RankReport {
    var report = RankReport()
    report.generation = plan.collection.generation
    report.model = plan.collection.model?.model.id ?? 0
    report.epoch = plan.map.epoch
    report.querySource = vectors.querySource
    report.userVectorSource = vectors.userSource
    report.sessionItemsFound = UInt16(clamping: vectors.sessionItemsFound)
    report.coverage = gathered.coverage.partsPerMillion
    report.shardCount = UInt16(clamping: gathered.coverage.shardCount)
    report.shardsAnswered = UInt16(clamping: gathered.coverage.shardsAnswered)
    report.itemsCovered = gathered.coverage.itemsCovered
    report.scanned = gathered.scanned
    report.passed = gathered.passed
    report.missing = gathered.coverage.missing
    report.candidates = UInt32(clamping: gathered.merge.entries.count)
    report.reranked = UInt32(clamping: reranked.logits.count)
    report.notFinite = UInt32(clamping: reranked.notFinite)
    report.displacedByCap = UInt32(clamping: displaced)
    report.reasks = UInt16(clamping: gathered.reasks)
    report.waterfall = waterfall.spans
    report.depth = UInt32(clamping: plan.request.depth)
    report.requestID = plan.request.requestID
    let folded = vectors.folded ?? SessionFold.Outcome()
    report.eventsCounted = UInt32(clamping: folded.counted)
    report.eventsSkipped = UInt32(clamping: folded.skipped)
    report.history.state = plan.history.state
    report.history.counted = UInt32(clamping: folded.ofHistory)
    report.history.newestMicroseconds =
      folded.ofHistory == 0 ? 0 : UInt64(max(0, plan.history.now - folded.newest))
    report.history.excluded = UInt32(clamping: plan.excludedCount)
    report.promise = plan.collection.model?.model.manifest.privacy?.promise
    return report
  }

  /// What the report says of the words.
  private func words(_ plan: QueryPlan, _ gathered: Gathered, _ chosen: ChosenResults) -> RankWords {
    guard var words = plan.words?.report else { return RankWords() }
    guard let listed = gathered.merge.listed else { return words }
    words.byWords = UInt32(clamping: listed.byWords)
    words.byVector = UInt32(clamping: listed.byVector)
    words.lexicalScores = chosen.positions.map { gathered.merge.entries[$0].lexical }
    if !gathered.merge.entries.contains(where: { $0.lexical > 0 }) { words.state = .noItem }
    let explained = chosen.positions.prefix(plan.request.explainedCount)
    let texts = explained.map { position in plan.wordColumns.map { gathered.value(position, column: $0) } }
    words.matched = (plan.words?.matched(texts) ?? []).map { RankWords.Matched(terms: $0) }
    return words
  }

  // MARK: The plan

  /// What a request asks for, with the history of its shopper, if there may be one; and when that was known.
  ///
  /// - Throws: what `QueryPlan` does; a history that does not come in time keeps no query from its answer.
  private func plan(
    _ request: RankRequest, _ inbound: InboundRequest, _ serving: Serving, _ begin: Instant,
    _ waterfall: inout Waterfall
  ) async throws(WireError) -> (plan: QueryPlan, split: DeadlineSplit, end: Instant) {
    let clock = surroundings.clock
    var plan = try QueryPlan(request, serving, effect: try effect(of: request, serving))
    var begin = begin
    if !request.words.isEmpty {
      let start = clock.now()
      waterfall.add(.plan, from: begin, to: start)
      try plan.analyse()
      begin = clock.now()
      waterfall.add(.words, from: start, to: begin)
    }
    let split = DeadlineSplit(now: begin, deadline: inbound.deadline, reranks: plan.collection.model != nil)
    guard plan.wantsHistory, let user = request.user else {
      guard plan.fold != nil else { return (plan, split, begin) }
      let end = clock.now()
      waterfall.add(.plan, from: begin, to: end)
      return (plan, split, end)
    }
    let start = clock.now()
    waterfall.add(.plan, from: begin, to: start)
    let now = surroundings.wallTime
    do throws(WireError) {
      let history = try await histories.history(of: user, plan.collection, by: split.historyEnd)
      plan.recall(RecalledHistory(history, now: now))
    } catch { plan.recall(.notRead(now: now)) }
    let end = clock.now()
    waterfall.add(.history, from: start, to: end)
    return (plan, split, end)
  }

  /// What the rules of the collection ask for.
  private func effect(of request: RankRequest, _ serving: Serving) throws(WireError) -> RuleEffect {
    let collection = try serving.collection(request.collection, request.generation)
    guard !request.page.skipsRules, !collection.rules.isEmpty else { return RuleEffect() }
    let query = RuleBook.Query(
      request: request, segmentName: collection.model?.model.manifest.segments?.name, now: surroundings.wallTime)
    return collection.rules.effect(on: query, try request.parsedFilter(), collection.schema)
  }

  // MARK: Own items

  /// Fetches what the shopper has had, or what a table of neighbours names, from its owners, if the model reads that; what
  /// does not come in time is no candidate.
  private func ownItems(
    _ plan: QueryPlan, _ ids: [UInt64], _ serving: Serving, by deadline: Instant
  ) async -> (shares: [ItemService.Share], start: Instant, end: Instant)? {
    guard !ids.isEmpty else { return nil }
    let start = surroundings.clock.now()
    let shares = await items.fetch(OwnCandidates.request(plan, ids: ids), serving, by: deadline)
    if shares.contains(where: { (try? $0.result.get()) == nil }) { metrics.ownItemsMissed() }
    return (shares, start, surroundings.clock.now())
  }

  // MARK: Session items

  /// Fetches what the query needs of session items and events from their owners; what does not come in time does not
  /// count. With a history, items that were fetched a moment ago are taken from memory.
  ///
  /// - Returns: Also the age of the oldest item that was taken from there.
  private func session(
    _ plan: QueryPlan, _ serving: Serving, by deadline: Instant
  ) async -> (items: [UInt64: SessionItem], microseconds: UInt64) {
    guard let need = QueryVectors.sessionNeed(of: plan) else { return ([:], 0) }
    guard plan.history.state == .read, plan.fold != nil else {
      return (await fetch(need.ids, need, plan, serving, by: deadline).compactMapValues { $0 }, 0)
    }
    let scope = ItemCache.Scope(
      collection: plan.collection.name, generation: plan.collection.generation,
      model: plan.collection.model?.model.id ?? 0, hasRerank: need.rerank)
    let found = cache.take(need.ids, of: scope)
    let missing = need.ids.filter { found.items[$0] == nil }
    var items = found.items
    if !missing.isEmpty {
      let start = surroundings.clock.now()
      let fetched = await fetch(missing, need, plan, serving, by: deadline)
      cache.keep(fetched, of: scope, since: start)
      items.merge(fetched) { $1 }
    }
    return (items.compactMapValues { $0 }, found.microseconds)
  }

  /// Asks the owners of items for them; `nil` stands for one that certainly does not exist.
  private func fetch(
    _ ids: [UInt64], _ need: QueryVectors.SessionNeed, _ plan: QueryPlan, _ serving: Serving, by deadline: Instant
  ) async -> [UInt64: SessionItem?] {
    var request = GetRequest(collection: plan.collection.name, ids: ids)
    request.generation = plan.collection.generation
    request.wantsEmbeddings = need.embeddings
    request.wantsRerank = need.rerank
    if !need.attributes.isEmpty { request.attributes = .named(need.attributes) }
    var session: [UInt64: SessionItem?] = [:]
    for share in await items.fetch(request, serving, by: deadline) {
      guard case .success(let response) = share.result else { continue }
      if share.isComplete { for id in share.ids { session[id] = .some(nil) } }
      let (d, r) = (response.embeddingDimension, response.rerankDimension)
      for (row, id) in response.ids.enumerated() {
        session[id] = SessionItem(
          embedding: Array(response.embeddings[row * d..<(row + 1) * d]),
          rerank: Array(response.rerank[row * r..<(row + 1) * r]),
          attributes: Dictionary(
            uniqueKeysWithValues: need.attributes.enumerated().map { column, name in
              (name, response.attributes.value(row: row, column: column))
            }))
      }
    }
    return session
  }
}
