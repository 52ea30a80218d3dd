import Arguments
import DataSets
import JSON
import Kernels
import Learning
import Names
import Ranking
import SocketTransport
import Towers
import Vocabulary

/// One run of `winnow train --text` on a data set without a log: a model of texts alone.
struct TextTrainRun {
  private let session: Session
  private let data: DataSet
  private let place: TrainPlace

  /// - Throws: If flags are given that say how a log is learned from, or none that says which texts.
  init(_ session: Session, _ data: DataSet, _ place: TrainPlace) throws(Failure) {
    (self.session, self.data, self.place) = (session, data, place)
    guard session.isGiven(TextFlags.text) else { throw Failure(FitError.noEvents) }
    let used = Set(Self.settings.map(\.row.name))
    try session.refuse(
      TrainFlags.settings.filter { !used.contains($0.row.name) } + [TrainVerb.history, TrainVerb.plot],
      "without a log: the model has learned from texts alone")
  }

  /// The flags that decide such a model's bytes.
  private static let settings: [any Argument] = [TrainFlags.name, TrainFlags.seed] + TextFlags.all

  func run() throws(Failure) -> ExitCode {
    let clock = SystemClock()
    let start = clock.now()
    let parts = FitParts(data.interactions)
    let named = Set(Self.settings.map(\.row.name))
    let settings = TrainFlags.texts(session).filter { named.contains($0.key) }
    var record = TrainingRecord(settings: settings, data: .init(parts.whole))
    if place.isResumed {
      let old = try place.interrupted().record
      guard old.data == record.data, old.settings == record.settings else {
        throw Failure(
          .failed, "the interrupted run had other data or other flags", advice: "start over with --force")
      }
    } else {
      try place.keep(record, checkpoint: nil)
    }
    let reporter = TrainReporter(session, clock: clock)
    let flags = (settings[TextFlags.text.row.name], settings[TextFlags.language.row.name])
    guard let words = try TextFlags.fit(session, data, parts, named: flags, from: nil) else {
      throw Failure(FitError.noEvents)
    }
    let nothing = RetrievalTower(
      queries: FloatMatrix(rows: 0, columns: 0), embeddings: FloatMatrix(rows: data.items.count, columns: 0))
    guard let learned = try TextStage(words, place, reporter).run(nothing) else { return .interrupted }
    var search = learned.settings
    // The score of both arms as it is: there is no network that could add anything.
    var ranking = WordRanking()
    (ranking.fused, ranking.logit) = (1, 0)
    search.ranking = ranking
    (record.search, record.ending) = (learned.record, "finished")
    let texts = words.texts(nothing.embeddings, parts.known, settings: search)
    let model = try Failure.wrap { () throws(ModelError) in
      try TextModel(
        name: session[TrainFlags.name], texts, data, record, TrainRun.storage(session))
    }
    try place.write(model.files)
    place.removeCheckpoints()
    let seconds = Double(start.microseconds(until: clock.now())) / 1e6
    session.print(
      .object([
        ("out", .text(place.out)), ("items", .int(data.items.count)), ("passes", .int(learned.record.passes)),
        ("seconds", .number(seconds)),
      ]),
      human: """
          learned from      the words of \(Text.grouped(data.items.count)) items; there is no log
          time              \(Text.seconds(seconds))
        \(place.out.visible): a model directory

        """)
    return .ok
  }
}
