/// Walks over the arguments once, from the program down to the chosen command.
struct CommandLineReader {
  private(set) var path: [Command]
  private var texts: [String: [String]] = [:]
  private var positionals: [String] = []

  init(root: Command) { path = [root] }

  private var command: Command { path[path.count - 1] }

  /// The flags of the chosen command and of those above it.
  private var flags: [ArgumentRow] { path.flatMap(\.flags) + [Command.config.row] }

  /// - Returns: An outcome that needs no values: help or the version.
  mutating func read(_ arguments: [String]) throws(UsageError) -> Outcome? {
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      switch argument {
      case "--help", "-h": return .help(Command.help(path))
      case "--version": return .version
      case "--":
        for rest in arguments[index...] { try take(positional: rest) }
        index = arguments.count
      case _ where argument.hasPrefix("--"):
        let next = index < arguments.count ? arguments[index] : nil
        if try take(flag: argument.dropFirst(2), next: next) { index += 1 }
      case _ where argument.hasPrefix("-") && argument != "-" && Double(argument) == nil:
        throw UsageError("unknown flag \(UsageError.quoted(argument)); flags are long: --name")
      default: try take(positional: argument)
      }
    }
    guard command.subcommands.isEmpty else {
      throw UsageError("a command is needed: " + command.subcommands.map(\.name).joined(separator: ", "))
    }
    return nil
  }

  /// - Returns: Whether the next argument was the flag's value.
  private mutating func take(flag argument: Substring, next: String?) throws(UsageError) -> Bool {
    // By bytes: a mark that combines would make another character of the sign before it.
    let parts = argument.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let name = parts[0]
    let attached = parts.count > 1 ? parts[1] : nil
    if let flag = flags.first(where: { $0.name == name }) {
      if let attached {
        try give(flag, attached)
      } else if flag.isSwitch {
        try give(flag, "true")
      } else if let next, !next.hasPrefix("--") {
        try give(flag, next)
        return true
      } else {
        throw UsageError("--\(name) needs a value: --\(name) \(flag.placeholder)")
      }
      return false
    }
    if name.hasPrefix("no-"), let flag = flags.first(where: { $0.isSwitch && "no-\($0.name)" == name }) {
      guard attached == nil else { throw UsageError("--\(name) takes no value") }
      try give(flag, "false")
      return false
    }
    let names = flags.flatMap { $0.isSwitch ? [$0.name, "no-\($0.name)"] : [$0.name] } + ["help", "version"]
    throw UsageError(
      "unknown flag \(UsageError.quoted("--" + name))" + EditDistance.hint(name, among: names) { "--\($0)" })
  }

  private mutating func give(_ flag: ArgumentRow, _ text: String) throws(UsageError) {
    guard flag.occurrence != .once || texts[flag.name] == nil else {
      throw UsageError("--\(flag.name) stands twice")
    }
    texts[flag.name, default: []].append(text)
  }

  private mutating func take(positional text: String) throws(UsageError) {
    if !command.subcommands.isEmpty {
      guard let chosen = command.subcommands.first(where: { $0.name == text }) else {
        let names = command.subcommands.map(\.name)
        throw UsageError(
          "unknown command \(UsageError.quoted(text))" + EditDistance.hint(text, among: names) { "'\($0)'" })
      }
      path.append(chosen)
      return
    }
    guard command.positionals.last?.occurrence == .repeated || positionals.count < command.positionals.count else {
      throw UsageError("\(UsageError.quoted(text)) is one argument too many")
    }
    positionals.append(text)
  }

  /// Gives every flag and positional of the chosen command its values.
  func resolve(environment: [String: String], readConfig: (String) -> [UInt8]?) throws(UsageError) -> Values {
    let config = try config(environment: environment, readConfig: readConfig)
    var settings: [String: Values.Setting] = [:]
    for flag in flags {
      settings[flag.name] = try setting(flag, environment: environment, config: config)
    }
    for (index, positional) in command.positionals.enumerated() {
      let given = positionals.dropFirst(index).prefix(positional.occurrence == .repeated ? positionals.count : 1)
      guard !given.isEmpty || !positional.isRequired else { throw UsageError("\(positional.name) is missing") }
      settings[positional.name] = try setting(
        positional, positional.name, Array(given), given.isEmpty ? .defaultValue : .commandLine)
    }
    return Values(path: path.map(\.name), settings: settings)
  }

  private func setting(
    _ flag: ArgumentRow, environment: [String: String], config: ConfigFile?
  ) throws(UsageError) -> Values.Setting {
    let given: ([String], Values.Source)? =
      if let texts = texts[flag.name] {
        (texts, .commandLine)
      } else if let text = environment[flag.environmentName], !text.isEmpty {
        ([text], .environment(flag.environmentName))
      } else if let config, let texts = config.texts[flag.name] {
        (texts, .config(config.path))
      } else {
        flag.defaultText.map { ([$0], .defaultValue) }
      }
    guard let (texts, source) = given else {
      guard !flag.isRequired else {
        throw UsageError(
          "--\(flag.name) is missing: give the flag, \(flag.environmentName) or '\(flag.name)' in a config file")
      }
      return Values.Setting(row: flag, texts: [], source: .defaultValue)
    }
    let setting = try setting(flag, "--\(flag.name)", texts, source)
    guard flag.occurrence != .once || setting.texts.count == 1 else {
      throw UsageError("--\(flag.name) takes one value (\(source))")
    }
    return setting
  }

  /// The setting of valid texts; an error says which flag or positional has it and where its text comes from.
  private func setting(
    _ row: ArgumentRow, _ name: String, _ texts: [String], _ source: Values.Source
  ) throws(UsageError) -> Values.Setting {
    var setting = Values.Setting(row: row, texts: [], source: source)
    do throws(UsageError) {
      for text in texts { setting.texts += try row.values(in: text) }
    } catch {
      throw UsageError("\(name): \(error.message)" + (source == .commandLine ? "" : " (\(source))"))
    }
    return setting
  }

  private func config(environment: [String: String], readConfig: (String) -> [UInt8]?) throws(UsageError) -> ConfigFile?
  {
    let named = try setting(Command.config.row, environment: environment, config: nil)
    guard let path = named.texts.last else { return nil }
    guard let bytes = readConfig(path) else { throw UsageError("cannot read \(path) (\(named.source))") }
    let config = try ConfigFile(path: path, bytes: bytes)
    // One file may serve several commands: a key is unknown only if no command has it.
    let names = self.path[0].allFlags.map(\.name)
    for key in config.texts.keys.sorted() where !names.contains(key) {
      throw UsageError(
        "unknown key \(UsageError.quoted(key)) in \(path)" + EditDistance.hint(key, among: names) { "'\($0)'" })
    }
    return config
  }
}
