import JSON
import Ranking
import Vocabulary
import Wire

/// What the console's search box asks while a person types, and the answer in JSON.
struct ConsoleSuggestion: Decodable, Sendable {
  var request: SuggestRequest

  /// Reads a request.
  ///
  /// - Throws: An error of the file `request` that names the field.
  static func read(json: [UInt8]) throws(ModelError) -> ConsoleSuggestion {
    try StrictJSON.decode(ConsoleSuggestion.self, from: json, of: .request)
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case collection, user, prefix, k
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    let prefix = try container.decode(String.self, forKey: .prefix)
    guard prefix.utf8.count <= Limits.suggestPrefixBytesMax else {
      throw FieldError([CodingKeys.prefix], .outOfRange, "at most \(Limits.suggestPrefixBytesMax) bytes")
    }
    request = SuggestRequest(
      collection: try container.contains(.collection) ? container.name(.collection) : "", prefix: prefix,
      user: try container.decodeIfPresent(ConsoleQuery.Number.self, forKey: .user).map { UserID($0.value) },
      k: try container.integer(.k, in: 1...Limits.suggestionsMax, default: 8))
  }

  /// The answer.
  static func json(_ response: SuggestResponse) -> JSONText {
    .object([
      ("known", .count(response.known)), ("prefix", .text(response.prefix)), ("corrected", .bool(response.isCorrected)),
      ("history", .text(response.history.words)), ("attribute", response.attribute.map { .text($0) } ?? .null),
      (
        "queries",
        .list(
          response.queries.map { query in
            .object([
              ("text", .text(query.text)), ("users", .count(query.users)), ("own", .bool(query.source == .own)),
              ("preference", .float(query.preference)), ("categories", .list(query.categories.map { .text($0) })),
            ])
          })
      ),
      (
        "categories",
        .list(
          response.categories.map { category in
            .object([
              ("name", .text(category.name)), ("share", .float(category.share)),
              ("preference", .float(category.preference)),
            ])
          })
      ),
    ])
  }
}
