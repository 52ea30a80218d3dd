/// What a log may say of the moment of an event in a word of its own; a query gives it as context under the same name.
package enum EventWord: String, Sendable, CaseIterable {
  case device
  case queryCategory = "query_category"

  /// As many bytes as a query may give.
  static let bytesMax = 255

  /// The column of a log that has it.
  var role: ColumnChoice.Role {
    switch self {
    case .device: .device
    case .queryCategory: .queryCategory
    }
  }
}
