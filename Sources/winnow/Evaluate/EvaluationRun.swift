import Arguments
import DataSets
import Evaluation
import JSON
import Names
import Ranking
import SocketTransport
import Storage
import Vocabulary
import WinnowClient

/// One evaluation: reads model and data, ranks every case and puts the figures together.
struct EvaluationRun {
  let session: Session
  private let model: ServedModel
  private let data: DataSet
  let test: TestSet
  let ks: [Int]
  private let depth: Int
  private let threads: Int

  /// Reads what is evaluated.
  init(_ session: Session) throws(Failure) {
    self.session = session
    if session[EvaluateVerb.live] == nil {
      try session.refuse([Session.collectionFlag, EvaluateVerb.concurrency, EvaluateVerb.waitMax], "without --live")
    }
    if session[EvaluateVerb.protocolName] != "ncf" {
      try session.refuse([EvaluateVerb.negatives, EvaluateVerb.seed], "without --protocol ncf")
    }
    ks = Array(Set(session[EvaluateVerb.k])).sorted()
    let kMax = ks.last ?? 1
    depth = session[EvaluateVerb.depth] ?? min(10 * kMax, Limits.depthMax)
    guard depth >= kMax else { throw session.usage(EvaluateVerb.depth, "is less than --k") }
    threads = session[EvaluateVerb.threads] ?? ComputePool.coreCount
    var options = TestSet.Options()
    options.seed = UInt64(session[EvaluateVerb.seed])
    options.keepsKnown = session[EvaluateVerb.keepKnown]
    if session[EvaluateVerb.protocolName] == "ncf" { options.candidates = .negatives(session[EvaluateVerb.negatives]) }
    let kinds = session[EvaluateVerb.testEvents].compactMap { EventKind(word: $0) }
    if !kinds.isEmpty { options.kinds = Set(kinds) }
    if session[EvaluateVerb.testFile] != nil {
      try session.refuse([EvaluateVerb.split, EvaluateVerb.testEvents], "with --test, which says what is tested")
    } else {
      try session.refuse([ImportRun.pseudonymKeyFile], "without --test")
    }
    if let text = session[EvaluateVerb.split] {
      guard let choice = SplitChoice(text) else {
        throw session.usage(EvaluateVerb.split, "is not last, test, validation or a date such as date:2011-10-01")
      }
      options.choice = choice
    }
    let directory = try EvaluateVerb.dataDirectory(session)
    do throws(DataError) {
      model = try Self.model(session[EvaluateVerb.model])
      var read = try DataSet.read(directory, on: RealDisk())
      if let path = session[EvaluateVerb.testFile] {
        read = read.testing(try Self.test(path, read.data, session))
        options.choice = .file
      }
      data = read.data
      test = try TestSet(read, held: model.heldOut, options)
    } catch {
      throw Failure(error)
    }
  }

  /// The model of a directory, or of the public part of a private one.
  private static func model(_ path: String) throws(DataError) -> ServedModel {
    try ServedModel.read(PrivatePlace.model(path), recordIn: PrivatePlace.record(path), on: RealDisk())
  }

  /// The cases of a person's own file, by the ids of the log.
  private static func test(_ path: String, _ data: DataSet, _ session: Session) throws(DataError) -> [TestCase] {
    let pseudonyms = try session[ImportRun.pseudonymKeyFile].map { (path) throws(DataError) in
      try DataError.naming { () throws(NameError) in try Pseudonyms(keyFile: path) }
    }
    let test = try TestCase.read(InputFile(path)) { (name) throws(DataError) in
      try DataError.naming { () throws(NameError) in try data.users.position(of: name, pseudonyms) }
    } item: { (name) throws(DataError) in
      try DataError.naming { () throws(NameError) in try data.items.position(of: name) }
    }
    guard !test.isEmpty else {
      throw DataError(path, .noRows, "it has no case", advice: "a case is a row: user, item and perhaps candidates")
    }
    return test
  }

  private var kMax: Int { ks.last ?? 1 }

  /// Ranks and counts.
  func report() async throws(Failure) -> EvaluationReport {
    var report = EvaluationReport(ks: ks, threads: threads)
    let isListed = test.options.candidates != .catalogue
    let itemCount = isListed ? nil : model.ids.count
    let cap = try cap()
    let outcome = rankedCases(cap: cap)
    describe(outcome, &report)
    var rivals: [Standing] = []
    try against(&rivals, &report)
    let names = session[EvaluateVerb.baselines].compactMap { Baseline(rawValue: $0) }
    let baselines = names.filter { name in !rivals.contains { $0.name == name.rawValue } }.map { baseline($0) }
    report.add(outcome.reranked, itemCount: itemCount)
    for other in [outcome.retrieved] + rivals + baselines {
      report.add(other, itemCount: itemCount)
      report.compare(outcome.reranked, with: other)
    }
    report.rivals = ([outcome.retrieved] + rivals).map(\.name)
    if let capped = outcome.capped {
      report.add(capped, itemCount: itemCount)
      report.compare(capped, with: outcome.reranked)
      report.lever = capped.name
    }
    report.fairness = try fairness(outcome)
    report.cold = try cold()
    report.tradeOffs = try tradeOffs()
    for (name, offline, mostPer) in [
      (EvaluationReport.live, outcome.reranked, nil), (EvaluationReport.cappedLive, outcome.capped, try mostPer()),
    ] {
      guard let offline, let live = try await live(mostPer) else { continue }
      report.add(live, name: name, beside: offline, itemCount: itemCount, model: model.model.id)
    }
    return report
  }

  /// How the model ranks every case.
  func ranker() -> Standing { rankedCases(cap: nil).reranked }

  private func rankedCases(cap: TwoPhaseRanker.Cap?) -> TwoPhaseRanker.Outcome {
    ranked("re-ranking") { progress in
      TwoPhaseRanker(model).run(test, depth: depth, k: kMax, cap: cap, threads: threads, progress: progress)
    }
  }

  /// Asks the running cluster, if there is one to ask.
  private func live(_ mostPer: (attribute: String, most: Int)?) async throws(Failure) -> LiveEvaluation.Outcome? {
    guard let address = session[EvaluateVerb.live] else { return nil }
    guard test.options.candidates == .catalogue else {
      throw session.usage(EvaluateVerb.live, "ranks the whole catalogue: leave out --protocol ncf")
    }
    let concurrency = session[EvaluateVerb.concurrency]
    let line = Lock(Progress("asking", unit: .users, total: test.cases.count, clock: SystemClock()))
    let outcome = try await session.withClient(to: address, waitMax: session[EvaluateVerb.waitMax]) {
      (client) throws(WinnowError) -> LiveEvaluation.Outcome? in
      guard let collection = try await session.collection(client) else { return nil }
      var template = RankQuery(collection: collection, k: kMax, depth: depth)
      template.timeout = session.timeout
      template.mostPerGroup = mostPer
      return try await LiveEvaluation(
        client: client, template: template, test: test, bringsHistory: model.readsHistories, concurrency: concurrency
      ).run { done in
        line.withLock { $0.advance(to: done) }
      }
    }
    line.withLock { $0.finish() }
    guard let outcome else { throw session.needsCollection() }
    return outcome
  }

  /// How shoppers that the model does not know are served, if it was asked for.
  private func cold() throws(Failure) -> ColdReport? {
    guard session[EvaluateVerb.cold] else { return nil }
    guard test.options.candidates == .catalogue else {
      throw session.usage(EvaluateVerb.cold, "looks at the whole catalogue: leave out --protocol ncf")
    }
    let popularity = BaselineRanker(.popularity, test.learned, ids: model.ids) {
      data.items.position(ofID: $0.rawValue)
    }
    let cold = ranked("unknown shoppers") { progress in
      ColdTest(
        TwoPhaseRanker(model), popularity, test, depth: depth, k: kMax, threads: threads, progress: progress)
    }
    return ColdReport(cold, k: ks[0], threads: threads)
  }

  /// The fairness report, as far as it was asked for.
  private func fairness(_ outcome: TwoPhaseRanker.Outcome) throws(Failure) -> FairnessReport? {
    let (items, users) = (session[EvaluateVerb.fairness], session[EvaluateVerb.userGroup])
    guard !items.isEmpty || !users.isEmpty else { return nil }
    var report = FairnessReport(k: ks[0])
    for name in items {
      guard test.options.candidates == .catalogue else {
        throw session.usage(EvaluateVerb.fairness, "looks at the whole catalogue: leave out --protocol ncf")
      }
      guard let groups = ItemGroups(name, data, learned: test.learned) else {
        throw session.usage(
          EvaluateVerb.fairness,
          "has '\(name)', which is not price_band, popularity_decile or an attribute of items with groups")
      }
      let exposure = { (standing: Standing) in
        Exposure(groups, standing, test, k: ks[0], threads: threads) { data.items.position(ofID: $0.rawValue) }
      }
      report.add(exposure(outcome.reranked), capped: outcome.capped.map(exposure))
    }
    for name in users {
      guard let groups = UserGroups(name, outcome.reranked, test, data, metric: .ndcg(ks[0]), threads: threads) else {
        throw session.usage(EvaluateVerb.userGroup, "has '\(name)', which is not activity or an attribute of users")
      }
      report.add(groups)
    }
    return report
  }

  /// What steps behind the logits cost, as far as it was asked for.
  private func tradeOffs() throws(Failure) -> [TradeOff] {
    var found: [TradeOff] = []
    let drawing = try OutputFile.of(EvaluateVerb.draw, .tradeOff, session)
    let isAsked = session[EvaluateVerb.diversity] || session[EvaluateVerb.exposureOver] != nil
    guard isAsked else {
      try session.refuse([EvaluateVerb.draw], "without --diversity or --exposure-over-time")
      return []
    }
    guard test.options.candidates == .catalogue else {
      throw session.usage(EvaluateVerb.diversity, "looks at the whole catalogue: leave out --protocol ncf")
    }
    let window = min(depth, Int(Limits.diversityWindowMax))
    if session[EvaluateVerb.diversity] {
      found.append(
        ranked("diversity") { progress in
          TradeOff(
            diversityOf: TwoPhaseRanker(model), test, window: window, k: ks[0], threads: threads, progress: progress)
        })
    }
    if let name = session[EvaluateVerb.exposureOver] {
      guard let groups = ItemGroups(name, data, learned: test.learned) else {
        throw session.usage(
          EvaluateVerb.exposureOver,
          "is '\(name)', which is not price_band, popularity_decile or an attribute of items with groups")
      }
      found.append(
        ranked("exposure") { progress in
          TradeOff(
            exposureOf: groups, TwoPhaseRanker(model), test, window: depth, k: ks[0], threads: threads,
            progress: progress
          ) { data.items.position(ofID: $0.rawValue) }
        })
    }
    try drawing?.finish(Array(TradeOffPlot(found).svg.utf8))
    return found
  }

  private func mostPer() throws(Failure) -> (attribute: String, most: Int)? { try MostPer.cap(session) }

  /// The cap that was asked for, by the attributes of the data set.
  private func cap() throws(Failure) -> TwoPhaseRanker.Cap? {
    guard let (name, most) = try mostPer() else { return nil }
    guard test.options.candidates == .catalogue else {
      throw session.usage(EvaluateVerb.mostPer, "needs first places: leave out --protocol ncf")
    }
    let catalogue = data.catalogue
    guard let column = catalogue.definitions.firstIndex(where: { $0.name == name }),
      [.keyword, .int, .bool].contains(catalogue.definitions[column].type)
    else {
      throw session.usage(
        EvaluateVerb.mostPer, "has '\(name)', which is no keyword, int or bool of the data set's items")
    }
    let values = catalogue.columns[column]
    return TwoPhaseRanker.Cap(name: "at most \(most) per \(name)", most: most) { [items = data.items] item in
      items.position(ofID: item.rawValue).flatMap { values[$0] }
    }
  }

  private func against(_ rivals: inout [Standing], _ report: inout EvaluationReport) throws(Failure) {
    guard let name = session[EvaluateVerb.against] else { return }
    if let known = Baseline(rawValue: name) { return rivals.append(baseline(known)) }
    let other: ServedModel
    do throws(DataError) { other = try Self.model(name) } catch { throw Failure(error) }
    let outcome = ranked(name) { progress in
      TwoPhaseRanker(other).run(test, depth: depth, k: kMax, threads: threads, progress: progress)
    }
    report.notes += test.warnings(other.heldOut).map { "\(name): \($0)" }
    rivals.append(Standing(name, outcome.reranked.cases))
  }

  private func baseline(_ baseline: Baseline) -> Standing {
    let ranker = BaselineRanker(baseline, test.learned, given: test.given, ids: model.ids) {
      data.items.position(ofID: $0.rawValue)
    }
    return ranked(baseline.rawValue) { progress in
      ranker.run(test, name: baseline.rawValue, k: kMax, threads: threads, progress: progress)
    }
  }

  /// Works while a line says how far it is.
  private func ranked<Value>(_ label: String, _ body: (@escaping @Sendable (Int) -> Void) -> Value) -> Value {
    let line = Lock(Progress(label, unit: .users, total: test.cases.count, clock: SystemClock()))
    defer { line.withLock { $0.finish() } }
    return body { done in line.withLock { $0.advance(to: done) } }
  }

  private func describe(_ outcome: TwoPhaseRanker.Outcome, _ report: inout EvaluationReport) {
    let (manifest, cases) = (model.model.manifest, test.cases.count)
    let isListed = test.options.candidates != .catalogue
    var title = "model \(manifest.name) (\(Text.hexadecimal(model.model.id))) on \(Text.grouped(cases)) cases, split "
    title += test.choice.text
    if let manner = model.heldOut?.manner { title += ", \(manner)" }
    title +=
      isListed
      ? ", each among its negatives"
      : ", each among \(Text.grouped(model.ids.count)) items\(test.options.keepsKnown ? "" : " without known ones")"
    if !isListed { title += ", depth \(Text.grouped(depth))" }
    report.title = title
    report.facts = [
      ("model", .model(model.model.id)), ("name", .text(manifest.name)), ("split", .text(test.choice.text)),
      ("manner", model.heldOut.map { .text($0.manner) } ?? .null), ("protocol", .text(isListed ? "ncf" : "full")),
      ("cases", .int(cases)), ("items", .int(model.ids.count)),
      ("k", .list(ks.map { .int($0) })), ("depth", isListed ? .null : .int(depth)),
      ("unanswered", .int(outcome.unansweredCount)), ("unknown_items", .int(outcome.unknownItemCount)),
      ("repeats", .int(test.repeatCount)), ("new_users", .int(test.newUserCount)),
    ]
    report.notes = test.warnings(model.heldOut)
    func note(_ count: Int, _ what: String) {
      if count > 0 { report.notes.append("\(Text.grouped(count)) \(what)") }
    }
    if let privacy = manifest.privacy {
      report.notes.append("the model is \(privacy.words); these figures are exact, and are not private")
    }
    note(test.leakCount, "tested pairs also stand in the log, where a model may have learned them")
    note(outcome.unansweredCount, "cases have a user that the model does not know: they count as misses")
    note(outcome.unknownItemCount, "tested items are not in the model: they rank behind all others")
    note(test.repeatCount, "tested items were left out because the user had had them; --keep-known ranks them")
    note(test.newUserCount, "cases have a user without an event before the test")
  }
}
