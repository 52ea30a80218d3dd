package import Vocabulary

/// SUGGEST: what a shopper who has begun to type may search for (`proto-spec/03-messages/suggest.md`).
package struct SuggestRequest: RequestMessage, Equatable {
  package typealias Reply = SuggestResponse
  package static let opcode = Opcode.suggest

  package var collection = ""
  package var user: UserID?
  /// Queries and categories wanted, of each 1…20.
  package var k = 8
  /// As it was typed, at most 256 bytes.
  package var prefix = ""

  package init() {}

  package init(collection: String, prefix: String, user: UserID? = nil, k: Int = 8) {
    (self.collection, self.prefix, self.user, self.k) = (collection, prefix, user, k)
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (who, userID): (UInt8, UInt64) = (user == nil ? 0 : 1, user?.rawValue ?? 0)
    try c.integer("user", &userID)
    try c.integer("who", &who, in: 0...1)
    try c.check(who == 1 || userID == 0, at: 0, "a user id that is not given is 0")
    try c.integer("k", &k, as: UInt8.self, in: 1...Limits.suggestionsMax, or: .limitExceeded)
    try c.zeros(6)
    try c.name("collection", &collection)
    try c.text("prefix", &prefix, limit: Limits.suggestPrefixBytesMax)
    user = who == 1 ? UserID(userID) : nil
  }

  package static func == (a: SuggestRequest, b: SuggestRequest) -> Bool { a.body.bytes == b.body.bytes }
}

/// The answer to SUGGEST.
package struct SuggestResponse: Message, FieldGroup, Equatable {
  /// Why a query is suggested; unknown numbers survive.
  package struct Source: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Many shoppers searched for it.
    package static let many = Source(rawValue: 1)
    /// The shopper has searched for it before.
    package static let own = Source(rawValue: 2)
  }

  /// A query that begins as the shopper has begun.
  package struct Query: FieldGroup, Equatable {
    package var source = Source.many
    /// Shoppers who searched for it; 0 of one that is only the shopper's own.
    package var users: UInt32 = 0
    /// The share of the shopper's items that are of its categories, 0…1.
    package var preference: Float = 0
    package var text = ""
    /// In which shoppers went on, most of them first.
    package var categories: [String] = []

    package init() {}

    package init(_ source: Source, text: String) { (self.source, self.text) = (source, text) }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("source", &source)
      try c.zeros(3)
      try c.integer("users", &users)
      try c.float("preference", &preference)
      try c.text("text", &text, limit: Limits.eventTextBytesMax)
      try c.texts("categories", &categories, limit: SuggestResponse.categoriesOfQueryMax)
    }
  }

  /// A category in which shoppers went on after such queries.
  package struct Category: FieldGroup, Equatable {
    /// How many of the steps of all these shoppers led there, 0…1.
    package var share: Float = 0
    /// The share of the shopper's items that are of it, 0…1.
    package var preference: Float = 0
    package var name = ""

    package init() {}

    package init(name: String, share: Float, preference: Float) {
      (self.name, self.share, self.preference) = (name, share, preference)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.float("share", &share)
      try c.float("preference", &preference)
      try c.text("name", &name, limit: Limits.eventTextBytesMax)
    }
  }

  static let categoriesOfQueryMax = 3
  /// Of a query and a category without texts.
  private static let (queryBytes, categoryBytes) = (16, 10)

  /// First 8 bytes of the model's content hash; 0 without a model.
  package var model: UInt64 = 0
  /// Queries that the model's file has; 0: it has none, so that there is nothing to suggest.
  package var known: UInt32 = 0
  package var history = RankReport.HistoryState.notAsked
  /// Whether no query begins as it was typed, so that `prefix` was taken.
  package var isCorrected = false
  /// What the queries begin with.
  package var prefix = ""
  /// The attribute of items whose values are categories.
  package var attribute: String?
  package var queries: [Query] = []
  package var categories: [Category] = []
  package var waterfall: [RankReport.Span] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("model", &model)
    try c.integer("known", &known)
    try c.integer("history", &history)
    try c.flag("corrected", &isCorrected)
    try c.zeros(2)
    try c.text("prefix", &prefix, limit: Limits.eventTextBytesMax)
    try c.name("attribute", &attribute)
    try c.list("queries", &queries, leastBytes: Self.queryBytes, limit: Limits.suggestionsMax)
    try c.list("categories", &categories, leastBytes: Self.categoryBytes, limit: Limits.suggestionsMax)
    try c.list("waterfall", &waterfall, leastBytes: RankReport.Span.byteCount, limit: Int(UInt16.max))
  }

  package static func == (a: SuggestResponse, b: SuggestResponse) -> Bool { a.body.bytes == b.body.bytes }
}
