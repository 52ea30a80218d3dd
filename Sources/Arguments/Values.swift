/// What the chosen command was given, each value with its source.
///
/// Asking for a flag or positional that the command does not have is a mistake of the program.
package struct Values: Sendable {
  /// Where a value comes from, in falling precedence.
  package enum Source: Hashable, Sendable, CustomStringConvertible {
    case commandLine
    case environment(String)
    case config(String)
    case defaultValue

    /// For error messages.
    package var description: String {
      switch self {
      case .commandLine: "from the command line"
      case .environment(let name): "from environment \(name)"
      case .config(let file): "from config file \(file)"
      case .defaultValue: "by default"
      }
    }
  }

  struct Setting {
    let row: ArgumentRow
    /// Of each value one text, which the row takes.
    var texts: [String]
    var source: Source
  }

  /// The names from the program to the chosen command.
  package let path: [String]
  private let settings: [String: Setting]

  init(path: [String], settings: [String: Setting]) {
    self.path = path
    self.settings = settings
  }

  /// The chosen command without the program: `"collection create"`; empty for the program itself.
  package var command: String { path.dropFirst().joined(separator: " ") }

  /// The value of a flag or positional.
  package subscript<Value>(argument: some Argument<Value>) -> Value {
    guard let value = argument.value(of: texts(argument)) else { preconditionFailure("two \(argument.row.name)") }
    return value
  }

  /// The texts of a flag's or positional's values, in the order of the command line: of each number its usual one.
  package func texts(_ argument: some Argument) -> [String] { setting(argument).texts }

  /// Where the value of a flag or positional comes from.
  package func source(_ argument: some Argument) -> Source { setting(argument).source }

  /// Whether a source other than the default gave a value.
  package func isGiven(_ argument: some Argument) -> Bool { source(argument) != .defaultValue }

  /// The paths with a use, each with its flag or positional, in the order of these names.
  package func paths(_ use: PathUse) -> [(name: String, path: String)] {
    settings.values.filter { $0.row.pathUse == use }.sorted { $0.row.name < $1.row.name }
      .flatMap { setting in setting.texts.map { (setting.row.name, $0) } }
  }

  /// How a flag or positional is spelled on the command line.
  package static func spelled(_ name: String) -> String { name == name.uppercased() ? name : "--\(name)" }

  /// The text of a usage error about a value that only the program can judge.
  package func complaint(about argument: some Argument, _ what: String) -> String {
    path.joined(separator: " ") + ": \(Self.spelled(argument.row.name)) \(what) (\(source(argument)))"
  }

  private func setting(_ argument: some Argument) -> Setting {
    guard let setting = settings[argument.row.name] else {
      preconditionFailure("\(path.joined(separator: " ")) has no \(argument.row.name)")
    }
    return setting
  }
}
