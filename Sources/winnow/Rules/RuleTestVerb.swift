import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow rule test`: a query without and with the rules of its collection, side by side.
enum RuleTestVerb {
  static let user = Flag("user", .string, "The shopper, by id.", group: "Who", placeholder: "ID")
  static let context = Flag.repeated(
    "context", .string, "A feature of the moment, such as device=phone.", group: "Who", placeholder: "NAME=VALUE")
  static let filter = Flag(
    "filter", .string, "Only items that pass this filter.", group: "What", placeholder: "EXPRESSION")
  static let k = Flag("k", .int(1...Limits.kMax), "Results wanted.", group: "What", default: "10")
  static let words = Positional.repeated("WORDS", .string, "What the shopper types.", isRequired: false)

  static let verb = Verb(
    command: Command(
      name: "test", summary: "Show a query without and with the rules, side by side",
      details: "Which rules acted, and what they moved, stands below.",
      flags: [Session.collectionFlag, user, context, filter, k] + OwnIDs.flags, positionals: [words]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    var query = RankQuery(collection: "", k: session[Self.k])
    query.words = session[Self.words].joined(separator: " ")
    query.filter = session[Self.filter] ?? ""
    query.attributes = .all
    // An answer names the rules that acted only where something of a page is asked for.
    query.page.wantsTotal = true
    query.timeout = session.timeout
    for pair in session[Self.context] {
      guard let (name, value) = pair.namedValue else { throw session.usage(Self.context, "takes NAME=VALUE") }
      query.context.append((name, Float(value).flatMap { $0.isFinite ? .number($0) : nil } ?? .keyword(value)))
    }
    let ids = try await OwnIDs(session)
    query.user = try ids.user(Self.user, session)
    guard query.user != nil || !query.words.isEmpty else {
      throw Failure(.usage, "winnow rule test: who asks? Give --user, or words to search for")
    }
    let asked = query
    var answers: [(RankQuery, RankAnswer)] = []
    try await session.withCollection { (client, collection) throws(WinnowError) in
      for skips in [true, false] {
        var query = asked
        query.collection = collection
        query.page.skipsRules = skips
        answers.append((query, try await client.rank(query)))
      }
    }
    let names = try ids.names(items: answers.flatMap { $0.1.results.map(\.item) }, users: asked.user.map { [$0] } ?? [])
    session.print(
      .list(answers.map { AnswerJSON.json($0.1, of: $0.0, names) }),
      human: ComparisonText(answers[0], answers[1], names).text + "left: without rules, right: with them\n"
        + PageText.lines(answers[1].1, names).map { $0 + "\n" }.joined())
    return .ok
  }
}
