package import Vocabulary

/// A new value for one attribute of an item.
package struct AttributeChange: Equatable, Sendable {
  /// The index of the attribute in the schema.
  package let attribute: Int
  /// `nil`: the item has none any more.
  package let value: AttributeValue?

  package init(attribute: Int, value: AttributeValue?) {
    self.attribute = attribute
    self.value = value
  }
}
