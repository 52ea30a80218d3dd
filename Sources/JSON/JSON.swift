import Vocabulary

/// A JSON value that keeps the order of its keys, the bytes of its texts and the exact integers of 64 bits.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  /// Above `Int.max`.
  case unsigned(UInt64)
  case number(Double)
  case text(String)
  case list([JSON])
  indirect case object([(String, JSON)])

  /// A number of 64 bits without sign.
  package static func id(_ value: UInt64) -> JSON { Int(exactly: value).map { .int($0) } ?? .unsigned(value) }

  /// A float32 by the shortest text that gives it back.
  package static func float(_ value: Float) -> JSON { Double(value.description).map { .number($0) } ?? .null }

  /// The field of an object; keys are the same if their bytes are.
  ///
  /// - Complexity: O(number of fields).
  package subscript(key: String) -> JSON? {
    guard case .object(let fields) = self else { return nil }
    return fields.first { $0.0.exact == key.exact }?.1
  }

  /// The value as an id.
  package var asID: UInt64? {
    switch self {
    case .int(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    // A string of digits helps programs whose numbers end at 2^53.
    case .text(let digits): UInt64(digits: digits)
    default: nil
    }
  }

  /// The value as a number.
  package var asNumber: Double? {
    switch self {
    case .int(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The value as a vector of float32.
  package var asVector: [Float]? {
    guard case .list(let values) = self else { return nil }
    let floats = values.compactMap { $0.asNumber.map { Float($0) } }
    return floats.count == values.count ? floats : nil
  }

  package static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.int(let x), .int(let y)): x == y
    case (.unsigned(let x), .unsigned(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.text(let x), .text(let y)): x.exact == y.exact
    case (.list(let x), .list(let y)): x == y
    case (.object(let x), .object(let y)): x.elementsEqual(y) { $0.0.exact == $1.0.exact && $0.1 == $1.1 }
    default: false
    }
  }
}
