package import Vocabulary

/// The answer to GET: the items that were found, ascending by id.
package struct GetResponse: Message, Equatable {
  package var generation: Generation
  /// 0 if embeddings were not asked for.
  package var embeddingDimension: Int
  /// 0 if rerank vectors were not asked for.
  package var rerankDimension: Int
  /// Ids that were not found and whose shard could not say that they do not exist.
  package var unavailable: UInt32
  package var ids: [UInt64]
  package var versions: [UInt64]
  package var attributes: AttributeTable
  /// `[n, d]`.
  package var embeddings: [Float]
  /// `[n, r]`.
  package var rerank: [Float]

  package init(
    generation: Generation, embeddingDimension: Int, rerankDimension: Int, unavailable: UInt32, ids: [UInt64],
    versions: [UInt64], attributes: AttributeTable, embeddings: [Float], rerank: [Float]
  ) {
    self.generation = generation
    self.embeddingDimension = embeddingDimension
    self.rerankDimension = rerankDimension
    self.unavailable = unavailable
    self.ids = ids
    self.versions = versions
    self.attributes = attributes
    self.embeddings = embeddings
    self.rerank = rerank
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let count = Int(try reader.integer(in: 0...UInt32(Limits.getItemsMax), or: .limitExceeded))
    generation = Generation(try reader.integer())
    embeddingDimension = Int(try reader.integer(in: 0...UInt16(Limits.dimensionMax), or: .limitExceeded))
    rerankDimension = Int(try reader.integer(in: 0...UInt16(Limits.dimensionMax), or: .limitExceeded))
    unavailable = try reader.integer()
    let head = try AttributeTable.Head(from: &reader)
    try reader.pad8()
    ids = try reader.array(count: count)
    versions = try reader.array(count: count)
    attributes = try AttributeTable(head, rowCount: count, from: &reader)
    embeddings = try reader.vectors(rows: count, dimension: embeddingDimension)
    rerank = try reader.vectors(rows: count, dimension: rerankDimension)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt32(ids.count))
    writer.write(generation.rawValue)
    writer.write(UInt16(embeddingDimension))
    writer.write(UInt16(rerankDimension))
    writer.write(unavailable)
    attributes.writeHead(to: &writer)
    writer.pad8()
    writer.section(.columns)
    writer.write(array: ids)
    writer.write(array: versions)
    attributes.writeColumns(to: &writer)
    writer.section(.raw)
    writer.write(floats: embeddings)
    writer.write(floats: rerank)
  }
}
