package import Vocabulary

extension CollectionSchema {
  /// Reads a schema (`proto-spec/03-messages/collection.md`).
  package init(from reader: inout BodyReader) throws(WireError) {
    let at = reader.offset
    let dimensionMax = UInt16(Limits.dimensionMax)
    let embedding: UInt16 = try reader.integer(in: 1...dimensionMax, or: .limitExceeded)
    let rerank: UInt16 = try reader.integer(in: 0...dimensionMax, or: .limitExceeded)
    let attributes = try reader.definitions(except: Self.reservedNames)
    let schema = CollectionSchema(
      embeddingDimension: Int(embedding), rerankDimension: Int(rerank), attributes: attributes)
    guard let schema else { throw WireError(.malformedBody, fieldOffset: at) }
    self = schema
  }

  /// Writes a schema.
  package func write(to writer: inout BodyWriter) {
    writer.write(UInt16(embeddingDimension))
    writer.write(UInt16(rerankDimension))
    writer.write(UInt16(attributes.count))
    for attribute in attributes {
      writer.write(attribute.type.rawValue)
      writer.write(name: attribute.name)
    }
  }
}
