/// A command: what it takes and what stands below it. The root is the program itself.
package struct Command: Sendable {
  /// The word that chooses the command.
  package let name: String
  /// One sentence without a full stop, for the parent's help.
  package let summary: String
  /// Paragraphs for the command's own help.
  package let details: String
  /// Flags of this command and of every command below it.
  package let flags: [ArgumentRow]
  /// None if there are subcommands.
  package let positionals: [ArgumentRow]
  /// The commands of which one must be chosen.
  package let subcommands: [Command]

  /// A row of the table of commands; `problems` checks it.
  package init(
    name: String, summary: String, details: String = "", flags: [any Argument] = [], positionals: [any Argument] = [],
    subcommands: [Command] = []
  ) {
    self.name = name
    self.summary = summary
    self.details = details
    self.flags = flags.map(\.row)
    self.positionals = positionals.map(\.row)
    self.subcommands = subcommands
  }

  /// Faults of the table itself, checked by a test of each executable; empty if there are none.
  package var problems: [String] { problems(path: [], inherited: [Self.config.row]) }

  private func problems(path: [String], inherited: [ArgumentRow]) -> [String] {
    let path = path + [name]
    var found: [String] = []
    func report(_ what: String) { found.append(path.joined(separator: " ") + ": " + what) }
    var names = Set(inherited.map(\.name) + ["help", "version"])
    for flag in flags {
      if !names.insert(flag.name).inserted { report("--\(flag.name) stands twice") }
      if !flag.name.utf8.allSatisfy({ "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }) {
        report("--\(flag.name) is no long name")
      }
      if let text = flag.defaultText {
        if (try? flag.values(in: text)) == nil { report("--\(flag.name) has a default that it does not take") }
      }
    }
    if !positionals.isEmpty, !subcommands.isEmpty { report("takes both positionals and commands") }
    if positionals.dropLast().contains(where: { $0.occurrence != .once || !$0.isRequired }) {
      report("only the last positional may be repeated or left out")
    }
    if Set(positionals.map(\.name)).count < positionals.count { report("a positional stands twice") }
    if Set(subcommands.map(\.name)).count < subcommands.count { report("a command stands twice") }
    return found + subcommands.flatMap { $0.problems(path: path, inherited: inherited + flags) }
  }

  /// The config file, a flag of every root command.
  static let config = Flag(
    "config", .file, "Read flags from a JSON object whose keys are long names.", group: "General")

  /// The flags of this command and of all below it.
  var allFlags: [ArgumentRow] { flags + subcommands.flatMap(\.allFlags) }
}
