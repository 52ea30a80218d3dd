public import Vocabulary
import Wire

/// An attribute of an item with its name.
public struct NamedAttribute: Hashable, Sendable {
  public let name: String
  /// `nil`: the item has none.
  public let value: AttributeValue?

  /// An attribute.
  public init(name: String, value: AttributeValue?) {
    self.name = name
    self.value = value
  }
}

extension AttributeTable {
  /// The attributes of a row, in the order of the columns.
  func attributes(row: Int) -> [NamedAttribute] {
    columns.indices.map { NamedAttribute(name: columns[$0].name, value: value(row: row, column: $0)) }
  }
}
