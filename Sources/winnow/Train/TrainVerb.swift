import Arguments
import DataSets
import JSON
import Learning
import Privacy
import Ranking
import SocketTransport
import Storage
import Vocabulary

/// `winnow train`: makes a model of a data set.
enum TrainVerb {
  static let out = Flag.required("out", .outputDirectory, "The model directory to write.")
  static let from = Flag(
    "from", .file, "Train the model of this directory further, with its tower, network and features.",
    placeholder: "MODEL")
  static let resume = Flag.switch("resume", "Go on with the interrupted run that had the same flags and the same OUT.")
  static let history = Flag("history", .outputFile, "Write the figures of every epoch here, as JSON.")
  static let plot = Flag("plot", .outputFile, "Draw loss and metrics over the epochs here, as SVG.")
  static let export = Flag(
    "export", .choice(["float32", "bf16", "int8"]), "How weights and vectors are stored for servers.",
    default: "float32")
  static let threads = Flag("threads", .int(1...256), "Without it, all processors; the model does not depend on it.")
  static let data = Positional("DATA", .file, "The directory of a data set.")

  static let verb = Verb(
    command: Command(
      name: "train", summary: "Train a model on a data set: a retrieval tower, and a re-ranker on top of it",
      details: """
        DATA is a directory that 'winnow import' wrote. Each user's last event is held out: re-ranking is judged by it \
        after every epoch, and the best epoch is kept. OUT becomes a model directory: 'winnow model push' sends it, \
        'winnow feed' reads its items.
        Interrupted once, it keeps the best epoch, writes the model and ends with 130; --resume goes on to the same \
        weights as if nothing had happened. Interrupted again, it ends at once.
        With --from, the model of an earlier training learns what is new in DATA: a data set, or a log that 'winnow \
        import tsv' reads without flags. Users and items in it get vectors of all their events, old and new; those that \
        are new are added; all others, and the layers, stay as they are. A model with texts learns new words and \
        searches, and keeps how much each part counts; lexicon.bin, suggest.bin, synonyms.txt and protected.txt \
        that lie beside the model go along. With --hold-out date:… besides, DATA may have \
        the old events too: what is newer than all of those, and older than the date, is learned.
        With --text, DATA may have items alone, as 'winnow import tsv --items FILE' without a log writes it: the model then \
        learns from their words, and finds items by words without knowing any shopper.
        With --private, OUT/public becomes a model that hardly depends on any one user: sums over users under noise, of \
        which a table is made of what follows what. OUT/holder is for the holder of the data alone. DATA/privacy.ledger \
        says what was spent.
        """,
      flags: [out, from, OutputDirectory.force, resume, history, plot, export, threads] + PrivateFlags.all
        + TrainFlags.settings,
      positionals: [data]), run: run, finishesWhenInterrupted: true
  )

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    if let terms = try PrivateFlags.terms(session) { return try runPrivately(session, terms) }
    var options = try TrainFlags.options(session)
    let weights = try Weights.read(session)
    let place = try TrainPlace(session)
    if let model = session[Self.from] {
      return try goOn(session, from: model, options, place)
    }
    let read: DataSet.Read
    do throws(DataError) {
      read = try DataSet.read(session[Self.data], on: RealDisk(), weights: weights)
    } catch {
      throw Failure(error)
    }
    guard read.data.interactions.count > 0 else { return try TextTrainRun(session, read.data, place).run() }
    let recent = try recent(session, read.data)
    // Where a test came with the data and there is no clock, the order of the log says nothing.
    let isOrdered = read.data.hasClock || read.test.isEmpty
    let order: FitParts.Order = isOrdered ? .time : .random(seed: options.training.seed)
    let test = try holdOut(session, read, isOrdered: isOrdered)
    switch test {
    case .lastTwo where options.refits && !options.tower.kind.folds:
      throw session.usage(
        TrainFlags.holdOut, "goes with --tower bpr only under --no-refit: its users have no vectors but learned ones")
    default: break
    }
    options.folds = test == .lastTwo
    let visit = options.keepsKnown ? (read.data.hasClock ? OwnedHistory.visit : 1) : nil
    let held = HoldOut(test, order: order, visit: visit, events: read.data.interactions.count)
    let tested = test.parts(read.data.interactions)
    let kept = tested.indices.filter { tested[$0] != .test && recent[$0] }
    let data = read.data.filter { tested[$0] != .test && recent[$0] }
      .withoutRareWords(leastUsers: options.coldStart.leastUsers)
    let parts = FitParts(
      data.interactions, order: order, rerankShare: options.rerankShare, casesMax: options.validationMax,
      visit: visit, heldOut: test == .lastTwo ? kept.map { tested[$0] == .validation } : nil)
    return try TrainRun(session, options, data, parts, place, held: held).run()
  }

  /// What the flag says is held out.
  private static func holdOut(
    _ session: Session, _ read: DataSet.Read, isOrdered: Bool
  ) throws(Failure) -> HoldOut.Test {
    guard let test = HoldOut.Test(session[TrainFlags.holdOut]) else {
      throw session.usage(TrainFlags.holdOut, "is not none, last, last-two or a date such as date:2011-10-01")
    }
    switch test {
    case .date where !read.data.hasClock:
      throw session.usage(TrainFlags.holdOut, "is a date, and the log has no times: give last or last-two")
    case .lastTwo where !isOrdered:
      throw session.usage(
        TrainFlags.holdOut, "needs an order of events, and the log, whose test is apart, has no times")
    default: return test
    }
  }

  /// Of each event whether it is young enough to be read.
  private static func recent(_ session: Session, _ data: DataSet) throws(Failure) -> [Bool] {
    let times = data.interactions.times
    guard let days = session[TrainFlags.keepDays] else { return [Bool](repeating: true, count: times.count) }
    guard data.hasClock else { throw session.usage(TrainFlags.keepDays, "needs a log with times") }
    let oldest = (times.max() ?? 0) - Int64(days) * 86_400_000
    return times.map { $0 >= oldest }
  }

  /// Makes a private model.
  private static func runPrivately(_ session: Session, _ terms: PrivacyTerms) throws(Failure) -> ExitCode {
    let read: DataSet.Read
    do throws(DataError) { read = try DataSet.read(session[Self.data], on: RealDisk()) } catch { throw Failure(error) }
    let isOrdered = read.data.hasClock || read.test.isEmpty
    let test = try holdOut(session, read, isOrdered: isOrdered)
    return try PrivateTrainRun(session, terms, read).run(
      test, order: isOrdered ? .time : .random(seed: 1), recent: try recent(session, read.data))
  }

  /// Trains a model further.
  private static func goOn(
    _ session: Session, from model: String, _ options: FitOptions, _ place: TrainPlace
  ) throws(Failure) -> ExitCode {
    // What the model was made with may be said again, as by the flags of a loop.
    let settings = (try? WarmStart.record(of: model, on: RealDisk()))?.settings ?? [:]
    if let flag = TrainFlags.ofModel.first(where: { flag in
      session.values.source(flag) == .commandLine
        && session.values.texts(flag).joined(separator: ",") != settings[flag.row.name] ?? ""
    }) {
      throw session.usage(flag, "has no effect with --from: the model stays what it is")
    }
    try session.refuse([TrainFlags.keepDays], "with --from: the model has learned from the old log")
    var until: Int64?
    if session.isGiven(TrainFlags.holdOut) {
      guard case .date(let time)? = HoldOut.Test(session[TrainFlags.holdOut]) else {
        throw session.usage(
          TrainFlags.holdOut, "goes with --from only as a date: the model has learned from the old log")
      }
      until = time
    }
    let path = session[Self.data]
    let isDirectory = (try? RealDisk().list(path)) != nil
    let warm: WarmStart
    var eventCount = 0
    do throws(DataError) {
      warm = try WarmStart(model, on: RealDisk(), leastUsers: options.coldStart.leastUsers, until: until) {
        (old, weights) throws(DataError) in
        guard !isDirectory else {
          let data = try DataSet.read(path, on: RealDisk(), weights: weights).data
          eventCount = data.interactions.count
          return data
        }
        var rules = CleaningRules()
        rules.weights = weights
        let log = try EventLog(InputFile(path))
        let cleaning = Cleaning(log, rules)
        StandardStreams.error(log.readings.map(\.text).joined() + CleaningReport(log, cleaning, weights: weights).text)
        let data = try DataSet(log, cleaning, userDictionary: old.users, itemDictionary: old.items)
        eventCount = data.interactions.count
        return data
      }
    } catch {
      throw Failure(error)
    }
    var options = options
    let threads = options.tower.threads
    options.tower = warm.tower
    options.keepsKnown = warm.record.features?.readsOwned ?? false
    options.tower.threads = threads
    if !warm.hasReranker { options.training.epochs = 0 }
    let parts = FitParts(
      warm.data.interactions, rerankShare: options.rerankShare, casesMax: options.validationMax,
      oldCount: warm.oldEventCount)
    let held = until.map { HoldOut(.date($0), events: eventCount) }
    return try TrainRun(session, options, warm.data, parts, place, held: held, warm: warm).run()
  }
}

extension Failure {
  /// Why nothing was learnt.
  init(_ error: FitError) { self.init(.failed, error.message, advice: error.advice, name: "BAD_DATA") }

  /// Runs what may find nothing to learn.
  static func wrap<Value>(_ body: () throws(FitError) -> Value) throws(Failure) -> Value {
    do throws(FitError) { return try body() } catch { throw Failure(error) }
  }

  /// Runs what may find a model that cannot be.
  static func wrap<Value>(_ body: () throws(ModelError) -> Value) throws(Failure) -> Value {
    do throws(ModelError) { return try body() } catch { throw Failure(error) }
  }

  /// Why nothing private was made.
  init(_ error: PrivacyError) {
    let names: [PrivacyError.Kind: String] = [
      .setting: "BAD_PRIVACY", .budget: "BUDGET_SPENT", .key: "BAD_KEY", .ledger: "BAD_LEDGER", .items: "BAD_DATA",
      .federation: "BAD_FEDERATION",
    ]
    let code: ExitCode = error.kind == .budget || error.kind == .key ? .conflict : .failed
    self.init(code, error.message, advice: error.advice, name: names[error.kind] ?? "")
  }

  /// Runs what may refuse a release.
  static func wrap<Value>(_ body: () throws(PrivacyError) -> Value) throws(Failure) -> Value {
    do throws(PrivacyError) { return try body() } catch { throw Failure(error) }
  }
}
