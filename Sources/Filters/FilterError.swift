/// Why a filter is refused, and where.
package struct FilterError: Error, Equatable, Sendable {
  /// The closed list of reasons; the raw value is the word that the spec's table uses.
  package enum Kind: String, CaseIterable, Sendable {
    /// Something else is expected at this place.
    case unexpected
    /// A string that does not end, a bad escape or a bare control character.
    case badString = "bad-string"
    /// A number that is not written as one, or that neither a 64-bit integer nor a float64 can hold.
    case badNumber = "bad-number"
    /// An attribute name outside the grammar of names.
    case badName = "bad-name"
    /// Too long, too deep, too many predicates or too many values.
    case limitExceeded = "limit"
    /// A range that ends before it begins.
    case emptyRange = "empty-range"
    /// A tree that no text can give: no children, or a number that is not finite.
    case malformedTree = "malformed-tree"
    /// The collection has no attribute of this name.
    case unknownAttribute = "unknown-attribute"
    /// The attribute is kept for display only.
    case notFilterable = "not-filterable"
    /// The attribute's type has no order.
    case operatorNotAllowed = "operator-not-allowed"
    /// The value is not of the attribute's type.
    case operandMismatch = "operand-mismatch"
  }

  /// Why.
  package let kind: Kind
  /// The place in the filter's text, 1-based, in UTF-8 bytes; 0 if the filter came without text.
  package let column: Int
  /// For people; quotes at most one clipped identifier of the input.
  package let message: String

  /// An error at a column.
  package init(_ kind: Kind, column: Int, _ message: String) {
    self.kind = kind
    self.column = column
    self.message = message
  }

  /// A name between quotation marks: cut at 32 characters, anything but printable ASCII replaced.
  static func quoted(_ name: some StringProtocol) -> String {
    let clipped = name.unicodeScalars.prefix(33)
    let safe = clipped.prefix(32).map { (" "..."~").contains($0) ? String($0) : "?" }.joined()
    return "'" + safe + (clipped.count > 32 ? "…'" : "'")
  }
}
