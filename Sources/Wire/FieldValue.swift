package import Vocabulary

/// The value of a field, apart from its form in a body.
package enum FieldValue: Sendable {
  /// A value that a row or a record does not have.
  case missing
  case bool(Bool)
  /// Of up to 32 bits.
  case number(Int)
  /// A number that has words.
  case named(Int, String)
  case unsigned(UInt64)
  case signed(Int64)
  case float(Float)
  case double(Double)
  case text(String)
  case bytes([UInt8])
  case list([FieldValue])
  case records([FieldSheet])

  init<T: WireInteger>(_ value: T) {
    self =
      T.bitWidth <= 32
      ? .number(Int(truncatingIfNeeded: value))
      : T.isSigned ? .signed(Int64(truncatingIfNeeded: value)) : .unsigned(UInt64(truncatingIfNeeded: value))
  }

  /// A number with a meaning, and its words if it has some.
  init<Value: RawRepresentable>(of value: Value) where Value.RawValue: WireInteger {
    let number = FieldValue(value.rawValue)
    self =
      if case .number(let number) = number, let worded = value as? any Worded { .named(number, worded.words) } else {
        number
      }
  }

  init<T: WireInteger>(list: [T]) { self = .list(list.map { FieldValue($0) }) }

  init(list: [Float]) { self = .list(list.map { .float($0) }) }
}

/// A number of the protocol with words for people.
package protocol Worded {
  /// The words, or the number of one that is not known.
  var words: String { get }
}

extension InputKind: Worded {}
