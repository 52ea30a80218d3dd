/// A `--long-name` with its environment variable and its key in the config file.
///
/// The type of its value says how it is given: `Int` has a default or must be given, `Int?` may be left out, `[Int]`
/// may be given several times.
package struct Flag<Value: Sendable>: Argument {
  package let row: ArgumentRow
  private let read: @Sendable ([String]) -> Value?

  private init(_ row: ArgumentRow, _ read: @escaping @Sendable ([String]) -> Value?) {
    self.row = row
    self.read = read
  }

  package func value(of texts: [String]) -> Value? { read(texts) }

  /// The same flag for another command: with other words for help, in another group, with another default.
  package func with(summary: String? = nil, group: String? = nil, default defaultText: String? = nil) -> Self {
    Self(row.with(summary: summary, group: group, default: defaultText), read)
  }

  private static func row<Element>(
    _ name: String, _ kind: ValueKind<Element>, _ summary: String, _ group: String, _ defaultText: String?,
    _ placeholder: String?, occurrence: ArgumentRow.Occurrence = .once, isRequired: Bool = false
  ) -> ArgumentRow {
    var row = ArgumentRow(name, kind, summary, placeholder: placeholder).with(
      summary: nil, group: group, default: defaultText)
    row.occurrence = occurrence
    row.isRequired = isRequired
    return row
  }

  /// A flag with a default, as text.
  package init(
    _ name: String, _ kind: ValueKind<Value>, _ summary: String, group: String = "Flags", default defaultText: String,
    placeholder: String? = nil
  ) {
    self.init(Self.row(name, kind, summary, group, defaultText, placeholder)) { $0.last.flatMap(kind.read) }
  }

  /// A flag that may be left out.
  package init<Element>(
    _ name: String, _ kind: ValueKind<Element>, _ summary: String, group: String = "Flags", placeholder: String? = nil
  ) where Value == Element? {
    self.init(Self.row(name, kind, summary, group, nil, placeholder)) { .some($0.last.flatMap(kind.read)) }
  }

  /// A flag that must be given.
  package static func required(
    _ name: String, _ kind: ValueKind<Value>, _ summary: String, group: String = "Flags", placeholder: String? = nil
  ) -> Self {
    Self(row(name, kind, summary, group, nil, placeholder, isRequired: true)) { $0.last.flatMap(kind.read) }
  }

  /// A flag that may be given several times; each time adds a value.
  package static func repeated<Element>(
    _ name: String, _ kind: ValueKind<Element>, _ summary: String, group: String = "Flags", isRequired: Bool = false,
    placeholder: String? = nil
  ) -> Self where Value == [Element] {
    Self(row(name, kind, summary, group, nil, placeholder, occurrence: .repeated, isRequired: isRequired)) {
      $0.compactMap(kind.read)
    }
  }

  /// A flag that may be given several times; each time adds values separated by commas.
  package static func list<Element>(
    _ name: String, _ kind: ValueKind<Element>, _ summary: String, group: String = "Flags",
    default defaultText: String? = nil, placeholder: String? = nil
  ) -> Self where Value == [Element] {
    Self(row(name, kind, summary, group, defaultText, placeholder, occurrence: .list)) { $0.compactMap(kind.read) }
  }
}

extension Flag<Bool> {
  /// A flag `--name` or `--no-name`.
  package static func `switch`(
    _ name: String, _ summary: String, group: String = "Flags", default isOn: Bool = false
  ) -> Self { Self(name, .bool, summary, group: group, default: String(isOn)) }
}
