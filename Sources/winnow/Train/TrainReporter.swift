import DataSets
import JSON
import Kernels
import Learning
import Storage
import Towers
import Transport
import Vocabulary

/// Tells how training goes: a bar that is redrawn for a person, a line an epoch otherwise.
final class TrainReporter {
  private let isJSON: Bool
  private let isTerminal: Bool
  private let clock: any MonotonicClock
  private let start: Instant
  private var stageStart: Instant
  private var nextDraw: Instant
  private var stage = ""
  private var epochs = 0
  private var samplesAStep = 0
  private var stepsBefore = 0
  private var line = ""

  init(_ session: Session, clock: any MonotonicClock) {
    isJSON = session.isJSON
    isTerminal = !session.isJSON && StandardStreams.isOutputTerminal
    self.clock = clock
    start = clock.now()
    stageStart = start
    nextDraw = start
    self.session = session
  }

  private let session: Session

  func begin(_ parts: FitParts) {
    note(
      "\(Text.grouped(parts.whole.count)) events of \(Text.grouped(parts.whole.userCount)) users and "
        + "\(Text.grouped(parts.whole.itemCount)) items: \(Text.grouped(parts.tower.count)) for the tower, "
        + "\(Text.grouped(parts.reranker.count)) for the re-ranker, \(Text.grouped(parts.validation.count)) held out")
  }

  // MARK: Towers

  func beginTower(_ purpose: ModelFit.TowerPurpose, _ options: TowerOptions) {
    stage = "\(purpose.rawValue) (\(options.kind.rawValue), \(options.dimension))"
    stageStart = clock.now()
    line = stage
  }

  /// A round of a tower is done.
  func round(_ done: Int, _ all: Int, _ loss: Double?) {
    line = "\(stage): \(done)/\(all)\(loss.map { " - loss: \(Text.fixed($0, 4))" } ?? "")"
    draw("\(line) - ETA \(Text.seconds(elapsed * Double(all - done) / Double(max(done, 1))))", isLast: done == all)
  }

  func endTower() { note("\(line) in \(Text.seconds(elapsed))") }

  // MARK: Epochs

  func beginTraining(_ fit: ModelFit, _ options: FitOptions) {
    epochs = options.training.epochs
    let negatives = options.training.negatives
    samplesAStep = options.training.batchSize * (options.training.loss.isGrouped ? 1 + negatives : 1)
    if let retrieval = fit.judge?.retrieval { note("retrieval alone: \(Self.figures(retrieval))") }
    stageStart = clock.now()
    stepsBefore = 0
  }

  func step(_ progress: RankingTrainer.Progress) {
    if stepsBefore == 0 { stepsBefore = progress.step }
    let done = progress.step + 1
    let rate = Double((done - min(stepsBefore, progress.step)) * samplesAStep) / max(elapsed, 1e-6)
    let width = 24
    let filled = done * width / max(progress.steps, 1)
    let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
    line =
      " - \(Text.grouped(Int(rate))) samples/s - loss: \(Text.fixed(progress.report.loss, 4))"
      + " - accuracy: \(Text.fixed(progress.report.accuracy, 4))"
    let left = elapsed * Double(progress.steps - done) / Double(done)
    draw(
      "epoch \(progress.epoch + 1)/\(epochs) \(done)/\(progress.steps) \(bar) ETA \(Text.seconds(left))\(line)",
      isLast: false)
  }

  func epoch(_ record: EpochRecord) {
    var text = "epoch \(record.epoch)/\(epochs) in \(Text.seconds(elapsed))\(line)"
    if let loss = record.validationLoss, let accuracy = record.validationAccuracy {
      text += " - val_loss: \(Text.fixed(loss, 4)) - val_accuracy: \(Text.fixed(accuracy, 4))"
    }
    if let figures = record.validation {
      text += " - val_ndcg@10: \(Text.fixed(figures.ndcg, 4)) - val_hr@10: \(Text.fixed(figures.hitRate, 4))"
    }
    note(text)
    stageStart = clock.now()
    stepsBefore = 0
  }

  // MARK: Texts

  /// A pass of the text tower is done.
  func textPass(_ pass: TextFit.Pass) {
    let validation = pass.validation.map { " - val_ndcg@10: \(Text.fixed($0, 4))" } ?? ""
    note("text tower, pass \(pass.number)/\(pass.of) - loss: \(Text.fixed(pass.loss, 4))\(validation)")
  }

  /// The weights of a search are chosen.
  func searchWeights(_ weights: TextFit.Weights) {
    let named = zip(SearchWeights.names, weights.settings.weights.values).map { "\($0) \(Text.fixed(Double($1), 3))" }
    note("search by words: \(named.joined(separator: ", "))")
    guard let with = weights.withShopper, let alone = weights.alone else { return }
    note("search by words, held out: NDCG@10 \(Text.fixed(with, 4)) with the shopper, \(Text.fixed(alone, 4)) without")
  }

  func searchRanking(_ choice: TextFit.RankingChoice) {
    guard let fused = choice.fused, let chosen = choice.chosen else { return }
    let ranking = choice.ranking ?? WordRanking()
    var text = "order of candidates: \(Text.fixed(Double(ranking.fused), 3)) · both arms"
    text += " + \(Text.fixed(Double(ranking.logit), 3)) · network"
    if !ranking.neurons.isEmpty { text += " + a correction of \(ranking.neurons.count) neurons" }
    note(
      "\(text); held out: NDCG@10 \(Text.fixed(chosen, 4)), by both arms alone \(Text.fixed(fused, 4))")
  }

  // MARK: The end

  func summary(
    _ record: TrainingRecord, _ network: RankingNetwork, _ saving: Compression, out: String
  ) {
    let seconds = Double(start.microseconds(until: clock.now())) / 1e6
    let layers = network.weights.reduce(0) { $0 + $1.rowCapacity * $1.columns }
    let vectors = [network.users, network.items].reduce(0) { $0 + $1.rowCapacity * $1.columns }
    let memory = Self.peakMemoryBytes
    session.print(
      .object([
        ("out", .text(out)), ("ending", .text(record.ending)), ("epochs", .int(record.epochs.count)),
        ("best_epoch", record.bestEpoch.map { .int($0) } ?? .null), ("refitted", .bool(record.refitted)),
        ("folded", .bool(record.folded ?? false)),
        ("retrieval", Self.json(record.retrieval)), ("reranked", Self.json(record.reranked)),
        (
          "strangers",
          record.strangers.map {
            .object([
              ("reranked", Self.json($0.reranked)), ("popularity", Self.json($0.popularity)),
              ("probabilities", ColdReport.json($0.probabilities)),
            ])
          } ?? .null
        ),
        ("parameters", .object([("layers", .int(layers)), ("vectors", .int(vectors))])),
        (
          "export",
          .object([
            ("storage", .text(saving.storage.rawValue)), ("bytes", .int(saving.bytes)),
            ("float32_bytes", .int(saving.exactBytes)), ("ndcg", saving.stored.map { .number($0.ndcg) } ?? .null),
            ("float32_ndcg", saving.exact.map { .number($0.ndcg) } ?? .null),
          ])
        ), ("seconds", .number(seconds)), ("peak_memory_bytes", .int(memory)),
      ]),
      human: human(record, layers, vectors, saving, seconds, memory, out))
  }

  private func human(
    _ record: TrainingRecord, _ layers: Int, _ vectors: Int, _ saving: Compression, _ seconds: Double, _ memory: Int,
    _ out: String
  ) -> String {
    var rows = [
      ("parameters", "\(Text.grouped(layers)) in layers, \(Text.grouped(vectors)) in the re-ranker's vectors"),
      (
        "epochs",
        "\(record.epochs.count), \(record.ending)" + (record.bestEpoch.map { "; the best is \($0)" } ?? "")
      ),
    ]
    if let retrieval = record.retrieval, let reranked = record.reranked {
      let gain = reranked.ndcg - retrieval.ndcg
      rows += [
        ("retrieval alone", Self.figures(retrieval)),
        (
          "re-ranked",
          Self.figures(reranked) + " (NDCG@10 \(gain < 0 ? "" : "+")\(Text.fixed(gain, 4)))"
            + (gain < 0 ? ": the re-ranker does not help here" : "")
        ),
      ]
    }
    if let strangers = record.strangers {
      rows += [
        ("by popularity", Self.figures(strangers.popularity)),
        ("strangers", "\(Self.figures(strangers.reranked)): the same events, nothing known of their users"),
      ]
    }
    rows.append(
      (
        "tower",
        record.refitted
          ? "fitted once more on all events" + (record.retrieval == nil ? "" : ", those held out included")
          : record.folded == true
            ? "not fitted once more: vectors of users know the held-out events, which nothing learned from"
            : record.retrieval == nil ? "fitted without the re-ranker's events" : "fitted without the held-out events"
      ))
    rows.append(("export", Self.export(saving)))
    rows.append(("time", Text.seconds(seconds)))
    rows.append(("peak memory", Text.bytes(memory)))
    return rows.map { "  \($0.0.padded(16)) \($0.1)\n" }.joined()
      + (record.strangers?.probabilities.map { ColdReport.text($0) } ?? "") + "\(out.visible): a model directory\n"
  }

  private static func export(_ saving: Compression) -> String {
    guard saving.storage != .float32 else { return "float32, \(Text.bytes(saving.bytes))" }
    let share = 100 * (1 - Double(saving.bytes) / Double(max(saving.exactBytes, 1)))
    var text =
      "\(saving.storage.rawValue), \(Text.bytes(saving.bytes)) instead of \(Text.bytes(saving.exactBytes)): saves "
      + "\(Text.fixed(share, 1)) %"
    if let exact = saving.exact, let stored = saving.stored {
      text +=
        ", NDCG@10 \(Text.fixed(exact.ndcg, 4)) becomes \(Text.fixed(stored.ndcg, 4)), "
        + "\(stored.ndcg < exact.ndcg ? "" : "+")\(Text.fixed(stored.ndcg - exact.ndcg, 4))"
    }
    return text
  }

  /// Figures of held-out events are strict: the tower that is judged has not learned from them.
  private static func figures(_ figures: RankFigures) -> String {
    "NDCG@10 \(Text.fixed(figures.ndcg, 4)), HR@10 \(Text.fixed(figures.hitRate, 4)) over "
      + "\(Text.grouped(figures.cases)) held-out events, \(HoldOut.strict)"
  }

  private static func json(_ figures: RankFigures?) -> JSON {
    guard let figures else { return .null }
    return .object([
      ("ndcg_at_10", .number(figures.ndcg)), ("hr_at_10", .number(figures.hitRate)), ("cases", .int(figures.cases)),
      ("manner", .text(HoldOut.strict)),
    ])
  }

  /// The peak of the process's memory.
  private static var peakMemoryBytes: Int {
    guard let bytes = try? RealDisk().read("/proc/self/status", limit: 1 << 16) else { return 0 }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let words = lines.first { $0.hasPrefix("VmHWM:") }?.split { $0 == " " || $0 == "\t" }
    return (words?.dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  // MARK: Lines

  private var elapsed: Double { Double(stageStart.microseconds(until: clock.now())) / 1e6 }

  /// Prints a line that stays.
  func note(_ text: String) {
    if isJSON {
      StandardStreams.error(text + "\n")
    } else {
      StandardStreams.output(text + "\n", isOver: isTerminal)
    }
  }

  /// Shows a line that is written over by the next.
  private func draw(_ text: String, isLast: Bool) {
    guard isTerminal else { return }
    let now = clock.now()
    guard isLast || now >= nextDraw else { return }
    nextDraw = now.advanced(microseconds: 200_000)
    StandardStreams.output(text, isOver: true)
  }
}
