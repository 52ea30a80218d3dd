/// An argument without a name, known by its place.
///
/// The type of its value says how it is given: `Int` must be given, `Int?` may be left out, `[Int]` takes all arguments
/// that are left.
package struct Positional<Value: Sendable>: Argument {
  package let row: ArgumentRow
  private let read: @Sendable ([String]) -> Value?

  private init(_ row: ArgumentRow, isRequired: Bool, _ read: @escaping @Sendable ([String]) -> Value?) {
    var row = row
    row.isRequired = isRequired
    self.row = row
    self.read = read
  }

  package func value(of texts: [String]) -> Value? { read(texts) }

  /// A positional that must be given.
  ///
  /// - Parameter name: In upper case, as help shows it.
  package init(_ name: String, _ kind: ValueKind<Value>, _ summary: String) {
    self.init(ArgumentRow(name, kind, summary), isRequired: true) { $0.last.flatMap(kind.read) }
  }

  /// A positional that may be left out; only the last may.
  package static func optional<Element>(_ name: String, _ kind: ValueKind<Element>, _ summary: String) -> Self
  where Value == Element? {
    Self(ArgumentRow(name, kind, summary), isRequired: false) { .some($0.last.flatMap(kind.read)) }
  }

  /// A positional that takes all arguments that are left; only the last may.
  package static func repeated<Element>(
    _ name: String, _ kind: ValueKind<Element>, _ summary: String, isRequired: Bool = true
  ) -> Self where Value == [Element] {
    var row = ArgumentRow(name, kind, summary)
    row.occurrence = .repeated
    return Self(row, isRequired: isRequired) { $0.compactMap(kind.read) }
  }
}
