package import Vocabulary

extension CollectionSchema: FieldGroup {
  /// The fields of a schema (`proto-spec/03-messages/collection.md`).
  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    let at = c.offset
    var (embedding, rerank, attributes) = (embeddingDimension, rerankDimension, attributes)
    try c.dimension("dimension", &embedding, least: 1)
    try c.dimension("rerank_dimension", &rerank)
    try c.definitions("attributes", &attributes, except: Self.reservedNames)
    guard C.isReading else { return }
    let schema = CollectionSchema(embeddingDimension: embedding, rerankDimension: rerank, attributes: attributes)
    try c.check(schema != nil, at: at, "dimensions and attributes form a schema")
    self = schema ?? self
  }
}
