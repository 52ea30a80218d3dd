public import Vocabulary
import Wire

/// What a shopper who has begun to type may search for.
public struct QuerySuggestions: Sendable {
  /// A query that begins as the shopper has begun.
  public struct Query: Hashable, Sendable {
    public let text: String
    /// Whether the shopper has searched for it before.
    public let isOwn: Bool
    /// Shoppers who searched for it; 0 of one that is only the shopper's own.
    public let users: Int
    /// The share of the shopper's items that are of its categories, 0…1.
    public let preference: Float
    /// In which shoppers went on, most of them first.
    public let categories: [String]
  }

  /// A category in which shoppers went on after such queries.
  public struct Category: Hashable, Sendable {
    public let name: String
    /// Its part of all these steps, 0…1.
    public let share: Float
    /// The share of the shopper's items that are of it, 0…1.
    public let preference: Float
  }

  /// Queries that the model knows; 0: it has no `suggest.bin`.
  public let known: Int
  /// What the queries begin with.
  public let prefix: String
  /// Whether no query begins as it was typed.
  public let isCorrected: Bool
  /// What became of the shopper's stored history: `not asked`, `read`, `empty` or `not read`.
  public let history: String
  /// The attribute of items whose values are categories; `nil` if none were counted.
  public let attribute: String?
  public let queries: [Query]
  public let categories: [Category]
}

extension WinnowClient {
  /// Completes what a shopper has begun to type.
  ///
  /// - Parameters:
  ///   - prefix: As it was typed, at most 256 bytes; a blank at its end says that the last word is finished.
  ///   - user: Whose stored history counts; `nil`: nothing personal.
  ///   - k: Queries, and categories, wanted: 1…20.
  public func suggest(
    _ prefix: String, in collection: String, for user: UserID? = nil, k: Int = 8, timeout: Duration? = nil
  ) async throws(WinnowError) -> QuerySuggestions {
    try Check.name(collection, "collection")
    try Check.range(k, 1...Limits.suggestionsMax, "number of suggestions")
    try Check.range(prefix.utf8.count, 0...Limits.suggestPrefixBytesMax, "number of bytes")
    let request = SuggestRequest(collection: collection, prefix: prefix, user: user, k: k)
    return QuerySuggestions(try await call(request, .read, timeout: timeout))
  }
}

extension QuerySuggestions {
  init(_ response: SuggestResponse) {
    (known, prefix, isCorrected) = (Int(response.known), response.prefix, response.isCorrected)
    (history, attribute) = (response.history.words, response.attribute)
    queries = response.queries.map { query in
      Query(
        text: query.text, isOwn: query.source == .own, users: Int(query.users), preference: query.preference,
        categories: query.categories)
    }
    categories = response.categories.map { Category(name: $0.name, share: $0.share, preference: $0.preference) }
  }
}
