import Arguments
import SocketTransport
import Storage
import Vocabulary

/// `winnow loop`: behaviour to training to ranking, without a person.
enum LoopVerb {
  /// A line a run, in the loop's directory.
  static let history = "runs.jsonl"

  static let directory = Flag.required(
    "dir", .string, "The loop's directory: how far it is, its runs with their models, and runs.jsonl with a line each.")
  static let every = Flag(
    "every", .duration(.seconds(1) ... .seconds(31 * 86_400)),
    "Run again so long after the beginning of a run; without it, one run, as from a timer.")
  static let model = Flag(
    "model", .file, "The model that serves before the first run.", placeholder: "MODEL")
  static let log = Flag.repeated(
    "log", .file, "A log from before the cluster kept events, read besides what it keeps.")
  static let items = Flag("items", .file, "The table of items, as for 'winnow import tsv'.")
  static let users = Flag("users", .file, "The table of users, as for 'winnow import tsv'.")
  static let importFlags = Flag(
    "import-flags", .string, "Flags of 'winnow import tsv', with spaces between them, behind a =.", placeholder: "FLAGS"
  )
  static let trainFlags = Flag(
    "train-flags", .string, "Flags of 'winnow train', with spaces between them, behind a =.", placeholder: "FLAGS")
  static let retrainEvery = Flag(
    "retrain-every", .int(1...1000),
    "Of this number of runs the first trains a model from the start, the others train the one before further, if it can "
      + "be. 1: always from the start.", default: "7", placeholder: "RUNS")
  static let heldOut = Flag(
    "held-out", .duration(.seconds(60) ... .seconds(31 * 86_400)),
    "The newest events, by which the new model is judged and of which it learns nothing.", default: "24h")
  static let leastCases = Flag(
    "least-cases", .int(1...1_000_000), "Held-out cases without which nothing is judged and nothing pushed.",
    default: "50")
  static let gate = Flag(
    "gate", .choice(["not-worse", "better"]),
    "Which models are pushed: those whose paired interval against what serves is not below zero, or is above it.",
    default: "not-worse")
  static let arm = Flag(
    "arm", .double(0.0001...99.9999),
    "How many of 100 shoppers get a model that is pushed, as 'winnow model push --arm'.",
    placeholder: "PERCENT")
  static let keep = Flag("keep", .int(2...1000), "Runs that are kept: the way back.", default: "3")

  static let verb = Verb(
    command: Command(
      name: "loop", summary: "Train on what shoppers did, and push what is no worse",
      details: """
        A run exports the events that the cluster keeps, imports them, trains a model without the newest, judges it by \
        those beside the model that serves, and pushes it if the gate lets it pass. A step that \
        fails leaves what serves alone. Interrupted, the next call goes on with that step. Only one loop runs in a \
        directory. The console and 'winnow cluster quality' show the last runs. Exit code 4: the last run was not pushed.
        """,
      flags: [
        Session.collectionFlag, directory, every, model, log, items, users, importFlags, trainFlags,
        retrainEvery, heldOut, leastCases, gate, arm, keep,
      ]), run: run, finishesWhenInterrupted: true)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let path = session[Self.directory]
    let lock: DataDirectory
    do throws(DiskError) { lock = try DataDirectory(path, on: RealDisk()) } catch {
      guard error.isLocked else { throw Failure(error) }
      throw Failure(.conflict, "another loop runs in \(path.visible)", advice: "wait until it ends")
    }
    defer { lock.unlock() }
    let clock = SystemClock()
    while true {
      let begin = clock.now()
      var last = ExitCode.ok
      do throws(Failure) {
        var one = try LoopRun(session, path)
        last = try await one.run() == .refused ? .thresholdMissed : .ok
      } catch {
        // What is wrong now may be right later; without a next run it is told by the exit code.
        guard session[Self.every] != nil, error.code != .usage, !Task.isCancelled else { throw error }
        session.report(error)
      }
      guard let every = session[Self.every], !Task.isCancelled else { return last }
      let end = begin.advanced(microseconds: UInt64(clamping: every.wholeMicroseconds))
      let now = clock.now()
      if now < end { try? await Task.sleep(for: .microseconds(Int64(clamping: now.microseconds(until: end)))) }
      guard !Task.isCancelled else { return .interrupted }
    }
  }
}
