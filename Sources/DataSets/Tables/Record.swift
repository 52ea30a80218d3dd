import JSON

/// One row of a data file: its fields as bytes, by the columns of the file.
package struct Record {
  /// A field: where it lies, and whether it is a list of texts, kept apart by the byte 0x1F.
  struct Field: Equatable {
    var bytes: Range<Int>
    var isList = false
    /// Whether the row has something there that is no text, number or list of such.
    var isNested = false
    /// Whether blanks at the ends are of the field: it stood in quotation marks, or is a text of JSON.
    var isExact = false
  }

  /// Divides the members of a list.
  static let listDivider = FlatObject.divider

  /// The number of its first line, from 1.
  package var line = 0
  /// The bytes that the fields point into.
  var bytes: [UInt8] = []
  /// `nil` where the row has no such field.
  var fields: [Field?] = []

  /// The bytes of a column; `nil` if the row has none or they are empty.
  func bytes(_ column: Int) -> ArraySlice<UInt8>? {
    guard column < fields.count, let field = fields[column], !field.bytes.isEmpty else { return nil }
    return bytes[field.bytes]
  }

  /// The bytes of a column without the spaces around them; `nil` if nothing is left.
  func trimmed(_ column: Int) -> ArraySlice<UInt8>? {
    guard var rest = bytes(column) else { return nil }
    while rest.first == 0x20 { rest = rest.dropFirst() }
    while rest.last == 0x20 { rest = rest.dropLast() }
    return rest.isEmpty ? nil : rest
  }

  /// The bytes of a column as they are meant: without the spaces around them, unless these are of the field.
  func own(_ column: Int) -> ArraySlice<UInt8>? {
    column < fields.count && fields[column]?.isExact == true ? bytes(column) : trimmed(column)
  }

  func isNested(_ column: Int) -> Bool { column < fields.count && fields[column]?.isNested == true }

  func isList(_ column: Int) -> Bool { column < fields.count && fields[column]?.isList == true }
}
