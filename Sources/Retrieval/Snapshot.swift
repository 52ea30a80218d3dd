import Bytes
package import Kernels
package import Vocabulary

/// The items of a table as they stood between two writes; a value that shares its rows with the table.
///
/// - Complexity: taking one copies two references; the next write copies the list of views (one a 4,096 rows).
package struct Snapshot: Sendable {
  package let schema: CollectionSchema
  /// How many items there are.
  package let count: Int
  let rotation: Rotation
  let views: [BlockView]
  /// What is known of the codes of each of them.
  let runs: WordRuns
  let keywords: KeywordDictionary
  let lexical: LexicalIndex?

  /// The id of the item at an address of this snapshot.
  package func id(at address: RowAddress) -> ItemID { ItemID(views[address.block].block.ids[address.row]) }

  /// The version that the item was written with.
  package func version(at address: RowAddress) -> UInt64 { views[address.block].block.versions[address.row] }

  /// The whole item at an address of this snapshot.
  package func item(at address: RowAddress) -> Item {
    let view = views[address.block]
    let row = address.row
    return Item(
      id: id(at: address), embedding: view.block.embeddings.row(row), rerank: view.block.reranks?.row(row) ?? [],
      attributes: schema.attributes.indices.map { view.value($0, row: row, keywords: keywords) })
  }

  /// The rerank vectors of rows, `[m, r]` row-major.
  package func reranks(at rows: [RowAddress]) -> [Float] {
    let matrices = views.compactMap(\.block.reranks)
    guard matrices.count == views.count else { return [] }
    return FloatMatrix.values(
      of: matrices, at: rows.map(\.rawValue), bits: RowAddress.rowBits, columns: schema.rerankDimension)
  }

  /// The embeddings of rows, `[m, d]` row-major.
  package func embeddings(at rows: [RowAddress]) -> [Float] {
    FloatMatrix.values(
      of: views.map(\.block.embeddings), at: rows.map(\.rawValue), bits: RowAddress.rowBits,
      columns: schema.embeddingDimension)
  }

  /// The inner products of a vector and the embeddings of rows, bit for bit as a search computes them.
  package func products(_ vector: PaddedVector, at rows: [RowAddress], kernels: KernelSet = KernelSet()) -> [Float] {
    rows.map { kernels.dot(vector, views[$0.block].block.embeddings, row: $0.row) }
  }

  /// Calls `body` with the address and id of every item, in no promised order, until it returns false.
  package func forEachItem(_ body: (RowAddress, ItemID) -> Bool) {
    for (position, view) in views.enumerated() {
      for row in 0..<view.rowCount where view.alive[row] {
        guard body(RowAddress(block: position, row: row), ItemID(view.block.ids[row])) else { return }
      }
    }
  }
}
