import Vocabulary
import Wire

extension UpsertRequest {
  /// A write of items, each checked against the schema.
  init(
    _ items: [Item], schema: CollectionSchema, collection: String, expecting: [ExpectedVersion?] = [], writer: UInt64,
    op: UInt64
  ) throws(WinnowError) {
    try Check.name(collection, "collection")
    try Check.range(items.count, 1...Limits.upsertItemsMax, "number of items")
    for item in items {
      if let fault = item.fault(under: schema) {
        throw WinnowError(invalid: "item \(item.id.rawValue): \(fault)")
      }
    }
    self.init(
      collection: collection, writer: writer, op: op, embeddingDimension: schema.embeddingDimension,
      rerankDimension: schema.rerankDimension, ids: items.map(\.id.rawValue),
      expectedVersions: try ExpectedVersion.numbers(expecting, count: items.count),
      attributes: AttributeTable(rows: items.map(\.attributes), definitions: schema.attributes),
      embeddings: items.flatMap(\.embedding), rerank: items.flatMap(\.rerank))
  }
}

extension Item {
  /// Why a collection of this schema cannot take the item, in words; `nil` if it can.
  func fault(under schema: CollectionSchema) -> String? {
    for (name, vector, dimension) in [
      ("embedding", embedding, schema.embeddingDimension), ("rerank vector", rerank, schema.rerankDimension),
    ] {
      guard vector.count == dimension else {
        return "the \(name) has \(vector.count) numbers, the collection \(dimension)"
      }
      if dimension > 0, VectorCheck.firstFault(in: vector, dimension: dimension) != nil {
        return "the \(name) has a number that is not finite, or a norm above 1e18"
      }
    }
    guard attributes.count == schema.attributes.count else {
      return "\(attributes.count) attributes, the collection has \(schema.attributes.count)"
    }
    for (definition, value) in zip(schema.attributes, attributes) {
      if let fault = value?.fault(under: definition) { return fault }
    }
    return nil
  }
}

extension AttributeValue {
  /// Why an attribute cannot take the value, in words; `nil` if it can.
  func fault(under definition: AttributeDefinition) -> String? {
    guard type == definition.type else {
      return "\(definition.name) is a \(type.word), the collection says \(definition.type.word)"
    }
    return fault.map { "\(definition.name) \($0)" }
  }

  private var fault: String? {
    switch self {
    case .int, .bool: return nil
    case .float(let value): return value.isFinite ? nil : "is not finite"
    case .keyword(let text), .text(let text):
      return text.utf8.count <= Limits.attributeBytesMax ? nil : "has more than \(Limits.attributeBytesMax) bytes"
    case .keywordSet(let words):
      guard words.count <= Limits.keywordSetMax else { return "has more than \(Limits.keywordSetMax) words" }
      guard words.allSatisfy({ $0.utf8.count <= Limits.attributeBytesMax }) else {
        return "has a word of more than \(Limits.attributeBytesMax) bytes"
      }
      let ascends = zip(words, words.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      return ascends ? nil : "has words that do not ascend, or one twice"
    }
  }
}
