import Arguments
import DataSets
import Learning
import Names
import Ranking
import SocketTransport
import Storage
import Towers
import Vocabulary

/// One run of `winnow train`, from the divided log to the model directory.
struct TrainRun {
  private let session: Session
  private let options: FitOptions
  private let data: DataSet
  private let parts: FitParts
  private let place: TrainPlace
  private let held: HoldOut?
  private let warm: WarmStart?

  /// - Parameters:
  ///   - held: What nothing is learned from; `nil` where that is not known of all logs.
  ///   - warm: The model that is trained further; `nil` trains a new one.
  init(
    _ session: Session, _ options: FitOptions, _ data: DataSet, _ parts: FitParts, _ place: TrainPlace,
    held: HoldOut? = nil, warm: WarmStart? = nil
  ) {
    self.session = session
    var options = options
    if !data.hasClock { options.coldStart.halfLifeDays = nil }
    self.options = options
    self.data = data
    self.parts = parts
    self.place = place
    self.held = held
    self.warm = warm
  }

  func run() throws(Failure) -> ExitCode {
    // A model that is trained further stays what it was made to be.
    let ofModel = TrainFlags.ofModel.map { $0.row.name }
    let kept = warm?.record.settings.filter { ofModel.contains($0.key) }
    var settings = TrainFlags.texts(session)
    if let kept { settings = settings.filter { !ofModel.contains($0.key) }.merging(kept) { _, old in old } }
    var record = TrainingRecord(settings: settings, data: .init(parts.whole))
    record.heldOut = held
    let interrupted = place.isResumed ? try place.interrupted() : nil
    if let interrupted { try check(interrupted.record, against: record) }
    let reporter = TrainReporter(session, clock: SystemClock())
    reporter.begin(parts)
    let plans = try plans()
    record.features = plans?.learning.recipe
    let content = try content()
    record.content = content?.features
    // Faults for which a server would refuse the model's files are told before hours of training.
    _ = try Failure.wrap { () throws(ModelError) in
      try ColdStart(data, self.options.coldStart, segment: settings[TrainFlags.segment.row.name])
    }
    guard warm != nil || options.network.hasInputs || plans?.learning.attributeFeatures.isEmpty == false else {
      throw session.usage(TrainFlags.inputs, "leave the re-ranker nothing to read: the data says nothing of items")
    }
    let named = (settings[TextFlags.text.row.name], settings[TextFlags.language.row.name])
    let words = try TextFlags.fit(session, data, parts, named: named, from: warm)
    let start = try Failure.wrap { () throws(ModelError) in try warm?.start(plans?.learning) }
    var options = options
    if let network = start?.start.network { options.network.usesRetrievalScore = network.side.retrieval != nil }
    let fit: ModelFit
    do throws(FitError) {
      options.training.userWeights = try groupWeights()
      let (towerOptions, oldCount) = (options.tower, warm?.oldEventCount ?? 0)
      var sides = plans.map(FitSides.init) ?? FitSides()
      sides.sessions = SessionRules(weighed(learnedEvents), plans?.learning)
      let made = try ModelFit(
        parts, options, sides: sides, from: start?.start
      ) { log, purpose in
        reporter.beginTower(purpose, towerOptions)
        let tower =
          if let old = start?.tower {
            old.warmed(log, oldCount: oldCount, towerOptions, content: content) { Task.isCancelled }
          } else {
            RetrievalTower.fit(log, towerOptions, content: content, onRound: reporter.round) { Task.isCancelled }
          }
        reporter.endTower()
        return tower
      }
      guard let made else {
        reporter.note("interrupted before there was anything to keep")
        return .interrupted
      }
      fit = made
    } catch {
      throw Failure(error)
    }
    if let interrupted {
      do throws(ModelError) {
        if let checkpoint = interrupted.checkpoint { try fit.resume(checkpoint, records: interrupted.record.epochs) }
      } catch {
        throw Failure(error)
      }
    } else {
      try place.keep(record, checkpoint: nil)
    }
    let ending = try train(fit, &record, reporter)
    return try finish(fit, plans, words, ending, &record, reporter)
  }

  /// The plans of the network's features of the data set; `nil`: it reads none.
  private func plans() throws(Failure) -> FeaturePlans? {
    guard warm.map({ $0.record.features != nil }) ?? options.network.usesFeatures else { return nil }
    return try Failure.wrap { () throws(ModelError) in
      var features = FeatureOptions()
      if options.keepsKnown { features.ownHalfLife = session[TrainFlags.ownHalfLife] }
      return try FeaturePlans(data, parts, features, folds: options.folds, recipe: warm?.record.features)
    }
  }

  /// The weight of each user; `nil`: all count alike.
  private func groupWeights() throws(FitError) -> [Float]? {
    guard let text = session[TrainFlags.groupWeights], let weights = GroupWeights(text) else { return nil }
    return try weights.ofUsers(data)
  }

  /// What items are, for a tower that reads it; `nil` if it does not.
  private func content() throws(Failure) -> ItemContent? {
    try Failure.wrap { () throws(ModelError) in
      if let warm { return try warm.content() }
      let attributes = session[TrainFlags.content]
      return attributes.isEmpty ? nil : try ItemContent(data.catalogue, attributes)
    }
  }

  /// Refuses to resume with other flags or other data.
  private func check(_ old: TrainingRecord, against new: TrainingRecord) throws(Failure) {
    guard old.data == new.data else {
      throw Failure(.failed, "the data set is not the one of the interrupted run", advice: "start over with --force")
    }
    let flags = TrainFlags.settings.sorted { $0.row.name < $1.row.name }
    if let flag = flags.first(where: { old.settings[$0.row.name] != new.settings[$0.row.name] }) {
      throw session.usage(flag, "was \(old.settings[flag.row.name] ?? "not given") in the interrupted run")
    }
  }

  private func train(
    _ fit: ModelFit, _ record: inout TrainingRecord, _ reporter: TrainReporter
  ) throws(Failure) -> RankingTrainer.Ending {
    reporter.beginTraining(fit, options)
    var failure: Failure?
    let ending: RankingTrainer.Ending
    do throws(FitError) {
      ending = try fit.train(
        onProgress: { reporter.step($0) },
        onEpoch: { epoch in
          reporter.epoch(epoch)
          record.epochs = fit.records
          do throws(Failure) { try place.keep(record, checkpoint: fit.trainer.checkpoint()) } catch { failure = error }
        }, shouldStop: { failure != nil || Task.isCancelled })
    } catch {
      throw Failure(error)
    }
    if let failure { throw failure }
    record.epochs = fit.records
    if ending == .interrupted { try place.keep(record, checkpoint: fit.trainer.checkpoint()) }
    return ending
  }

  private func finish(
    _ fit: ModelFit, _ plans: FeaturePlans?, _ words: TextFit?, _ ending: RankingTrainer.Ending,
    _ record: inout TrainingRecord, _ reporter: TrainReporter
  ) throws(Failure) -> ExitCode {
    record.bestEpoch = fit.bestEpoch
    record.ending = [.finished: "finished", .stoppedEarly: "stopped early"][ending] ?? "interrupted"
    record.retrieval = fit.judge?.retrieval
    let learned = learnedEvents
    record.strangers = fit.strangers
    let scaling = record.strangers?.scaling ?? warm?.strangers
    let judged = model(fit.judged, plans?.learning, learned)
    if let judge = fit.judge { record.reranked = judge.figures(judged.network) }
    let storage = Self.storage(session)
    let saving = try Failure.wrap { () throws(ModelError) in
      try Compression(judged, storage, plan: plans?.learning, judge: fit.judge)
    }
    var (served, plan, known) = (fit.judged, plans?.learning, learned)
    if options.refits, ending != .interrupted, let last = try Failure.wrap(fit.refitted) {
      (served, plan, known) = (last, plans?.serving, KnownEvents(data, known: Array(0..<data.interactions.count)))
      if options.folds { record.folded = true } else { record.refitted = true }
    }
    var result = model(served, plan, known)
    result.strangers = scaling
    if let words, ending != .interrupted {
      guard let learned = try TextStage(words, place, reporter).run(fit.judged.tower) else { return .interrupted }
      let log = options.folds ? parts.known : parts.whole
      var (settings, searched) = (learned.settings, judged)
      searched.texts = words.texts(fit.judged.tower.embeddings, parts.known, settings: settings)
      let choice = try Failure.wrap { () throws(ModelError) in
        try words.ranking(searched, catalogue: plans?.learning.catalogue ?? data.catalogue)
      }
      reporter.searchRanking(choice)
      settings.ranking = choice.ranking
      result.texts = words.texts(served.tower.embeddings, log, settings: settings)
      record.search = learned.record
      record.search?.fused = choice.fused
      record.search?.ranked = choice.chosen
    }
    let directory = try Failure.wrap { () throws(ModelError) in
      try ModelDirectory(
        result, served.tower, data, plan: plan, counted: options.folds ? parts.known : nil,
        segment: record.settings[TrainFlags.segment.row.name],
        coldStart: options.coldStart, record,
        weights: storage, vectors: storage)
    }
    try place.write(wordsBeside(directory.files) + directory.files)
    if ending != .interrupted { place.removeCheckpoints() }
    try place.writeReports(record)
    reporter.summary(record, served.network, saving, out: place.out)
    return ending == .interrupted ? .interrupted : .ok
  }

  /// All events but those of the validation.
  private var learnedEvents: KnownEvents {
    KnownEvents(data, known: (0..<data.interactions.count).filter { !parts.isValidation[$0] })
  }

  /// The events with what they count in the tower.
  private func weighed(_ known: KnownEvents) -> KnownEvents { options.tower.kind == .history ? known.shares : known }

  /// The files of words that lie beside the model which is trained further, as far as this run does not make them: what a
  /// shop has laid there goes along with its model.
  ///
  /// - Parameter made: What the run writes.
  private func wordsBeside(
    _ made: [(name: String, bytes: [UInt8])]
  ) throws(Failure) -> [(name: String, bytes: [UInt8])] {
    guard let model = session[TrainVerb.from] else { return [] }
    var beside: [(name: String, bytes: [UInt8])] = []
    _ = try WordFiles { (file, limit) throws(Failure) in
      guard !made.contains(where: { $0.name == file.rawValue }),
        let bytes = try Files.readIfThere("\(model)/\(file.rawValue)", limit: limit)
      else { return nil }
      beside.append((file.rawValue, bytes))
      return nil
    }
    return beside
  }

  private static let storages: [String: TensorStorage] = ["bf16": .bfloat16, "int8": .int8]

  /// How weights and vectors are stored for servers.
  static func storage(_ session: Session) -> TensorStorage {
    storages[session[TrainVerb.export]] ?? .float32
  }

  private func model(
    _ fitted: (tower: RetrievalTower, network: RankingNetwork), _ plan: FeaturePlan?, _ known: KnownEvents
  ) -> TrainedModel {
    var model = TrainedModel(
      name: session[TrainFlags.name], userIDs: data.users.ids.map { UserID($0) },
      itemIDs: data.catalogue.ids, queries: fitted.tower.queries, embeddings: fitted.tower.embeddings,
      network: fitted.network, definitions: plan?.catalogue.definitions ?? [],
      attributeFeatures: plan?.attributeFeatures ?? [], contextFeatures: plan?.contextFeatures ?? [],
      profileNames: plan?.profileNames ?? [])
    let known = weighed(known)
    model.tower = fitted.tower.serving(options.tower, known)
    (model.known, model.renewal) = (known, plan?.renewal)
    return model
  }
}
