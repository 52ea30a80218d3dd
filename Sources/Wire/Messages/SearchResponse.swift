package import Vocabulary

/// A shard's answer to SEARCH: candidates with what the re-ranker needs of them.
package struct SearchResponse: Message, Equatable {
  /// Both versions have the same fields.
  package static let bodyVersion = Opcode.search.bodyVersions.upperBound

  package var generation: Generation
  package var snapshot: UInt64
  /// Items alive and owned.
  package var owned: UInt64
  package var scanned: UInt64
  package var passed: UInt64
  package var queueMicroseconds: UInt32
  package var scanMicroseconds: UInt32
  /// All rows were looked at.
  package var isComplete: Bool
  package var ids: [UInt64]
  /// Descending.
  package var scores: [Float]
  package var attributes: AttributeTable
  package var rerank: RerankVectors

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

  package init(from reader: inout BodyReader) throws(WireError) {
    let count = Int(try reader.integer(in: 0...UInt32(Limits.searchLimitMax), or: .limitExceeded))
    generation = Generation(try reader.integer())
    snapshot = try reader.integer()
    owned = try reader.integer()
    scanned = try reader.integer()
    passed = try reader.integer()
    queueMicroseconds = try reader.integer()
    scanMicroseconds = try reader.integer()
    isComplete = try reader.bool()
    let encoding = try VectorEncoding(from: &reader)
    let at = reader.offset
    let dimension = Int(try reader.integer(in: 0...UInt16(Limits.dimensionMax), or: .limitExceeded))
    guard (encoding == .none) == (dimension == 0) else {
      throw WireError(.malformedBody, fieldOffset: at, message: "this dimension is 0 exactly without vectors")
    }
    let head = try AttributeTable.Head(from: &reader)
    try reader.pad8()
    ids = try reader.array(count: count)
    scores = try reader.finiteFloats(count)
    try reader.pad8()
    attributes = try AttributeTable(head, rowCount: count, from: &reader)
    rerank = try RerankVectors(encoding, dimension: dimension, count: count, from: &reader)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt32(ids.count))
    writer.write(generation.rawValue)
    writer.write(snapshot)
    writer.write(owned)
    writer.write(scanned)
    writer.write(passed)
    writer.write(queueMicroseconds)
    writer.write(scanMicroseconds)
    writer.write(isComplete)
    writer.write(rerank.encoding.rawValue)
    writer.write(UInt16(rerank.dimension))
    attributes.writeHead(to: &writer)
    writer.pad8()
    writer.section(.columns)
    writer.write(array: ids)
    writer.write(floats: scores)
    writer.pad8()
    attributes.writeColumns(to: &writer)
    writer.section(.raw)
    rerank.write(to: &writer)
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

  init(_ encoding: VectorEncoding, dimension: Int, count: Int, from reader: inout BodyReader) throws(WireError) {
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

  func write(to writer: inout BodyWriter) {
    switch encoding {
    case .none: break
    case .float32: writer.write(floats: values)
    case .bfloat16: writer.write(array: values.map(Self.bfloat16))
    }
  }

  /// The upper half of a float32, rounded to nearest even; the value is finite.
  private static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
