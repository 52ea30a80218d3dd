package import Vocabulary

/// The answer to GET: the items that were found, ascending by id.
package struct GetResponse: Message, FieldGroup, Equatable {
  package var generation = Generation(0)
  /// 0 if embeddings were not asked for.
  package var embeddingDimension = 0
  /// 0 if rerank vectors were not asked for.
  package var rerankDimension = 0
  /// Ids that were not found and whose shard could not say that they do not exist.
  package var unavailable: UInt32 = 0
  package var ids: [UInt64] = []
  package var versions: [UInt64] = []
  package var attributes = AttributeTable.empty(rowCount: 0)
  /// `[n, d]`.
  package var embeddings: [Float] = []
  /// `[n, r]`.
  package var rerank: [Float] = []

  package init() {}

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

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var count = ids.count
    try c.integer("n", &count, as: UInt32.self, in: 0...Limits.getItemsMax, or: .limitExceeded)
    try c.integer("generation", &generation)
    try c.dimension("dimension", &embeddingDimension)
    try c.dimension("rerank_dimension", &rerankDimension)
    try c.integer("unavailable", &unavailable)
    try c.head(of: &attributes)
    try c.pad8()
    try c.section(.columns)
    try c.column("ids", &ids, count: count)
    try c.column("versions", &versions, count: count)
    try c.columns(of: &attributes, rowCount: count)
    try c.section(.raw)
    try c.vectors("embeddings", &embeddings, rows: count, dimension: embeddingDimension)
    try c.vectors("rerank_vectors", &rerank, rows: count, dimension: rerankDimension)
  }
}
