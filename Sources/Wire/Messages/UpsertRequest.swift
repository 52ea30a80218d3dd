package import Vocabulary

/// UPSERT: whole items to write (`proto-spec/03-messages/upsert.md`).
package struct UpsertRequest: WriteMessage, Equatable {
  package static let opcode = Opcode.upsert
  /// The expected version of an item that must not exist.
  package static let mustNotExist = UInt64.max

  package var collection = ""
  package var generation = Generation(0)
  package var writer: UInt64 = 0
  package var op: UInt64 = 0
  package var embeddingDimension = 0
  package var rerankDimension = 0
  package var ids: [UInt64] = []
  /// 0: any; `mustNotExist`; else the version that the item must have.
  package var expectedVersions: [UInt64] = []
  package var attributes = AttributeTable.empty(rowCount: 0)
  /// `[n, d]`.
  package var embeddings: [Float] = []
  /// `[n, r]`.
  package var rerank: [Float] = []

  package var wantsCopies = false

  package init() {}

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

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var count = ids.count
    if C.isReading { wantsCopies = c.version >= 2 }
    try c.integer("writer", &writer, in: 1...UInt64.max)
    try c.integer("op", &op, in: 1...UInt64.max)
    try c.integer("generation", &generation)
    try c.integer("n", &count, as: UInt32.self, in: 1...Limits.upsertItemsMax, or: .limitExceeded)
    try c.dimension("dimension", &embeddingDimension, least: 1, or: .dimensionMismatch)
    try c.dimension("rerank_dimension", &rerankDimension, or: .dimensionMismatch)
    try c.name("collection", &collection)
    try c.head(of: &attributes)
    try c.pad8()
    try c.section(.columns)
    try c.column("ids", &ids, count: count)
    try c.column("expected_versions", &expectedVersions, count: count)
    try c.columns(of: &attributes, rowCount: count)
    try c.section(.raw)
    try c.vectors("embeddings", &embeddings, rows: count, dimension: embeddingDimension)
    try c.vectors("rerank_vectors", &rerank, rows: count, dimension: rerankDimension)
  }
}
