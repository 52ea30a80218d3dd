extension Command {
  private static let width = 100
  /// Where the right column begins.
  private static let indent = 30

  /// The help of the last command of a path, wrapped at 100 columns.
  static func help(_ path: [Command]) -> String {
    let command = path[path.count - 1]
    let name = path.map(\.name).joined(separator: " ")
    var lines = wrapped("\(name): \(command.summary).", indent: 0)
    for paragraph in command.details.split(separator: "\n") { lines += [""] + wrapped(String(paragraph), indent: 0) }

    let arguments = command.positionals.map { positional in
      let text = positional.name + (positional.occurrence == .repeated ? "…" : "")
      return positional.isRequired ? text : "[\(text)]"
    }
    let pieces = [name, command.subcommands.isEmpty ? "[flags]" : "COMMAND [flags]"] + arguments
    lines += ["", "Usage: " + pieces.joined(separator: " ")]

    if !command.subcommands.isEmpty {
      lines += ["", "Commands:"]
      for subcommand in command.subcommands { lines += row(subcommand.name, subcommand.summary) }
    }
    if !command.positionals.isEmpty {
      lines += ["", "Arguments:"]
      for positional in command.positionals { lines += row(positional.name, positional.summary) }
    }
    // The command's own flags first, then those of the commands above it.
    let flags = path.reversed().flatMap(\.flags) + [config.row]
    var groups: [String] = []
    for flag in flags where !groups.contains(flag.group) && flag.group != config.row.group {
      groups.append(flag.group)
    }
    for group in groups + [config.row.group] {
      lines += ["", "\(group):"]
      for flag in flags where flag.group == group { lines += row(flag.label, flag.description) }
    }
    lines += row("--help, -h", "Show this help.")
    lines += row("--version", "Show the version.")
    return lines.joined(separator: "\n") + "\n"
  }

  /// A label and its text in two columns; a label too long for its column stands alone on its line.
  private static func row(_ label: String, _ text: String) -> [String] {
    let lines = wrapped(text, indent: indent)
    let left = "  " + label
    guard left.count <= indent - 2, let first = lines.first else { return [left] + lines }
    return [left + first.dropFirst(left.count)] + lines.dropFirst()
  }

  /// A text in lines of at most 100 columns, each after `indent` spaces; a longer word has a line of its own.
  private static func wrapped(_ text: String, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, indent + line.count + 1 + word.count > width {
        lines.append(margin + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [margin + line]
  }
}

extension ArgumentRow {
  fileprivate var label: String {
    isSwitch ? "--[no-]\(name)" : "--\(name) \(placeholder)" + (occurrence == .list ? ",…" : "")
  }

  fileprivate var description: String {
    var notes: [String] = []
    if isRequired { notes.append("required") }
    if occurrence != .once { notes.append("may be repeated") }
    if let defaultText, !isSwitch || defaultText == "true" { notes.append("default \(defaultText)") }
    notes.append(environmentName)
    return summary + " [" + notes.joined(separator: "; ") + "]"
  }
}
