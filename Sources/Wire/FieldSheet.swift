/// The fields of a message by the spec's names, in the order of the body.
package struct FieldSheet: Sendable {
  /// A name and its value.
  package struct Field: Sendable {
    package let name: String
    package let value: FieldValue
  }

  /// The version of the body.
  package let version: UInt16
  package private(set) var fields: [Field] = []

  /// No fields yet.
  init(version: UInt16) { self.version = version }

  /// The fields that a version of the body has.
  package init(of group: some FieldGroup, version: UInt16) {
    self.init(version: version)
    var copy = group
    copy.fields(&self)
  }

  /// Adds a field.
  mutating func put(_ name: String, _ value: FieldValue) { fields.append(Field(name: name, value: value)) }
}
