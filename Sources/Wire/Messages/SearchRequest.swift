package import Filters
package import Vocabulary

/// SEARCH: a shard's best items for a vector (`proto-spec/03-messages/search.md`).
///
/// Version 1 of the body ends before `requestID`.
package struct SearchRequest: RequestMessage, Equatable {
  package typealias Reply = SearchResponse
  package static let opcode = Opcode.search

  package var collection: String
  package var generation: Generation
  /// 1…10,000.
  package var limit: Int
  /// 0: the present.
  package var snapshot: UInt64 = 0
  /// Only items strictly behind this one.
  package var after: Candidate?
  package var encoding = VectorEncoding.none
  /// `[d]`.
  package var query: [Float]
  package var attributes: [String] = []
  package var filter: Filter?
  /// Strictly ascending.
  package var exclude: [UInt64] = []
  /// That of the query that it is a part of; 0: of none.
  package var requestID: UInt64 = 0

  /// A search of the present, from the top, of everything.
  package init(collection: String, generation: Generation, limit: Int, query: [Float]) {
    self.collection = collection
    self.generation = generation
    self.limit = limit
    self.query = query
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    limit = Int(try reader.integer(in: 1...UInt32(Limits.searchLimitMax), or: .limitExceeded))
    generation = Generation(try reader.integer(in: 1...UInt32.max, or: .unknownGeneration))
    snapshot = try reader.integer()
    let at = reader.offset
    guard let encoding = VectorEncoding(rawValue: try reader.integer()) else {
      throw WireError(.malformedBody, fieldOffset: at)
    }
    self.encoding = encoding
    let hasAfter = try reader.bool()
    try reader.zeros(2)
    let afterAt = reader.offset
    let score = try reader.finiteFloat()
    let id: UInt64 = try reader.integer()
    if hasAfter {
      after = Score(score).map { Candidate(score: $0, itemID: ItemID(id)) }
    } else if score.bitPattern != 0 || id != 0 {
      throw WireError(.malformedBody, fieldOffset: afterAt)
    }
    collection = try reader.name()
    query = try reader.vector()
    attributes = try reader.names()
    filter = try reader.filter()
    let excludeAt = reader.offset
    exclude = try reader.ids(limit: Limits.excludeMax)
    guard zip(exclude, exclude.dropFirst()).allSatisfy(<) else {
      throw WireError(.malformedBody, fieldOffset: excludeAt)
    }
    if reader.version >= 2 { requestID = try reader.integer() }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt32(limit))
    writer.write(generation.rawValue)
    writer.write(snapshot)
    writer.write(encoding.rawValue)
    writer.write(after != nil)
    writer.write(0 as UInt16)
    writer.write(after?.score.value ?? 0)
    writer.write(after?.itemID.rawValue ?? 0)
    writer.write(name: collection)
    writer.write(vector: query)
    writer.write(names: attributes)
    writer.write(filter)
    writer.write(ids: exclude)
    if writer.version >= 2 { writer.write(requestID) }
  }
}

/// How rerank vectors travel.
package enum VectorEncoding: UInt8, Sendable, CaseIterable {
  case none = 0
  case float32 = 1
  /// The upper half of a float32, rounded to nearest even.
  case bfloat16 = 2
}
