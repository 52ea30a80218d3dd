package import Vocabulary

/// Why an item is refused; nothing of it has been stored.
package enum ItemError: Error, Equatable, Sendable {
  case embedding(VectorError)
  case rerank(VectorError)
  /// The item has not one entry per attribute of the schema.
  case attributeCount(expected: Int, found: Int)
  /// The value of the attribute at `index` is of another type than the schema says.
  case attributeType(index: Int, expected: AttributeType, found: AttributeType)
  /// A float attribute is a NaN or an infinity.
  case attributeNotFinite(index: Int)
  /// A keyword, a text, or a member of a keyword set has more than 16,384 bytes of UTF-8.
  case attributeTooLong(index: Int)
  /// A keyword set has more than 256 members.
  case keywordSetTooLarge(index: Int)
  /// A keyword set is not ascending by UTF-8 bytes, or has a repeat.
  case keywordSetUnordered(index: Int)
  /// The table has no room for another row (4 billion).
  case tableFull

  /// Checks an item against a schema.
  package static func check(_ item: Item, against schema: CollectionSchema) throws(ItemError) {
    do throws(VectorError) {
      try VectorError.check(item.embedding, dimension: schema.embeddingDimension)
    } catch { throw .embedding(error) }
    do throws(VectorError) {
      try VectorError.check(item.rerank, dimension: schema.rerankDimension)
    } catch { throw .rerank(error) }
    guard item.attributes.count == schema.attributes.count else {
      throw .attributeCount(expected: schema.attributes.count, found: item.attributes.count)
    }
    for index in schema.attributes.indices {
      guard let value = item.attributes[index] else { continue }
      try check(value, at: index, against: schema)
    }
  }

  /// Checks a change of an attribute against a schema.
  package static func check(_ change: AttributeChange, against schema: CollectionSchema) throws(ItemError) {
    precondition(schema.attributes.indices.contains(change.attribute), "a change is of an attribute of the schema")
    guard let value = change.value else { return }
    try check(value, at: change.attribute, against: schema)
  }

  private static func check(
    _ value: AttributeValue, at index: Int, against schema: CollectionSchema
  ) throws(ItemError) {
    guard value.type == schema.attributes[index].type else {
      throw .attributeType(index: index, expected: schema.attributes[index].type, found: value.type)
    }
    switch value {
    case .int, .bool: break
    case .float(let number):
      guard number.isFinite else { throw .attributeNotFinite(index: index) }
    case .keyword(let text), .text(let text):
      guard text.utf8.count <= Limits.attributeBytesMax else { throw .attributeTooLong(index: index) }
    case .keywordSet(let members):
      guard members.count <= Limits.keywordSetMax else { throw .keywordSetTooLarge(index: index) }
      for (place, member) in members.enumerated() {
        guard member.utf8.count <= Limits.attributeBytesMax else { throw .attributeTooLong(index: index) }
        guard place == 0 || members[place - 1].utf8.lexicographicallyPrecedes(member.utf8) else {
          throw .keywordSetUnordered(index: index)
        }
      }
    }
  }
}
