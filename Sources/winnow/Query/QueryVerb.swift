import Arguments
import DataSets
import Glibc
import JSON
import Vocabulary
import WinnowClient

/// `winnow query`: ranks items for a shopper, or for two side by side.
enum QueryVerb {
  static let words = Positional.repeated(
    "WORDS", .string, "What the shopper has typed into the search box.", isRequired: false)
  static let typing = Flag.switch("typing", "The last word may be unfinished.", group: "What")
  static let asTyped = Flag.switch(
    "as-typed", "Search for the words as they are: without corrections and other words.", group: "What")
  static let user = Flag("user", .string, "The shopper, by id.", group: "Who", placeholder: "ID")
  static let compare = Flag(
    "compare", .string, "A second shopper, shown beside the first.", group: "Who", placeholder: "ID")
  static let vector = Flag(
    "vector", .string, "A query vector: a JSON list, or a file with one.", group: "Who", placeholder: "FILE|JSON")
  static let session = Flag.list(
    "session", .string, "Items just looked at, the most recent last.", group: "Who", placeholder: "ID")
  static let context = Flag.repeated(
    "context", .string, "A feature of the moment, such as device=phone.", group: "Who", placeholder: "NAME=VALUE")
  static let at = Flag(
    "at", .string, "The moment of the query in UTC, now or a time: gives hour, weekday and day as context.",
    group: "Who", placeholder: "now|TIME")
  static let filter = Flag(
    "filter", .string, "Only items that pass this filter.", group: "What", placeholder: "EXPRESSION")
  static let exclude = Flag.list("exclude", .string, "Items to leave out.", group: "What", placeholder: "ID")
  static let k = Flag("k", .int(1...Limits.kMax), "Results wanted.", group: "What", default: "10")
  static let attributes = Flag.list(
    "attributes", .string, "Attributes to show: all, none, or their names.", group: "What", default: "all",
    placeholder: "NAME")
  static let explain = Flag.switch(
    "explain", "Show what each input of the model adds to each result, and where the time went.", group: "What")
  static let depth = Flag(
    "depth", .int(1...Limits.depthMax), "Candidates to re-rank in the whole cluster; ten times k if left out.",
    group: "Cost")
  static let leastDepth = Flag(
    "least-depth", .int(1...Limits.depthMax),
    "Least candidates to re-rank if the coordinator is overloaded; all of --depth if left out.", group: "Cost")
  static let minCoverage = Flag(
    "min-coverage", .double(0...1), "Least share of the collection that must be searched; else exit code 3.",
    group: "Cost", default: "0")

  static let verb = Verb(
    command: Command(
      name: "query", summary: "Rank items for a shopper, or search by words",
      details: """
        The query is for a shopper that the model knows (--user), a vector (--vector) or items just looked at \
        (--session), and with words it searches for them: winnow query "red shoes" --user 1. Words alone are enough. Filters are expressions such as: category = "boots" and price < 90.
        """,
      flags: [
        Session.collectionFlag, user, compare, vector, session, context, at, filter, exclude, SeenFlag.flag, k,
        SuggestRun.flag, typing, asTyped, MostPer.flag, attributes, explain, depth, leastDepth, minCoverage,
      ] + PageFlags.flags + OwnIDs.flags, positionals: [words]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    if let prefix = session[SuggestRun.flag] {
      return try await SuggestRun.run(
        prefix, session, k: session[Self.k],
        without: [
          words, compare, vector, Self.session, context, at, filter, exclude, SeenFlag.flag, typing, asTyped,
          MostPer.flag, attributes, explain, depth, leastDepth, minCoverage,
        ] + PageFlags.flags)
    }
    var query = try query(session)
    let ids = try await OwnIDs(session)
    query.user = try ids.user(Self.user, session)
    query.sessionItems = try ids.items(Self.session, session)
    query.exclude = try ids.items(Self.exclude, session)
    var second: RankQuery?
    if let other = try ids.user(Self.compare, session) {
      guard query.user != nil else { throw session.usage(Self.compare, "needs --user too") }
      second = query
      second?.user = other
    }
    guard
      query.user != nil || !query.vector.isEmpty || !query.sessionItems.isEmpty || !query.words.isEmpty
        || !query.page.sort.isEmpty
    else {
      throw Failure(
        .usage, "winnow query: who asks? Give --user, --vector or --session, words to search for, or --order-by")
    }
    let asked = [query] + (second.map { [$0] } ?? [])
    let answers: [(RankQuery, RankAnswer)]? = try await session.withClient(filter: query.filter) {
      (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      var answers: [(RankQuery, RankAnswer)] = []
      for var query in asked {
        query.collection = collection
        answers.append((query, try await client.rank(query)))
      }
      return answers
    }
    guard let answers else { throw session.needsCollection() }
    let names = try ids.names(
      items: answers.flatMap { $0.1.results.map(\.item) }, users: answers.compactMap { $0.0.user })
    if names.isStrange(to: answers.flatMap { $0.1.results.map(\.item) }) {
      StandardStreams.error(
        "warning: no result has a name: the dictionary is not of the items of this collection; --dictionary DIRECTORY "
          + "takes that of the model, --dictionary none shows numbers\n")
    }
    if answers.count == 2 {
      session.print(
        .list(answers.map { AnswerJSON.json($0.1, of: $0.0, names) }),
        human: ComparisonText(answers[0], answers[1], names).text)
    } else {
      let (query, answer) = answers[0]
      session.print(
        AnswerJSON.json(answer, of: query, names), human: AnswerText(answer, of: query, names).text)
    }
    return .ok
  }

  /// The query that the flags describe, without its collection and ids.
  static func query(_ session: Session) throws(Failure) -> RankQuery {
    let k = session[Self.k]
    var query = RankQuery(collection: "", k: k, depth: session[Self.depth])
    guard query.depth >= k else { throw session.usage(Self.depth, "is less than --k") }
    if let least = session[Self.leastDepth] {
      guard k...query.depth ~= least else { throw session.usage(Self.leastDepth, "lies between --k and --depth") }
      query.leastDepth = least
    }
    query.words = session[Self.words].joined(separator: " ")
    guard query.words.utf8.count <= Limits.wordsBytesMax else {
      throw Failure(
        .usage,
        "winnow query: the words have \(query.words.utf8.count) bytes, and \(Limits.wordsBytesMax) are the most",
        advice: "search for fewer words")
    }
    if query.words.isEmpty { try session.refuse([Self.typing, Self.asTyped], "without words") }
    (query.isTyping, query.isAsTyped) = (session[Self.typing], session[Self.asTyped])
    query.filter = session[Self.filter] ?? ""
    if session[Self.explain] { query.explainedCount = min(k, Limits.explainedMax) }
    query.minimumCoverage = Int((session[Self.minCoverage] * 1_000_000).rounded())
    query.timeout = session.timeout
    query.attributes =
      switch session[Self.attributes] {
      case ["all"]: .all
      case ["none"]: .none
      case let names: .named(names)
      }
    if let text = session[Self.vector] { query.vector = try vector(session, text) }
    for pair in session[Self.context] {
      guard let (name, value) = pair.namedValue else { throw session.usage(Self.context, "takes NAME=VALUE") }
      query.context.append((name, Float(value).flatMap { $0.isFinite ? .number($0) : nil } ?? .keyword(value)))
    }
    if let text = session[Self.at] {
      for (name, number) in try moment(session, text).context where !query.context.contains(where: { $0.name == name })
      {
        query.context.append((name, .number(number)))
      }
    }
    query.mostPerGroup = try MostPer.cap(session)
    query.excludeSeen = try SeenFlag.rules(session)
    query.page = try PageFlags.wishes(session)
    query.wantsArm = true
    return query
  }

  private static func moment(_ session: Session, _ text: String) throws(Failure) -> Moment {
    let now = Int64(Glibc.time(nil)) * 1000
    guard let time = text == "now" ? now : Timestamp.moment(text) else {
      throw session.usage(Self.at, "is neither now nor a time such as 2026-11-24T18:30:00Z")
    }
    if text != "now" { StandardStreams.error("at \(Timestamp.text(time))\n") }
    return Moment(milliseconds: time)
  }

  private static func vector(_ session: Session, _ text: String) throws(Failure) -> [Float] {
    let bytes = text.first == "[" ? Array(text.utf8) : try Files.read(text, limit: 1 << 20)
    let value: JSON
    do throws(JSONReader.Mistake) { value = try JSONReader.read(bytes[...]) } catch {
      throw session.usage(Self.vector, "is not JSON: \(error.message) at column \(error.column)")
    }
    guard let vector = value.asVector, !vector.isEmpty else {
      throw session.usage(Self.vector, "is not a list of numbers")
    }
    return vector
  }
}
