import Answers
import Arguments
import DataSets
import JSON
import Ranking
import Vocabulary

/// `winnow log answers`: what was shown to which shopper, by which model.
enum LogAnswersVerb {
  static let user = Flag("user", .string, "Only answers to this shopper.", group: "Which", placeholder: "USER")
  static let limit = Flag("limit", .int(1...1_000_000), "How many to show: the newest ones.", default: "20")

  static let verb = Verb(
    command: Command(
      name: "answers", summary: "Show what a coordinator has answered: which items, to which shopper, by which model",
      details: """
        Reads the files of the answer log, which a coordinator writes with --answer-log-max. The newest is shown last; in \
        JSON each answer is a line.
        """,
      flags: AnswerFiles.flags + [user, limit] + OwnIDs.flags, positionals: [AnswerFiles.directory]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    var files = try AnswerFiles(session)
    let own = try await OwnIDs(session)
    let (user, limit) = (try own.user(Self.user, session)?.rawValue, session[Self.limit])
    var answers: [LoggedAnswer] = []
    let isWhole = try files.read { (answer) throws(Failure) in
      guard user == nil || answer.user == user else { return }
      if answers.count >= 2 * limit { answers.removeFirst(answers.count - limit) }
      answers.append(answer)
      answers[answers.count - 1].inputs = nil
    }
    answers = answers.suffix(limit)
    let names = try own.names(
      items: answers.flatMap { $0.shown.map { ItemID($0.item) } },
      users: answers.compactMap { $0.user.map { UserID($0) } })
    if session.isJSON {
      for answer in answers { StandardStreams.output(json(answer, names).line + "\n") }
    } else {
      StandardStreams.output(text(answers, names))
    }
    return isWhole ? .ok : .failed
  }

  private static func json(_ answer: LoggedAnswer, _ names: IDNames) -> JSON {
    var fields: [(String, JSON)] = [
      ("time", .text(Timestamp.text(answer.time / 1000))), ("request", .text(Text.hexadecimal(answer.requestID))),
      ("collection", .text(answer.collection)), ("generation", .int(Int(answer.generation))),
      ("model", JSON.model(answer.model == 0 ? nil : answer.model)), ("arm", .text(answer.arm)),
    ]
    fields += names.fields(answer.user.map { UserID($0) })
    if !answer.words.isEmpty { fields.append(("words", .text(answer.words))) }
    if !answer.filter.isEmpty { fields.append(("filter", .text(answer.filter))) }
    fields.append(("context", .object(answer.context.map { ($0.name, json($0.value)) })))
    fields.append(
      (
        "results",
        .list(
          answer.shown.enumerated().map { index, shown in
            .object(
              [("place", .int(Int(answer.offset) + index + 1))] + names.fields(ItemID(shown.item)) + [
                ("retrieval_score", .float(shown.retrievalScore)),
                ("logit", index < answer.rankedCount ? .float(shown.logit) : .null),
              ])
          })
      ))
    return .object(fields)
  }

  private static func json(_ value: ContextValue) -> JSON {
    switch value {
    case .number(let number): .float(number)
    case .word(let word): .text(word.text)
    }
  }

  private static func text(_ answers: [LoggedAnswer], _ names: IDNames) -> String {
    var table = Table([
      ("time", .left), ("request", .left), ("collection", .left), ("model", .left), ("who", .left), ("words", .left),
      ("from place", .right), ("items", .left),
    ])
    for answer in answers {
      table.add([
        Timestamp.text(answer.time / 1000), Text.hexadecimal(answer.requestID), answer.collection,
        answer.model == 0 ? "–" : Text.hexadecimal(answer.model), answer.user.map { names[UserID($0)] } ?? "–",
        answer.words.isEmpty ? "–" : answer.words, "\(answer.offset + 1)",
        answer.shown.prefix(5).map { names[ItemID($0.item)] }.joined(separator: " ")
          + (answer.shown.count > 5 ? " … \(answer.shown.count)" : ""),
      ])
    }
    return table.text
  }
}
