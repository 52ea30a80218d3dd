import Arguments
import DataSets
import Evaluation
import JSON
import Ranking
import SocketTransport
import Storage
import Telemetry
import Vocabulary
import WinnowClient

/// One run of `winnow loop`: from what shoppers did to the model that serves, if it is no worse.
///
/// Each step is a verb that a person could give, writes what it makes as a whole, and is done again when it was
/// interrupted. Nothing before the push touches the cluster's model.
struct LoopRun {
  /// What a run has come to.
  enum Ending: String {
    case pushed, refused, same
  }

  let session: Session
  let directory: LoopDirectory
  private var state: LoopState
  private var place: String { directory.run(state.run) }

  init(_ session: Session, _ directory: String) throws(Failure) {
    self.session = session
    self.directory = LoopDirectory(directory)
    state = try LoopState.read(directory)
  }

  /// Goes on with the run that was interrupted, or makes the next one.
  mutating func run() async throws(Failure) -> Ending {
    if state.next == nil {
      let serving = state.serving
      (state, state.serving) = (LoopState(), serving)
      state.run = directory.lastRun + 1
      state.next = .export
      try directory.make(state.run)
      try state.write(directory.path)
    }
    var ending = Ending.refused
    while let step = state.next {
      guard !Task.isCancelled else { throw Failure(.interrupted, "interrupted before the \(step.rawValue)") }
      StandardStreams.error("run \(state.run): \(step.rawValue)\n")
      do throws(Failure) {
        switch step {
        case .export: try await export()
        case .import: try await importLog()
        case .train: try await train()
        case .evaluate: try await evaluate()
        case .push:
          ending = try await push()
          await tell(try note(ending))
        }
      } catch {
        if error.code != .interrupted { await tell("run \(state.run): the \(step.rawValue) failed: \(error.message)") }
        // What failed on these events is tried again on newer ones; a push is just tried again.
        if step != .push, error.code != .interrupted {
          state.next = .export
          try state.write(directory.path)
        }
        throw error
      }
      state.next = LoopState.Step.allCases.firstIndex(of: step).flatMap { place in
        LoopState.Step.allCases.dropFirst(place + 1).first
      }
      try state.write(directory.path)
    }
    directory.keep(session[LoopVerb.keep], serving: state.serving)
    return ending
  }

  // MARK: Steps

  /// Runs another verb with the connection of this one.
  private func verb(_ arguments: [String]) async throws(Failure) {
    let verb = try parsed(arguments)
    let code = try await Program.verb(verb).run(verb)
    guard code == .ok else {
      throw Failure(code, "'winnow \(arguments.prefix(2).joined(separator: " "))' ended with \(code.rawValue)")
    }
  }

  private func parsed(_ arguments: [String]) throws(Failure) -> Session {
    var all = arguments + ["--coordinator", session.address]
    if let timeout = session.timeout { all += ["--timeout", "\(timeout.wholeMicroseconds)us"] }
    if let key = session[Session.keyFile] { all += ["--key-file", key] }
    if let directory = session[Session.tlsDirectory] { all += ["--tls-dir", directory] }
    if let name = session[Session.tlsName] { all += ["--tls-name", name] }
    switch Program.command.parse(all) {
    case .run(let values): return Session(values)
    case .usageError(let text): throw Failure(.usage, text)
    case .help, .version: throw Failure(.usage, "'\(arguments.joined(separator: " "))' asks for help")
    }
  }

  private var collection: [String] { session[Session.collectionFlag].map { ["--collection", $0] } ?? [] }

  private func export() async throws(Failure) {
    var arguments = ["event", "export", "--force", "--out", "\(place)/events.tsv"] + collection
    if let serving = state.serving ?? session[LoopVerb.model] { arguments += ["--dictionary", serving] }
    try await verb(arguments)
  }

  private mutating func importLog() async throws(Failure) {
    var arguments = ["import", "tsv", "--force", "--out", "\(place)/data"]
    if let items = session[LoopVerb.items] { arguments += ["--items", items] }
    if let users = session[LoopVerb.users] { arguments += ["--users", users] }
    if let serving = state.serving ?? session[LoopVerb.model] { arguments += ["--dictionaries", serving] }
    arguments += Self.words(session[LoopVerb.importFlags])
    try await verb(arguments + session[LoopVerb.log] + ["\(place)/events.tsv"])
    let data: DataSet
    do throws(DataError) { data = try DataSet.read("\(place)/data", on: RealDisk()).data } catch {
      throw Failure(error)
    }
    guard data.hasClock, let newest = data.interactions.times.max() else {
      throw Failure(.failed, "the log has no times, by which the newest events could be held out")
    }
    let held = session[LoopVerb.heldOut]
    state.heldFrom = newest - Int64(clamping: held.wholeMicroseconds / 1000)
  }

  private var split: String { "date:\(Timestamp.text(state.heldFrom ?? 0))" }

  private func train() async throws(Failure) {
    let start = ["train", "--force", "--hold-out", split, "--out", "\(place)/model"]
    let rest = Self.words(session[LoopVerb.trainFlags]) + ["\(place)/data"]
    if let serving = state.serving, (state.run - 1) % session[LoopVerb.retrainEvery] != 0 {
      do throws(Failure) { return try await verb(start + ["--from", serving] + rest) } catch {
        guard error.code != .interrupted else { throw error }
        StandardStreams.error("from the start, because \(serving.visible) is not trained further: \(error.message)\n")
      }
    }
    try await verb(start + rest)
  }

  private mutating func evaluate() async throws(Failure) {
    state.difference = nil
    let rival = state.serving ?? session[LoopVerb.model] ?? Baseline.popularity.rawValue
    let evaluation = try parsed(
      ["evaluate", "--split", split, "--against", rival, "--baselines", "none", "\(place)/model", "\(place)/data"])
    let run = try EvaluationRun(evaluation)
    let (cases, least) = (run.test.cases.count, session[LoopVerb.leastCases])
    guard cases >= least else {
      return StandardStreams.error("\(cases) cases since \(split) judge no model: --least-cases is \(least)\n")
    }
    let report = try await run.report()
    StandardStreams.error(report.text)
    let metric = report.metrics.firstIndex(of: .ndcg(10))
    let difference = report.differences.first { $0.system == report.final && $0.other == rival }
    guard let metric, let interval = difference?.intervals[metric] else {
      throw Failure(
        .failed, "the model could not be compared with \(rival.visible)",
        advice: "hold out more: --held-out, which is \(split) now")
    }
    state.difference = [interval.mean, interval.low, interval.high]
  }

  /// Whether the gate lets the candidate pass.
  private var passes: Bool {
    guard let difference = state.difference, difference.count == 3 else { return false }
    return session[LoopVerb.gate] == "better" ? difference[1] > 0 : difference[2] >= 0
  }

  private mutating func push() async throws(Failure) -> Ending {
    guard passes else { return .refused }
    let model = "\(place)/model"
    let id: UInt64
    do throws(DataError) { id = try ServedModel.read(model, on: RealDisk()).model.id } catch { throw Failure(error) }
    // A run that was interrupted behind its push makes no second one.
    let serves = try await session.withClient { (client) throws(WinnowError) -> Bool? in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.generations(of: collection, timeout: session.timeout)
        .contains { $0.state == .active && $0.model == id }
    }
    guard let serves else { throw session.needsCollection() }
    if !serves {
      var arguments = ["model", "push"] + collection
      if let percent = session[LoopVerb.arm] { arguments += ["--arm", "\(percent)"] }
      try await verb(arguments + [model])
    }
    state.serving = model
    return serves ? .same : .pushed
  }

  // MARK: What is kept

  /// Adds a line to the history of runs, and prints it.
  ///
  /// - Returns: the same for people.
  private func note(_ ending: Ending) throws(Failure) -> String {
    let difference = state.difference ?? []
    let json = JSON.object([
      ("run", .int(state.run)), ("ended", .text(Log.presentTime())),
      ("outcome", .text(ending.rawValue)), ("held_out", .text(split)),
      ("ndcg10_difference", difference.first.map { .number($0) } ?? .null),
      ("low", difference.count == 3 ? .number(difference[1]) : .null),
      ("high", difference.count == 3 ? .number(difference[2]) : .null), ("model", .text("\(place)/model")),
      ("serving", state.serving.map { .text($0) } ?? .null),
    ])
    let path = "\(directory.path)/\(LoopVerb.history)"
    let old = try Files.readIfThere(path, limit: 1 << 26) ?? []
    try Files.write(path, old + Array((json.line + "\n").utf8))
    let figures = difference.map { Text.fixed($0, 4) }
    let text =
      "run \(state.run): \(ending == .refused ? "not pushed" : ending.rawValue); "
      + (figures.count == 3
        ? "NDCG@10 \(figures[0]) (\(figures[1]) to \(figures[2])) more than what serves" : "too few cases to judge it")
    session.print(json, human: text + "\n")
    return text
  }

  /// Tells the cluster what came of a run, for its console; a coordinator that is away misses it.
  private func tell(_ outcome: String) async {
    do throws(Failure) {
      try await session.withClient { (client) throws(WinnowError) in
        guard let collection = try await session.collection(client) else { return }
        try await client.noteLoopRun(of: collection, outcome, timeout: session.timeout)
      }
    } catch { StandardStreams.error("the cluster was not told of this run: \(error.message)\n") }
  }

  private static func words(_ text: String?) -> [String] { (text ?? "").split(separator: " ").map(String.init) }
}
