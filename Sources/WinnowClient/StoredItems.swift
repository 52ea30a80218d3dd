public import Vocabulary
import Wire

/// The answer to a look-up of items by id.
public struct StoredItems: Sendable {
  /// An item as the cluster holds it.
  public struct Entry: Hashable, Sendable {
    public let id: ItemID
    /// Grows with every write of the item.
    public let version: UInt64
    /// The attributes that were asked for.
    public let attributes: [NamedAttribute]
    /// `[d]`; empty unless asked for.
    public let embedding: [Float]
    /// `[r]`; empty unless asked for.
    public let rerank: [Float]
  }

  /// The items that were found, ascending by id.
  public let items: [Entry]
  public let generation: Generation
  /// Ids that were not found and may exist all the same: their shard could not say.
  public let unavailable: Int

  init(_ response: GetResponse) {
    let (d, r) = (response.embeddingDimension, response.rerankDimension)
    items = response.ids.indices.map { row in
      Entry(
        id: ItemID(response.ids[row]), version: response.versions[row],
        attributes: response.attributes.attributes(row: row),
        embedding: Array(response.embeddings[row * d..<(row + 1) * d]),
        rerank: Array(response.rerank[row * r..<(row + 1) * r]))
    }
    generation = response.generation
    unavailable = Int(response.unavailable)
  }
}
