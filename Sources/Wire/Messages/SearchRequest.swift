package import Filters
package import Vocabulary

/// SEARCH: a shard's best items for a vector (`proto-spec/03-messages/search.md`).
///
/// Version 1 of the body ends before `requestID`, version 2 before `terms`, version 4 before
/// `counting`; there is no version 3.
package struct SearchRequest: RequestMessage, Equatable {
  package typealias Reply = SearchResponse
  package static let opcode = Opcode.search
  /// Where the limit and the flag *after* stand in the body.
  private static let limitOffset = 0, afterOffset = 17

  package var collection = ""
  package var generation = Generation(0)
  /// 1…10,000.
  package var limit = 0
  /// 0: the present.
  package var snapshot: UInt64 = 0
  /// Only items strictly behind this one.
  package var after: Candidate?
  package var encoding = VectorEncoding.none
  /// `[d]`.
  package var query: [Float] = []
  package var attributes: [String] = []
  /// Where they stood.
  package private(set) var attributesPlace = BodyPlace()
  package var filter: Filter?
  /// Strictly ascending.
  package var exclude: [UInt64] = []
  /// That of the query that it is a part of; 0: of none.
  package var requestID: UInt64 = 0
  /// The terms of a search by words, none twice; empty: by vector alone.
  package var terms: [SearchTerm] = []
  /// What is sorted and counted.
  package var counting = SearchCounting()

  package init() {}

  /// A search of the present, from the top, of everything.
  package init(collection: String, generation: Generation, limit: Int, query: [Float]) {
    self.collection = collection
    self.generation = generation
    self.limit = limit
    self.query = query
  }

  /// A search that counts nothing, or has no words, is written as it was before there were any.
  package var sentVersion: UInt16 { counting != SearchCounting() ? 5 : terms.isEmpty ? 2 : 4 }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (hasAfter, score, id) = (after != nil, after?.score.value ?? 0, after?.itemID.rawValue ?? 0)
    try c.integer("limit", &limit, as: UInt32.self, in: 1...Limits.searchLimitMax, or: .limitExceeded)
    try c.integer("generation", &generation, in: 1...UInt32.max, or: .unknownGeneration)
    try c.integer("snapshot", &snapshot)
    try c.integer("rerank_encoding", &encoding, in: 0...2)
    try c.flag("after", &hasAfter)
    try c.zeros(2)
    let afterAt = c.offset
    try c.float("after_score", &score)
    try c.check(hasAfter || score.bitPattern == 0, at: afterAt, "a score that is not given is 0")
    try c.integer("after_id", &id, in: 0...(hasAfter ? UInt64.max : 0))
    try c.name("collection", &collection)
    try c.vector("query", &query)
    attributesPlace = BodyPlace(c.offset)
    try c.names("attributes", &attributes)
    try c.filter("filter", &filter)
    try c.ascendingIDs("exclude", &exclude, limit: Limits.excludeMax)
    after = hasAfter ? Score(score).map { Candidate(score: $0, itemID: ItemID(id)) } : nil
    guard c.version >= 2 else { return }
    try c.integer("request_id", &requestID)
    guard c.version >= 4 else { return }
    try c.terms("terms", &terms)
    try c.check(
      terms.isEmpty || limit <= Limits.wordedSearchLimitMax, at: Self.limitOffset,
      "the limit of a search by words is at most \(Limits.wordedSearchLimitMax)", or: .limitExceeded)
    try c.check(terms.isEmpty || !hasAfter, at: Self.afterOffset, "a search by words is from the top")
    guard c.version >= 5 else { return }
    try counting.fields(&c)
    try c.check(
      counting.sort.isEmpty || !hasAfter, at: Self.afterOffset, "a search that sorts by attributes is from the top")
  }
}

/// How rerank vectors travel.
package enum VectorEncoding: UInt8, Sendable, CaseIterable {
  case none = 0
  case float32 = 1
  /// The upper half of a float32, rounded to nearest even.
  case bfloat16 = 2
}
