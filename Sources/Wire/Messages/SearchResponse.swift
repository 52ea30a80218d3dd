package import Vocabulary

/// A shard's answer to SEARCH: candidates with what the re-ranker needs of them.
package struct SearchResponse: Message, FieldGroup, Equatable {
  /// Versions 1 and 2 end before `words`, version 4 before `counts`.
  package static let bodyVersion = Opcode.search.newestBodyVersion

  package var generation = Generation(0)
  package var snapshot: UInt64 = 0
  /// Items alive and owned.
  package var owned: UInt64 = 0
  package var scanned: UInt64 = 0
  package var passed: UInt64 = 0
  package var queueMicroseconds: UInt32 = 0
  package var scanMicroseconds: UInt32 = 0
  /// All rows were looked at.
  package var isComplete = false
  package var ids: [UInt64] = []
  /// Descending, unless the search sorted by attributes.
  package var scores: [Float] = []
  package var attributes = AttributeTable.empty(rowCount: 0)
  package var rerank = RerankVectors.none
  /// What the words of the search have found.
  package var words = SearchedWords()
  /// What the search has counted.
  package var counts = SearchCounts()

  package init() {}

  package init(
    generation: Generation, snapshot: UInt64, owned: UInt64, scanned: UInt64, passed: UInt64,
    queueMicroseconds: UInt32, scanMicroseconds: UInt32, isComplete: Bool, ids: [UInt64], scores: [Float],
    attributes: AttributeTable, rerank: RerankVectors
  ) {
    self.generation = generation
    self.snapshot = snapshot
    self.owned = owned
    self.scanned = scanned
    self.passed = passed
    self.queueMicroseconds = queueMicroseconds
    self.scanMicroseconds = scanMicroseconds
    self.isComplete = isComplete
    self.ids = ids
    self.scores = scores
    self.attributes = attributes
    self.rerank = rerank
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (count, encoding, dimension) = (ids.count, rerank.encoding, rerank.dimension)
    try c.integer("n", &count, as: UInt32.self, in: 0...Limits.searchLimitMax, or: .limitExceeded)
    try c.integer("generation", &generation)
    try c.integer("snapshot", &snapshot)
    try c.integer("owned", &owned)
    try c.integer("scanned", &scanned)
    try c.integer("passed", &passed)
    try c.integer("queue_us", &queueMicroseconds)
    try c.integer("scan_us", &scanMicroseconds)
    try c.flag("complete", &isComplete)
    try c.integer("rerank_encoding", &encoding, in: 0...2)
    let at = c.offset
    try c.dimension("rerank_dimension", &dimension)
    try c.check(
      (encoding == .none) == (dimension == 0), at: at, "this dimension is 0 exactly without vectors")
    try c.head(of: &attributes)
    try c.pad8()
    try c.section(.columns)
    try c.column("ids", &ids, count: count)
    try c.column("scores", &scores, count: count)
    try c.pad8()
    try c.columns(of: &attributes, rowCount: count)
    try c.section(.raw)
    try c.field(
      "rerank_vectors", &rerank,
      read: { (reader) throws(WireError) in
        try RerankVectors(encoding, dimension: dimension, count: count, from: &reader)
      }, write: { $0.write(to: &$1) }, show: { $1.put("rerank_vectors", $0.shown) })
    guard c.version >= 4 else { return }
    try words.fields(&c, count: count)
    guard c.version >= 5 else { return }
    try counts.fields(&c)
  }
}

/// Rerank vectors of candidates, row by row `[n, r]`, in the encoding that was asked for.
package struct RerankVectors: Sendable, Equatable {
  package let encoding: VectorEncoding
  package let dimension: Int
  /// `[n, r]`; with bf16 already rounded.
  package let values: [Float]

  /// No vectors.
  package static let none = RerankVectors(.none, dimension: 0, values: [])

  package init(_ encoding: VectorEncoding, dimension: Int, values: [Float]) {
    self.encoding = encoding
    self.dimension = dimension
    self.values = encoding == .bfloat16 ? values.map { Float(bitPattern: UInt32(Self.bfloat16($0)) << 16) } : values
  }

  fileprivate init(
    _ encoding: VectorEncoding, dimension: Int, count: Int, from reader: inout BodyReader
  ) throws(WireError) {
    self.encoding = encoding
    self.dimension = dimension
    switch encoding {
    case .none: values = []
    case .float32: values = try reader.vectors(rows: count, dimension: dimension)
    case .bfloat16:
      let at = reader.offset
      let halves = try reader.array(of: UInt16.self, count: count * dimension)
      values = halves.map { Float(bitPattern: UInt32($0) << 16) }
      if let fault = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(at + 2 * fault) }
    }
  }

  fileprivate func write(to writer: inout BodyWriter) {
    switch encoding {
    case .none: break
    case .float32: writer.write(floats: values)
    case .bfloat16: writer.write(array: values.map(Self.bfloat16))
    }
  }

  /// Halves are shown as numbers.
  fileprivate var shown: FieldValue {
    encoding == .bfloat16 ? FieldValue(list: values.map(Self.bfloat16)) : FieldValue(list: values)
  }

  /// The upper half of a float32, rounded to nearest even; the value is finite.
  private static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
