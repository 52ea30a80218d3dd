package import Vocabulary

/// UPSERT: whole items to write (`proto-spec/03-messages/upsert.md`).
package struct UpsertRequest: RequestMessage, Equatable {
  package typealias Reply = WriteResponse
  package static let opcode = Opcode.upsert
  /// The expected version of an item that must not exist.
  package static let mustNotExist = UInt64.max

  package var collection: String
  package var generation: Generation
  package var writer: UInt64
  package var op: UInt64
  package var embeddingDimension: Int
  package var rerankDimension: Int
  package var ids: [UInt64]
  /// 0: any; `mustNotExist`; else the version that the item must have.
  package var expectedVersions: [UInt64]
  package var attributes: AttributeTable
  /// `[n, d]`.
  package var embeddings: [Float]
  /// `[n, r]`.
  package var rerank: [Float]

  package init(
    collection: String, generation: Generation = Generation(0), writer: UInt64, op: UInt64, embeddingDimension: Int,
    rerankDimension: Int, ids: [UInt64], expectedVersions: [UInt64], attributes: AttributeTable, embeddings: [Float],
    rerank: [Float]
  ) {
    self.collection = collection
    self.generation = generation
    self.writer = writer
    self.op = op
    self.embeddingDimension = embeddingDimension
    self.rerankDimension = rerankDimension
    self.ids = ids
    self.expectedVersions = expectedVersions
    self.attributes = attributes
    self.embeddings = embeddings
    self.rerank = rerank
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    writer = try reader.integer(in: 1...UInt64.max)
    op = try reader.integer(in: 1...UInt64.max)
    generation = Generation(try reader.integer())
    let count = Int(try reader.integer(in: 1...UInt32(Limits.upsertItemsMax), or: .limitExceeded))
    embeddingDimension = Int(try reader.integer(in: 1...UInt16(Limits.dimensionMax), or: .dimensionMismatch))
    rerankDimension = Int(try reader.integer(in: 0...UInt16(Limits.dimensionMax), or: .dimensionMismatch))
    collection = try reader.name()
    let head = try AttributeTable.Head(from: &reader)
    try reader.pad8()
    ids = try reader.array(count: count)
    expectedVersions = try reader.array(count: count)
    attributes = try AttributeTable(head, rowCount: count, from: &reader)
    embeddings = try reader.vectors(rows: count, dimension: embeddingDimension)
    rerank = try reader.vectors(rows: count, dimension: rerankDimension)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(self.writer)
    writer.write(op)
    writer.write(generation.rawValue)
    writer.write(UInt32(ids.count))
    writer.write(UInt16(embeddingDimension))
    writer.write(UInt16(rerankDimension))
    writer.write(name: collection)
    attributes.writeHead(to: &writer)
    writer.pad8()
    writer.section(.columns)
    writer.write(array: ids)
    writer.write(array: expectedVersions)
    attributes.writeColumns(to: &writer)
    writer.section(.raw)
    writer.write(floats: embeddings)
    writer.write(floats: rerank)
  }
}
