/// An argument without a name, known by its place.
package struct Positional: Sendable {
  /// In upper case, as help shows it.
  package let name: String
  /// The kind of value it takes.
  package let kind: ValueKind
  /// A sentence for help.
  package let summary: String
  /// Whether it must be given.
  package let isRequired: Bool
  /// Whether it takes all arguments that are left; only the last may.
  package let isRepeated: Bool

  /// A row of the table of positionals; `Command.problems` checks it.
  package init(
    _ name: String, _ kind: ValueKind, _ summary: String, isRequired: Bool = true, isRepeated: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.summary = summary
    self.isRequired = isRequired
    self.isRepeated = isRepeated
  }
}
