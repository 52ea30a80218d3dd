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
  /// Where they stood.
  package private(set) var attributesPlace = BodyPlace()
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
    encoding = try VectorEncoding(from: &reader)
    let hasAfter = try reader.bool()
    try reader.zeros(2)
    let afterAt = reader.offset
    let score = try reader.finiteFloat()
    guard hasAfter || score.bitPattern == 0 else {
      throw WireError(.malformedBody, fieldOffset: afterAt, message: "a score that is not given is 0")
    }
    let id: UInt64 = try reader.integer(in: 0...(hasAfter ? UInt64.max : 0))
    if hasAfter { after = Score(score).map { Candidate(score: $0, itemID: ItemID(id)) } }
    collection = try reader.name()
    query = try reader.vector()
    attributesPlace = BodyPlace(reader.offset)
    attributes = try reader.names()
    filter = try reader.filter()
    exclude = try reader.ascendingIDs(limit: Limits.excludeMax)
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

  /// Reads the number of an encoding.
  init(from reader: inout BodyReader) throws(WireError) {
    let at = reader.offset
    guard let encoding = VectorEncoding(rawValue: try reader.integer()) else {
      throw WireError(.malformedBody, fieldOffset: at, message: "an encoding is 0, 1 or 2")
    }
    self = encoding
  }
}
