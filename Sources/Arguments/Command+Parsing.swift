extension Command {
  /// Reads a command line; the precedence is flag, environment, config file, default.
  ///
  /// - Parameters:
  ///   - arguments: Those of the process, without the program's name.
  ///   - environment: The variables of the process; those that no flag has are ignored, and so are empty ones.
  ///   - readConfig: Gives the bytes of the file that `--config` or `WINNOW_CONFIG` names; `nil` if it cannot be read.
  package func parse(
    _ arguments: [String], environment: [String: String] = [:], readConfig: (String) -> [UInt8]? = { _ in nil }
  ) -> Outcome {
    var line = CommandLineReader(root: self)
    do throws(UsageError) {
      if let early = try line.read(arguments) { return early }
      return .run(try line.resolve(environment: environment, readConfig: readConfig))
    } catch {
      let name = line.path.map(\.name).joined(separator: " ")
      return .usageError("\(name): \(error.message)\nTry '\(name) --help'.")
    }
  }
}
