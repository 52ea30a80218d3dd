import Vocabulary

/// The items of an answer, best first; as bytes the same for the same data at any number of shards.
package struct RankResults: Message, Equatable {
  /// No item that the filter passes has a better retrieval score than the candidates that were taken.
  package var isExact: Bool
  /// The order is by logit; without a model it is by retrieval score.
  package var isRanked: Bool
  /// How many of the results, from the first, have a logit.
  package var rerankedCount: Int
  package var ids: [UInt64]
  package var retrievalScores: [Float]
  /// 0 behind `rerankedCount`.
  package var logits: [Float]
  package var attributes: AttributeTable

  package init(
    isExact: Bool, isRanked: Bool, rerankedCount: Int, ids: [UInt64], retrievalScores: [Float], logits: [Float],
    attributes: AttributeTable
  ) {
    self.isExact = isExact
    self.isRanked = isRanked
    self.rerankedCount = rerankedCount
    self.ids = ids
    self.retrievalScores = retrievalScores
    self.logits = logits
    self.attributes = attributes
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let count = Int(try reader.integer(in: 0...UInt32(Limits.kMax), or: .limitExceeded))
    isExact = try reader.bool()
    isRanked = try reader.bool()
    rerankedCount = Int(try reader.integer(in: 0...UInt16(count)))
    let head = try AttributeTable.Head(from: &reader)
    try reader.pad8()
    ids = try reader.array(count: count)
    retrievalScores = try reader.finiteFloats(count)
    try reader.pad8()
    logits = try reader.floats(count)
    try reader.pad8()
    attributes = try AttributeTable(head, rowCount: count, from: &reader)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt32(ids.count))
    writer.write(isExact)
    writer.write(isRanked)
    writer.write(UInt16(rerankedCount))
    attributes.writeHead(to: &writer)
    writer.pad8()
    writer.section(.columns)
    writer.write(array: ids)
    writer.write(floats: retrievalScores)
    writer.pad8()
    writer.write(floats: logits)
    writer.pad8()
    attributes.writeColumns(to: &writer)
  }
}
