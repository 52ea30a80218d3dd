package import Vocabulary

/// The vectors of a feed: `items.safetensors`, which clients read and servers never see.
package struct ItemVectors: Sendable {
  /// Ids `[n]` in the order of the rows.
  package let ids: [ItemID]
  /// Retrieval embeddings `[n, d]`, row-major.
  package let embeddings: [Float]
  /// Rerank vectors `[n, r]`, row-major; empty if r is 0.
  package let reranks: [Float]

  /// Reads the tensors `id`, `embedding` and, if r > 0, `rerank`.
  ///
  /// - Throws: An error of the file `items.safetensors` that names the tensor.
  package init(_ bytes: [UInt8], for schema: CollectionSchema) throws(ModelError) {
    let file = try SafetensorsFile(bytes, as: .items)
    let numbers = try file.ids("id")
    if file["id"]?.elementType == .int64, let row = numbers.firstIndex(where: { $0 > UInt64(Int64.max) }) {
      throw ModelError(
        .items, "id", .outOfRange,
        "row \(row) has \(Int64(bitPattern: numbers[row])), which is no id: they begin at 0, from 2^63 on as U64")
    }
    ids = numbers.map { ItemID($0) }
    embeddings = try file.vectors("embedding", rows: ids.count, columns: schema.embeddingDimension)
    let r = schema.rerankDimension
    reranks = r > 0 ? try file.vectors("rerank", rows: ids.count, columns: r) : []
    try file.refuseTensors(besides: ["id", "embedding"] + (r > 0 ? ["rerank"] : []))
  }
}
