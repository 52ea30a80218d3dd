import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow query --suggest`: what a shopper who has begun to type may search for.
enum SuggestRun {
  static let flag = Flag(
    "suggest", .string, "Complete what the shopper has begun to type, in place of ranking: with --user and --k alone.",
    group: "What", placeholder: "PREFIX")

  /// - Parameters:
  ///   - strangers: Flags that do not go with it.
  static func run(
    _ prefix: String, _ session: Session, k: Int, without strangers: [any Argument]
  ) async throws(Failure) -> ExitCode {
    try session.refuse(strangers, "with --suggest")
    guard prefix.utf8.count <= Limits.suggestPrefixBytesMax else {
      throw session.usage(Self.flag, "has more than \(Limits.suggestPrefixBytesMax) bytes")
    }
    guard k <= Limits.suggestionsMax else {
      throw Failure(.usage, "winnow query: --suggest gives at most --k \(Limits.suggestionsMax)")
    }
    let ids = try await OwnIDs(session)
    let shopper = try ids.user(QueryVerb.user, session)
    let found: QuerySuggestions? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.suggest(prefix, in: collection, for: shopper, k: k, timeout: session.timeout)
    }
    guard let found else { throw session.needsCollection() }
    session.print(json(found), human: text(found))
    return .ok
  }

  private static func json(_ found: QuerySuggestions) -> JSON {
    .object([
      ("known", .int(found.known)), ("prefix", .text(found.prefix)), ("corrected", .bool(found.isCorrected)),
      ("history", .text(found.history)), ("attribute", found.attribute.map { .text($0) } ?? .null),
      (
        "queries",
        .list(
          found.queries.map { query in
            .object([
              ("text", .text(query.text)), ("own", .bool(query.isOwn)), ("users", .int(query.users)),
              ("preference", .float(query.preference)), ("categories", .list(query.categories.map { .text($0) })),
            ])
          })
      ),
      (
        "categories",
        .list(
          found.categories.map {
            .object([("name", .text($0.name)), ("share", .float($0.share)), ("preference", .float($0.preference))])
          })
      ),
    ])
  }

  private static func text(_ found: QuerySuggestions) -> String {
    guard found.known > 0 else {
      return "the model knows no queries: 'winnow text build --log' counts those of a log into its suggest.bin\n"
    }
    var text = found.isCorrected ? "no query begins like this; shown for '\(found.prefix.visible)'\n" : ""
    if found.queries.isEmpty { return text + "nothing begins like this\n" }
    var table = Table([("query", .left), ("shoppers", .right), ("of the shopper", .right), ("then in", .left)])
    for query in found.queries {
      table.add([
        query.text.visible, query.users == 0 ? "" : Text.grouped(query.users),
        query.isOwn ? "searched before" : query.preference == 0 ? "" : percent(query.preference),
        query.categories.map(\.visible).joined(separator: ", "),
      ])
    }
    text += table.text
    guard !found.categories.isEmpty else { return text }
    let categories = found.categories.map { "\($0.name.visible) (\(percent($0.share)))" }
    return text + "\(found.attribute ?? "categories"): \(categories.joined(separator: ", "))\n"
  }

  private static func percent(_ share: Float) -> String { "\(Int((share * 100).rounded())) %" }
}
