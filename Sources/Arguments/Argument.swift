/// A flag or a positional, with the type of its value.
package protocol Argument<Value>: Sendable {
  associatedtype Value: Sendable
  /// What the table of commands has of it.
  var row: ArgumentRow { get }
  /// The value that texts stand for which `row` takes; `nil`: they are none of its texts.
  func value(of texts: [String]) -> Value?
}

/// The row of a flag or a positional in the table of commands: all but the type of its value.
package struct ArgumentRow: Sendable {
  /// How often the argument may be given.
  package enum Occurrence: Sendable {
    case once
    /// Any number of times; each time adds a value.
    case repeated
    /// Any number of times; each time adds values separated by commas.
    case list
  }

  /// Of a flag in lower case with hyphens, without the leading `--`; of a positional in upper case.
  package let name: String
  /// A sentence for help.
  package fileprivate(set) var summary: String
  /// The heading in help under which a flag stands.
  package fileprivate(set) var group = ""
  /// The default, as text, if no source gives a value.
  package fileprivate(set) var defaultText: String?
  /// Whether some source must give a value.
  package var isRequired = false
  /// How often it may be given.
  package var occurrence = Occurrence.once
  /// The placeholder of the value in help.
  let placeholder: String
  /// Whether it is a flag that takes no value on the command line.
  package let isSwitch: Bool
  /// The use of the path that it takes; `nil`: it takes no path.
  let pathUse: PathUse?
  /// Checks one value and gives its usual text.
  private let usualText: @Sendable (String) throws(UsageError) -> String

  init<Element>(_ name: String, _ kind: ValueKind<Element>, _ summary: String, placeholder: String? = nil) {
    self.name = name
    self.summary = summary
    self.placeholder = placeholder ?? kind.placeholder
    isSwitch = kind is ValueKind<Bool>
    pathUse = kind.pathUse
    usualText = { text throws(UsageError) in kind.usualText(try kind.parse(text), text) }
  }

  /// The environment variable of the flag.
  package var environmentName: String {
    "WINNOW_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
  }

  /// The texts of the values in one text, of which only a list may hold several.
  func values(in text: String) throws(UsageError) -> [String] {
    guard occurrence == .list else { return [try usualText(text)] }
    var values: [String] = []
    for part in text.splitList() { values.append(try usualText(part)) }
    return values
  }

  /// The row with other words for help, another group or another default.
  func with(summary: String?, group: String?, default defaultText: String?) -> Self {
    var row = self
    row.summary = summary ?? row.summary
    row.group = group ?? row.group
    row.defaultText = defaultText ?? row.defaultText
    return row
  }
}
