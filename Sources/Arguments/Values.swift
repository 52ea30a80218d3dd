/// What the chosen command was given, each value with its source.
///
/// Names are those of the table; asking for a name or a type that the table does not have is a mistake of the program.
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
    let kind: ValueKind
    var values: [Value]
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

  /// The value of a flag or positional that is required or has a default.
  package func value<T: ArgumentType>(_ name: String, as type: T.Type = T.self) -> T {
    guard let value = optional(name, as: type) else { preconditionFailure("\(name) may be absent: ask for optional") }
    return value
  }

  /// The value of a flag or positional, if a source gives one.
  package func optional<T: ArgumentType>(_ name: String, as type: T.Type = T.self) -> T? { all(name, as: type).last }

  /// All values of a flag or positional, in the order of the command line.
  package func all<T: ArgumentType>(_ name: String, as type: T.Type = T.self) -> [T] {
    setting(name).values.map { value in
      guard let typed = T.unwrap(value) else { preconditionFailure("\(name) is not of type \(type)") }
      return typed
    }
  }

  /// Where the value of a flag or positional comes from.
  package func source(_ name: String) -> Source { setting(name).source }

  /// Whether a source other than the default gave a value.
  package func isGiven(_ name: String) -> Bool { source(name) != .defaultValue }

  /// The paths with a use, each with its flag or positional, in the order of these names.
  package func paths(_ use: ValueKind.PathUse) -> [(name: String, path: String)] {
    settings.sorted { $0.key < $1.key }.flatMap { name, setting -> [(name: String, path: String)] in
      guard case .path(use) = setting.kind else { return [] }
      return setting.values.compactMap { String.unwrap($0).map { (name, $0) } }
    }
  }

  /// How a flag or positional is spelled on the command line.
  package static func spelled(_ name: String) -> String { name == name.uppercased() ? name : "--\(name)" }

  /// The text of a usage error about a value that only the program can judge.
  package func complaint(about name: String, _ what: String) -> String {
    path.joined(separator: " ") + ": \(Self.spelled(name)) \(what) (\(source(name)))"
  }

  private func setting(_ name: String) -> Setting {
    guard let setting = settings[name] else { preconditionFailure("\(path.joined(separator: " ")) has no \(name)") }
    return setting
  }
}
