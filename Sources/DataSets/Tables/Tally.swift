/// How often each thing happened, and in which lines first.
package struct Tally<Key: Hashable & Sendable>: Sendable {
  /// One thing's number and first lines.
  package struct Entry: Sendable, Equatable {
    package var count = 0
    /// The first lines, at most `linesMax`.
    package var lines: [Int] = []
  }

  package static var linesMax: Int { 5 }

  package private(set) var entries: [Key: Entry] = [:]

  package init() {}

  /// How often it happened in all.
  package var total: Int { entries.values.reduce(0) { $0 + $1.count } }

  /// Counts one more, and keeps its line if it is among the first.
  package mutating func add(_ key: Key, line: Int) {
    entries[key, default: Entry()].count += 1
    if let entry = entries[key], entry.lines.count < Self.linesMax { entries[key]?.lines.append(line) }
  }
}
