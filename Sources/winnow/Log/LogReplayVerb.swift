import Answers
import Arguments
import JSON
import Ranking
import Vocabulary

/// `winnow log replay`: computes logged answers once more, to the last bit.
enum LogReplayVerb {
  static let models = Flag.list(
    "model", .file, "The directories of the models that answered, as they were pushed.", placeholder: "MODEL,…")
  /// Differences that are shown.
  private static let shownMax = 20

  static let verb = Verb(
    command: Command(
      name: "replay",
      summary: "Compute logged answers once more, and say whether every logit is the same to the last bit",
      details: """
        Of the answers that were logged with their inputs (--input-log-rate of the coordinator): each is computed by the \
        model that it names, candidate by candidate. Exit code 4 if a logit differs or a part of the log is damaged.
        """,
      flags: AnswerFiles.flags + [models], positionals: [AnswerFiles.directory]), run: run)

  /// What came of all answers.
  private struct Count {
    var (equal, candidates, withoutInputs, withoutModel) = (0, 0, 0, 0)
    var strangers: Set<UInt64> = []
    var differences: [(answer: LoggedAnswer, what: String)] = []
    var differing = 0
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    guard session.isGiven(Self.models) else {
      throw session.usage(Self.models, "is missing: which directories were the models pushed from?")
    }
    var files = try AnswerFiles(session)
    var rerankers: [Reranker] = []
    for directory in session[Self.models] { rerankers.append(Reranker(try model(directory))) }
    let replay = AnswerReplay(rerankers)
    var count = Count()
    let isWhole = try files.read { (answer) throws(Failure) in take(answer, replay.outcome(of: answer), &count) }
    session.print(json(count, isWhole), human: text(count))
    if count.differing > 0 || !isWhole { return .thresholdMissed }
    guard count.equal > 0 else {
      throw Failure(
        .failed, "no answer could be computed",
        advice: count.withoutModel > 0
          ? "give the models that answered with --model; 'winnow model list' and 'winnow log answers' show their ids"
          : "the coordinator logs inputs with --input-log-rate above 0, of answers that a model has ordered")
    }
    return .ok
  }

  private static func take(_ answer: LoggedAnswer, _ outcome: AnswerReplay.Outcome, _ count: inout Count) {
    let difference: String
    switch outcome {
    case .equal(let candidates):
      count.equal += 1
      count.candidates += candidates
      return
    case .withoutInputs:
      count.withoutInputs += 1
      return
    case .withoutModel:
      count.withoutModel += 1
      count.strangers.insert(answer.model)
      return
    case .unfit: difference = "its inputs do not fit the model"
    case .different(let place, let logged, let computed):
      difference = "candidate \(place + 1): logged \(text(logged)), computed \(text(computed))"
    case .shownOtherwise(let item): difference = "item \(item) was shown with another logit than its candidate has"
    }
    count.differing += 1
    if count.differences.count < shownMax { count.differences.append((answer, difference)) }
  }

  private static func text(_ bits: UInt32?) -> String {
    bits.map { "\(Float(bitPattern: $0)) (\(String($0, radix: 16)))" } ?? "no number"
  }

  private static func json(_ count: Count, _ isWhole: Bool) -> JSON {
    .object([
      ("equal", .int(count.equal)), ("candidates", .int(count.candidates)), ("different", .int(count.differing)),
      ("without_inputs", .int(count.withoutInputs)), ("without_model", .int(count.withoutModel)),
      ("missing_models", .list(count.strangers.sorted().map { .text(Text.hexadecimal($0)) })),
      ("log_whole", .bool(isWhole)),
      (
        "differences",
        .list(
          count.differences.map {
            .object([("request", .text(Text.hexadecimal($0.answer.requestID))), ("what", .text($0.what))])
          })
      ),
    ])
  }

  private static func text(_ count: Count) -> String {
    var text =
      "\(Text.grouped(count.equal)) answers with \(Text.grouped(count.candidates)) candidates are the same to the last bit\n"
    if count.differing > 0 { text += "\(Text.grouped(count.differing)) answers differ:\n" }
    for (answer, what) in count.differences { text += "  request \(Text.hexadecimal(answer.requestID)): \(what)\n" }
    if count.withoutInputs > 0 { text += "\(Text.grouped(count.withoutInputs)) were logged without their inputs\n" }
    if count.withoutModel > 0 {
      text +=
        "\(Text.grouped(count.withoutModel)) were made by models that were not given: "
        + count.strangers.sorted().map(Text.hexadecimal).joined(separator: ", ") + "\n"
    }
    return text
  }

  private static func model(_ directory: String) throws(Failure) -> Model {
    let manifest = try Files.read("\(directory)/\(ModelFile.manifest.rawValue)", limit: Model.manifestBytesMax)
    let weights = try Files.read("\(directory)/\(ModelFile.weights.rawValue)", limit: Model.weightsBytesMax)
    let users = try Files.readIfThere("\(directory)/\(ModelFile.users.rawValue)", limit: Model.usersBytesMax)
    let tower = try Files.readIfThere("\(directory)/\(ModelFile.tower.rawValue)", limit: Model.towerBytesMax)
    let words = try WordFiles { (file, limit) throws(Failure) in
      try Files.readIfThere("\(directory)/\(file.rawValue)", limit: limit)
    }
    return try Failure.wrap { () throws(ModelError) in
      try Model.load(manifest: manifest, weights: weights, users: users, tower: tower, words: words)
    }
  }
}
