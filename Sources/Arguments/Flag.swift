/// A row of the table: one `--long-name`, its environment variable and its key in the config file.
package struct Flag: Sendable {
  /// How often a flag may be given.
  package enum Occurrence: Sendable {
    case once
    /// Any number of times; each time adds a value.
    case repeated
    /// Any number of times; each time adds values separated by commas.
    case list
  }

  /// In lower case with hyphens, without the leading `--`.
  package let name: String
  /// The kind of value it takes.
  package let kind: ValueKind
  /// A sentence for help.
  package let summary: String
  /// The heading in help under which the flag stands.
  package let group: String
  /// The default, as text, if no source gives a value; `false` for a switch without another one.
  package let defaultText: String?
  /// Whether some source must give a value.
  package let isRequired: Bool
  /// How often it may be given.
  package let occurrence: Occurrence
  /// The placeholder of the value in help.
  package let placeholder: String

  /// A row of the table of flags; `Command.problems` checks it.
  package init(
    _ name: String, _ kind: ValueKind, _ summary: String, group: String = "Flags", default defaultText: String? = nil,
    isRequired: Bool = false, occurrence: Occurrence = .once, placeholder: String? = nil
  ) {
    self.name = name
    self.kind = kind
    self.summary = summary
    self.group = group
    if case .bool = kind, !isRequired {
      self.defaultText = defaultText ?? "false"
    } else {
      self.defaultText = defaultText
    }
    self.isRequired = isRequired
    self.occurrence = occurrence
    self.placeholder = placeholder ?? kind.placeholder
  }

  /// The environment variable of the flag.
  package var environmentName: String {
    "WINNOW_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
  }

  /// Whether the flag takes no value on the command line.
  var isSwitch: Bool { if case .bool = kind { true } else { false } }

  /// The values of one text, of which only a list may hold several.
  func parse(_ text: String) throws(UsageError) -> [Value] {
    guard occurrence == .list else { return [try kind.parse(text)] }
    var values: [Value] = []
    // By bytes: a mark that combines would make another character of the comma before it.
    for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      values.append(try kind.parse(String(decoding: part, as: UTF8.self)))
    }
    return values
  }

  /// The config file, a flag of every root command.
  static let config = Flag(
    "config", .file, "Read flags from a JSON object whose keys are long names.", group: "General")
}
