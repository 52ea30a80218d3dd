public import Vocabulary
import Wire

/// Attributes of an item to set and to remove; its vectors and other attributes stay.
public struct ItemUpdate: Hashable, Sendable {
  public let id: ItemID
  /// New values, each name once; `nil`: the item has none any more.
  public let attributes: [NamedAttribute]

  /// A change of some attributes.
  public init(id: ItemID, attributes: [NamedAttribute]) {
    self.id = id
    self.attributes = attributes
  }

  /// Why a collection of this schema cannot take the change, in words; `nil` if it can.
  func fault(under schema: CollectionSchema) -> String? {
    for (place, attribute) in attributes.enumerated() {
      guard let index = schema.attributeIndex(named: attribute.name) else {
        return "the collection has no attribute \(attribute.name)"
      }
      guard !attributes[..<place].contains(where: { $0.name == attribute.name }) else {
        return "\(attribute.name) stands twice"
      }
      if let fault = attribute.value?.fault(under: schema.attributes[index]) { return fault }
    }
    return nil
  }
}

extension UpdateRequest {
  /// A write of changes, each checked against the schema; columns are those that some change names.
  init(
    _ updates: [ItemUpdate], schema: CollectionSchema, collection: String, expecting: [ExpectedVersion?] = [],
    writer: UInt64, op: UInt64
  ) throws(WinnowError) {
    try Check.name(collection, "collection")
    try Check.range(updates.count, 1...Limits.upsertItemsMax, "number of items")
    var columns: [String: Int] = [:]
    var definitions: [AttributeDefinition] = []
    for update in updates {
      if let fault = update.fault(under: schema) {
        throw WinnowError(invalid: "item \(update.id.rawValue): \(fault)")
      }
      for attribute in update.attributes where columns[attribute.name] == nil {
        guard let index = schema.attributeIndex(named: attribute.name) else { continue }
        columns[attribute.name] = definitions.count
        definitions.append(schema.attributes[index])
      }
    }
    guard Set(updates.map(\.id)).count == updates.count else { throw WinnowError(invalid: "an item stands twice") }
    var rows = [[AttributeValue?]](
      repeating: [AttributeValue?](repeating: nil, count: definitions.count), count: updates.count)
    var removals = [[Bool]](repeating: [Bool](repeating: false, count: updates.count), count: definitions.count)
    for (row, update) in updates.enumerated() {
      for attribute in update.attributes {
        guard let column = columns[attribute.name] else { continue }
        rows[row][column] = attribute.value
        removals[column][row] = attribute.value == nil
      }
    }
    self.init(
      collection: collection, writer: writer, op: op, ids: updates.map(\.id.rawValue),
      expectedVersions: try ExpectedVersion.numbers(expecting, count: updates.count),
      attributes: AttributeTable(rows: rows, definitions: definitions), removals: removals.map(AttributeTable.bits))
  }
}
