package import Vocabulary
package import WinnowClient

/// What a load writes under an id: every value is a function of the id and of a revision, which one attribute carries, so
/// that a reader of the item can tell whether it is what was written.
package struct WrittenItem: Sendable {
  private let schema: CollectionSchema
  /// The attribute that carries the revision.
  private let mark: Int

  /// Items of a collection.
  ///
  /// - Returns: `nil` if the collection has no attribute of type int, text or keyword to carry the revision.
  package init?(schema: CollectionSchema) {
    let types: [AttributeType] = [.int, .text, .keyword]
    guard let mark = types.lazy.compactMap({ type in schema.attributes.firstIndex { $0.type == type } }).first else {
      return nil
    }
    self.schema = schema
    self.mark = mark
  }

  /// The item of an id and a revision.
  package func item(_ id: UInt64, revision: UInt64) -> Item {
    Item(
      id: ItemID(id), embedding: vector(schema.embeddingDimension, id, revision, column: 1 << 32),
      rerank: vector(schema.rerankDimension, id, revision, column: 2 << 32), attributes: attributes(id, revision))
  }

  /// The revision that values of an item carry; `nil` if they are not what any revision would have written.
  package func revision(_ id: UInt64, of values: [NamedAttribute]) -> UInt64? {
    let name = schema.attributes[mark].name
    let revision: UInt64? =
      switch values.first(where: { $0.name == name })?.value {
      case .int(let number): UInt64(exactly: number)
      case .text(let text), .keyword(let text): UInt64(digits: text)
      default: nil
      }
    guard let revision else { return nil }
    let wanted = attributes(id, revision)
    let isAsWritten = zip(schema.attributes, wanted).allSatisfy { definition, value in
      values.first { $0.name == definition.name }?.value == value
    }
    return isAsWritten ? revision : nil
  }

  /// Whether vectors are those of a revision.
  package func isWritten(_ id: UInt64, revision: UInt64, embedding: [Float], rerank: [Float]) -> Bool {
    let item = item(id, revision: revision)
    return item.embedding == embedding && item.rerank == rerank
  }

  private func hash(_ id: UInt64, _ revision: UInt64, column: UInt64) -> UInt64 {
    SplitMix64.mixed(SplitMix64.mixed(SplitMix64.mixed(id) &+ revision) &+ column)
  }

  private func vector(_ dimension: Int, _ id: UInt64, _ revision: UInt64, column: UInt64) -> [Float] {
    (0..<UInt64(dimension)).map { place in
      Float(hash(id, revision, column: column + place) >> 40) * 0x1p-23 - 1
    }
  }

  private func attributes(_ id: UInt64, _ revision: UInt64) -> [AttributeValue?] {
    schema.attributes.enumerated().map { column, definition in
      let isMark = column == mark
      let hash = hash(id, revision, column: UInt64(column))
      switch definition.type {
      case .int: return .int(isMark ? Int64(clamping: revision) : Int64(hash % 1_000_000))
      case .float: return .float(Double(hash % 1_000_000) / 128)
      case .keyword: return .keyword(isMark ? "\(revision)" : "bench-\(hash % 50)")
      case .keywordSet: return .keywordSet(["bench-\(hash % 5)", "bench-\(5 + hash % 5)"])
      case .bool: return .bool(hash % 2 == 0)
      case .text: return .text(isMark ? "\(revision)" : "written by bench, \(hash % 1000)")
      }
    }
  }
}
