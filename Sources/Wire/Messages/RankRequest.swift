package import Filters
package import Vocabulary

/// RANK: who asks, for what, and what the answer may cost (`proto-spec/03-messages/rank.md`).
///
/// Version 1 of the body ends before `leastDepth`, versions 2 and 4 before `seenRules`, version 5 before `words`, version 6
/// before `page`.
package struct RankRequest: RequestMessage, Equatable {
  package typealias Reply = RankResponse
  package static let opcode = Opcode.rank
  /// Where the minimum coverage stands in the body.
  package static let minimumCoverageOffset = 8
  /// Where the user id stands.
  package static let userOffset = 16
  /// Where the name of the group attribute stands.
  package static let groupAttributeOffset = 28

  /// A value of the context of the query, as the model's features name it.
  package enum ContextValue: Sendable, Equatable {
    case number(Float)
    case keyword(String)

    /// Keywords are the same if their bytes are.
    package static func == (a: ContextValue, b: ContextValue) -> Bool {
      switch (a, b) {
      case (.number(let a), .number(let b)): a == b
      case (.keyword(let a), .keyword(let b)): a.exact == b.exact
      default: false
      }
    }
  }

  /// A feature of the context.
  package typealias Feature = (name: String, value: ContextValue)

  /// The limit of results with the same value of an attribute.
  package struct GroupCap: Sendable, Equatable {
    package var attribute: String
    package var most: UInt16

    package init(attribute: String, most: UInt16) {
      self.attribute = attribute
      self.most = most
    }
  }

  package var collection = ""
  package var generation = Generation(0)
  /// Results wanted, 1…1,000.
  package var k = 0
  /// Candidates to re-rank in the whole cluster, k…10,000.
  package var depth = 0
  /// Millionths of the slots that the answer must cover.
  package var minimumCoverage: UInt32 = 0
  package var user: UserID?
  /// Query vector `[d]`, or empty.
  package var vector: [Float] = []
  /// The user input of the MLP `[u]`, or empty.
  package var userVector: [Float] = []
  /// The most recent last.
  package var sessionItems: [UInt64] = []
  package var filter = "" { didSet { parsed = ParsedFilter(filter: nil) } }
  private var parsed = ParsedFilter(filter: nil)
  package var exclude: [UInt64] = []
  package var context: [Feature] = []
  package var groupCap: GroupCap?
  package var attributes = AttributeSelection.none
  /// Where the named attributes stood.
  package private(set) var attributesPlace = BodyPlace()
  /// The fewest candidates to which an overloaded coordinator may reduce `depth`; 0: never fewer.
  package var leastDepth = 0
  /// By which the query is followed through answers and logs; 0: the coordinator makes one.
  package var requestID: UInt64 = 0
  /// How many results, from the first, are explained, 0…100.
  package var explainedCount = 0
  /// Which items of the user's history are left out, at most 8 rules.
  package var seenRules: [SeenRule] = []
  /// What the shopper has typed into the search box; empty: nothing.
  package var words = ""
  /// Whether the last word may be unfinished.
  package var isTyping = false
  /// Whether only the words that were typed count, without corrections and other words.
  package var isAsTyped = false
  /// What a search page wants besides.
  package var page = PageRequest()
  /// Whether the report has to name what the model promises to those whose log it was made of.
  package var wantsPromise = false
  /// Whether it has to name the arm of an experiment that answered, and the promise.
  package var wantsArm = false

  package init() {}

  /// A request for the first `k` of `depth` candidates; the other fields have their defaults.
  package init(collection: String, k: Int, depth: Int) {
    self.collection = collection
    self.k = k
    self.depth = depth
  }

  /// Where the query vector stands in the body.
  package var vectorOffset: Int {
    Self.groupAttributeOffset + 1 + (groupCap?.attribute.utf8.count ?? 0) + 1 + collection.utf8.count
  }

  /// Where the words stand in the body.
  package var wordsOffset: Int { body(version: 5).byteCount }

  /// Where the user vector stands in the body.
  package var userVectorOffset: Int { vectorOffset + 2 + 4 * vector.count }

  /// Where the wishes of a page stand.
  package var pageOffset: Int { body(version: 6).byteCount }

  /// A query without words, the wishes of a page or those of the report is written as it was before there were any.
  package var sentVersion: UInt16 {
    wantsArm ? 9 : wantsPromise ? 8 : page != PageRequest() ? 7 : words.isEmpty ? 5 : 6
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (who, userID): (UInt8, UInt64) = (user == nil ? 0 : 1, user?.rawValue ?? 0)
    var (kind, names) = (attributes.kind, attributes.names)
    var (most, group) = (groupCap?.most ?? 0, groupCap?.attribute)
    try c.integer("k", &k, as: UInt32.self, in: 1...Limits.kMax, or: .limitExceeded)
    try c.integer("depth", &depth, as: UInt32.self, in: min(k, Limits.depthMax)...Limits.depthMax, or: .limitExceeded)
    try c.integer("minimum_coverage", &minimumCoverage, in: 0...1_000_000)
    try c.integer("generation", &generation)
    let userAt = c.offset
    try c.integer("user", &userID)
    try c.integer("who", &who, in: 0...1)
    try c.check(who == 1 || userID == 0, at: userAt, "a user id that is not given is 0")
    try c.integer("attributes_wanted", &kind, in: 0...2)
    try c.integer("most_per_group", &most)
    let groupAt = c.offset
    try c.name("group_attribute", &group)
    try c.check((most == 0) == (group == nil), at: groupAt, "a cap per group and its attribute are given together")
    try c.name("collection", &collection)
    try c.vector("query_vector", &vector, orEmpty: true)
    try c.vector("user_vector", &userVector, orEmpty: true)
    let filterAt = c.offset
    try c.text("filter", &filter, limit: Limits.filterTextBytesMax)
    try c.parsed(&parsed, filter, at: filterAt)
    try c.context("context", &context)
    attributesPlace = BodyPlace(c.offset)
    try c.names("attributes", &names, mayStand: kind == 2)
    try c.ids("session", &sessionItems, limit: Limits.sessionItemsMax)
    try c.ids("exclude", &exclude, limit: Limits.excludeMax)
    user = who == 1 ? UserID(userID) : nil
    groupCap = group.map { GroupCap(attribute: $0, most: most) }
    attributes = AttributeSelection(kind: kind, names: names)
    guard c.version >= 2 else { return }
    let leastAt = c.offset
    try c.integer("least_depth", &leastDepth, as: UInt32.self, in: 0...Int(UInt32.max))
    try c.check(
      leastDepth == 0 || k...depth ~= leastDepth, at: leastAt, "the least depth is 0, or k to depth", or: .limitExceeded
    )
    try c.integer("request_id", &requestID)
    try c.integer("explained", &explainedCount, as: UInt8.self, in: 0...Limits.explainedMax, or: .limitExceeded)
    guard c.version >= 5 else { return }
    try c.list("seen", &seenRules, leastBytes: SeenRule.byteCount, limit: Limits.seenRulesMax)
    guard c.version >= 6 else { return }
    var flags: UInt8 = (isTyping ? 1 : 0) | (isAsTyped ? 2 : 0)
    try c.text("words", &words, limit: Limits.wordsBytesMax)
    try c.integer("word_flags", &flags, in: 0...(words.isEmpty ? 0 : 3))
    (isTyping, isAsTyped) = (flags & 1 != 0, flags & 2 != 0)
    guard c.version >= 7 else { return }
    try page.fields(&c)
    // Versions 8 and 9 say no more than that their replies have to name the promise, and the arm.
    (wantsPromise, wantsArm) = (c.version >= 8, c.version >= 9)
  }

  /// What the text of the filter says, empty text nothing.
  ///
  /// - Throws: BAD_FILTER, LIMIT_EXCEEDED; not for a request that was read from a body.
  package func parsedFilter() throws(WireError) -> Filter? {
    if let filter = parsed.filter { return filter }
    return try Self.parse(filter, at: nil)
  }

  fileprivate static func parse(_ filter: String, at: Int?) throws(WireError) -> Filter? {
    guard !filter.isEmpty else { return nil }
    do throws(FilterError) { return try FilterParser.parse(filter) } catch { throw WireError(error, filterAt: at) }
  }

  package static func == (a: RankRequest, b: RankRequest) -> Bool { a.body.bytes == b.body.bytes }
}

extension FieldCoder {
  /// What the text of a filter says, which was read before.
  fileprivate mutating func parsed(_ parsed: inout ParsedFilter, _ text: String, at offset: Int) throws(Failure) {
    try field(
      "", &parsed, read: { (_) throws(WireError) in ParsedFilter(filter: try RankRequest.parse(text, at: offset)) },
      write: { _, _ in }, show: { _, _ in })
  }

  /// Features of a context behind their u16 count, no name twice.
  fileprivate mutating func context(_ name: String, _ context: inout [RankRequest.Feature]) throws(Failure) {
    try field(
      name, &context,
      read: { (reader) throws(WireError) in
        var context: [RankRequest.Feature] = []
        for _ in 0..<(try reader.count(UInt16.self, elementSize: 5, limit: Limits.contextFeaturesMax)) {
          let at = reader.offset
          let name = try reader.name()
          guard !context.contains(where: { $0.name == name }) else { throw .twice(at) }
          let kind: UInt8 = try reader.integer(in: 1...2)
          context.append((name, kind == 1 ? .number(try reader.finiteFloat()) : .keyword(try reader.text(limit: 255))))
        }
        return context
      },
      write: { context, writer in
        writer.write(UInt16(context.count))
        for (name, value) in context {
          writer.write(name: name)
          switch value {
          case .number(let number):
            writer.write(1 as UInt8)
            writer.write(number)
          case .keyword(let keyword):
            writer.write(2 as UInt8)
            writer.write(text: keyword)
          }
        }
      }, show: { $1.put(name, .records($0.map { FieldSheet($0.name, $0.value) })) })
  }
}

extension FieldSheet {
  fileprivate init(_ name: String, _ value: RankRequest.ContextValue) {
    self.init(version: FrameHeader.bodyVersion)
    put("name", .text(name))
    switch value {
    case .number(let number):
      put("kind", .number(1))
      put("number", .float(number))
      put("text", .missing)
    case .keyword(let keyword):
      put("kind", .number(2))
      put("number", .missing)
      put("text", .text(keyword))
    }
  }
}
