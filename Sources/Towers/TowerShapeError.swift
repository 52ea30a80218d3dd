/// Why a shape of a tower is refused.
package struct TowerShapeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The fields of a shape, by their names in a model's manifest.
  package enum Field: String, Sendable {
    case dimension, mixed, decay, length, heads, blocks
  }

  package let field: Field
  /// What the field must be.
  package let detail: String

  package var description: String { "\(field.rawValue) \(detail)" }
}
