/// A type in which a value can be asked for: String, Int, Double, Duration, UInt64 (a size), HostPort or Bool.
package protocol ArgumentType: Sendable {
  /// The value in this type; `nil` if it is of another kind.
  static func unwrap(_ value: Value) -> Self?
}

extension String: ArgumentType {
  /// The value, if it is text, a file or a choice.
  package static func unwrap(_ value: Value) -> String? { if case .string(let value) = value { value } else { nil } }
}

extension Int: ArgumentType {
  /// The value, if it is an int.
  package static func unwrap(_ value: Value) -> Int? { if case .int(let value) = value { value } else { nil } }
}

extension Double: ArgumentType {
  /// The value, if it is a double.
  package static func unwrap(_ value: Value) -> Double? { if case .double(let value) = value { value } else { nil } }
}

extension Duration: ArgumentType {
  /// The value, if it is a duration.
  package static func unwrap(_ value: Value) -> Duration? {
    if case .duration(let value) = value { value } else { nil }
  }
}

extension UInt64: ArgumentType {
  /// The value, if it is a size in bytes.
  package static func unwrap(_ value: Value) -> UInt64? { if case .byteSize(let value) = value { value } else { nil } }
}

extension HostPort: ArgumentType {
  /// The value, if it is an address.
  package static func unwrap(_ value: Value) -> HostPort? { if case .address(let value) = value { value } else { nil } }
}

extension Bool: ArgumentType {
  /// The value, if it is a bool.
  package static func unwrap(_ value: Value) -> Bool? { if case .bool(let value) = value { value } else { nil } }
}
