/// The lines of a file of rules.
enum RuleLine {
  /// The lines that say something, with their numbers from 1.
  static func lines(_ text: String) -> [(number: Int, line: String)] {
    text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }.enumerated().compactMap { index, line in
      let line = String(line.prefix { $0 != "#" })
      return line.unicodeScalars.allSatisfy { " \t\r".unicodeScalars.contains($0) } ? nil : (index + 1, line)
    }
  }
}
