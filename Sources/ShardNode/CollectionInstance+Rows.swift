import Retrieval
import Vocabulary
import Wire

extension CollectionInstance {
  /// Stores whole items with the versions that they have.
  ///
  /// - Throws: what does not fit the schema; the instance is of no use then.
  mutating func load(_ items: GetResponse) throws(WireError) {
    guard items.embeddingDimension == schema.embeddingDimension, items.rerankDimension == schema.rerankDimension else {
      throw WireError(.dimensionMismatch)
    }
    let columns = try schema.columns(of: items.attributes)
    do throws(ItemError) {
      for (place, version) in items.versions.enumerated() {
        try put(items.item(place, columns: columns), version: version)
      }
    } catch { throw WireError(error) }
  }
}

extension GetResponse {
  /// Whole items of a snapshot.
  init(_ snapshot: Snapshot, _ generation: Generation, _ rows: [RowAddress]) {
    let schema = snapshot.schema
    self.init(
      generation: generation, embeddingDimension: schema.embeddingDimension, rerankDimension: schema.rerankDimension,
      unavailable: 0, ids: rows.map { snapshot.id(at: $0).rawValue }, versions: rows.map { snapshot.version(at: $0) },
      attributes: AttributeTable(snapshot, attributes: Array(schema.attributes.indices), rows: rows),
      embeddings: snapshot.embeddings(at: rows), rerank: snapshot.reranks(at: rows))
  }

  /// The item at a position.
  fileprivate func item(_ position: Int, columns: [Int?]) -> Item {
    Item(
      id: ItemID(ids[position]),
      embedding: Array(embeddings[position * embeddingDimension..<(position + 1) * embeddingDimension]),
      rerank: Array(rerank[position * rerankDimension..<(position + 1) * rerankDimension]),
      attributes: columns.map { $0.flatMap { attributes.value(row: position, column: $0) } })
  }
}
