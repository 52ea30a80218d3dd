/// The request of a command line.
package enum Outcome: Sendable {
  /// Run the chosen command.
  case run(Values)
  /// Print this and end with `ExitCode.ok`.
  case help(String)
  /// Print the version and end with `ExitCode.ok`.
  case version
  /// Print this to standard error and end with `ExitCode.usage`.
  case usageError(String)
}

/// A mistake in the command line, the environment or the config file, told to its author.
struct UsageError: Error {
  let message: String

  init(_ message: String) { self.message = message }

  /// Text of the author's own between quotation marks: cut at 64 characters, control characters replaced.
  static func quoted(_ text: some StringProtocol) -> String {
    let clipped = text.unicodeScalars.prefix(65)
    var safe = ""
    for scalar in clipped.prefix(64) {
      safe.unicodeScalars.append(scalar.properties.generalCategory == .control ? "?" : scalar)
    }
    return "'" + safe + (clipped.count > 64 ? "…'" : "'")
  }
}
