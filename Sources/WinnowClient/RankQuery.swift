public import Vocabulary
import Wire

/// A query of a front end: the shopper, the wishes, and the limits of the answer's cost.
public struct RankQuery: Sendable {
  /// A value of the query's context, as the model's features name it.
  public enum ContextValue: Hashable, Sendable {
    case number(Float)
    case keyword(String)

    /// Keywords are the same if their bytes are.
    public static func == (a: ContextValue, b: ContextValue) -> Bool {
      switch (a, b) {
      case (.number(let a), .number(let b)): a == b
      case (.keyword(let a), .keyword(let b)): a.exact == b.exact
      default: false
      }
    }

    public func hash(into hasher: inout Hasher) {
      switch self {
      case .number(let number): hasher.combine(number)
      case .keyword(let keyword): hasher.combine(keyword.exact)
      }
    }
  }

  /// The collection to search.
  public var collection: String
  /// Results wanted, 1…1,000.
  public var k: Int
  /// Candidates to re-rank in the whole cluster, k…10,000.
  public var depth: Int
  /// The fewest candidates to which an overloaded coordinator may reduce the depth, k…depth; 0: never fewer.
  public var leastDepth = 0
  /// By which the query is followed through answer and logs; 0: the coordinator makes one.
  public var requestID: UInt64 = 0
  /// How many results, from the first, are explained, 0…100.
  public var explainedCount = 0
  /// The shopper, if the model's user table knows them.
  public var user: UserID?
  /// What the shopper has typed into the search box, at most 1,024 bytes; empty: nothing.
  public var words = ""
  /// Whether the last word may be unfinished.
  public var isTyping = false
  /// Whether only the words that were typed count, without corrections and other words.
  public var isAsTyped = false
  /// A query vector `[d]`, which goes before the user's; empty: none.
  public var vector: [Float] = []
  /// The user input of the MLP `[u]`; empty: the one of the user, or what stands in for it.
  public var userVector: [Float] = []
  /// Items that the shopper has just looked at, the most recent last.
  public var sessionItems: [ItemID] = []
  /// An expression of the filter language; empty: every item passes.
  public var filter = ""
  /// Items that must not be among the results.
  public var exclude: [ItemID] = []
  /// Which items of the user's stored history must not be among the results, up to 8 rules.
  public var excludeSeen: [SeenRule] = []
  /// Features of the moment, such as the device; each name once.
  public var context: [(name: String, value: ContextValue)] = []
  /// The limit of results with the same value of an attribute.
  public var mostPerGroup: (attribute: String, most: Int)?
  /// The attributes that come with each result.
  public var attributes = AttributeChoice.none
  /// The share of the collection that must have been searched, in millionths; 0: the best so far, labelled.
  public var minimumCoverage = 0
  /// What a search page wants besides: facets, another order, pages.
  public var page = PageWishes()
  /// Whether the report names what the model promises to those whose log it was made of.
  public var wantsPromise = false
  /// Whether the report names the arm of an experiment that answered, and the promise.
  public var wantsArm = false
  /// The budget; `nil`: that of the client. The answer is the best so far when it ends.
  public var timeout: Duration?

  /// A query for the first `k` of `depth` candidates; without a depth, of ten times as many.
  public init(collection: String, k: Int = 10, depth: Int? = nil) {
    self.collection = collection
    self.k = k
    self.depth = depth ?? min(max(k, k * 10), Limits.depthMax)
  }

  /// The request, checked for what would not fit its fields.
  func request() throws(WinnowError) -> RankRequest {
    try Check.name(collection, "collection")
    try Check.range(k, 1...Limits.kMax, "k")
    try Check.range(depth, k...Limits.depthMax, "depth")
    if leastDepth != 0 { try Check.range(leastDepth, k...depth, "least depth") }
    try Check.range(minimumCoverage, 0...1_000_000, "minimum coverage")
    try Check.range(vector.count, 0...Limits.dimensionMax, "dimension of the vector")
    try Check.range(userVector.count, 0...Limits.dimensionMax, "dimension of the user vector")
    try Check.range(sessionItems.count, 0...Limits.sessionItemsMax, "number of session items")
    try Check.range(exclude.count, 0...Limits.excludeMax, "number of excluded items")
    try Check.range(filter.utf8.count, 0...Limits.filterTextBytesMax, "bytes of the filter")
    try Check.range(context.count, 0...Limits.contextFeaturesMax, "number of context features")
    try Check.range(words.utf8.count, 0...Limits.wordsBytesMax, "bytes of the words")
    guard !words.isEmpty || !isTyping && !isAsTyped else {
      throw WinnowError(invalid: "a query without words is neither unfinished nor as typed", code: .malformedBody)
    }
    var request = RankRequest(collection: collection, k: k, depth: depth)
    (request.words, request.isTyping, request.isAsTyped) = (words, isTyping, isAsTyped)
    request.leastDepth = leastDepth
    request.requestID = requestID
    try Check.range(explainedCount, 0...Limits.explainedMax, "number of explained results")
    request.explainedCount = explainedCount
    request.minimumCoverage = UInt32(minimumCoverage)
    request.user = user
    request.vector = vector
    request.userVector = userVector
    request.sessionItems = sessionItems.map(\.rawValue)
    request.filter = filter
    request.exclude = exclude.map(\.rawValue)
    try Check.range(excludeSeen.count, 0...Limits.seenRulesMax, "number of rules of seen items")
    for rule in excludeSeen { request.seenRules.append(try rule.wire()) }
    request.attributes = try attributes.selection()
    for (name, value) in context {
      try Check.name(name, "context feature")
      switch value {
      case .number(let number): request.context.append((name, .number(number)))
      case .keyword(let keyword):
        try Check.range(keyword.utf8.count, 0...255, "bytes of a context value")
        request.context.append((name, .keyword(keyword)))
      }
    }
    if let mostPerGroup {
      try Check.name(mostPerGroup.attribute, "group attribute")
      try Check.range(mostPerGroup.most, 1...Int(UInt16.max), "most per group")
      request.groupCap = .init(attribute: mostPerGroup.attribute, most: UInt16(mostPerGroup.most))
    }
    request.page = try page.wire()
    (request.wantsPromise, request.wantsArm) = (wantsPromise || wantsArm, wantsArm)
    return request
  }
}
