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

  /// What has happened since an earlier state of it; its lines are the first of all.
  func since(_ earlier: Tally) -> Tally {
    var since = Tally()
    for (key, entry) in entries {
      let before = earlier.entries[key]?.count ?? 0
      guard entry.count > before else { continue }
      since.entries[key] = Entry(count: entry.count - before, lines: before == 0 ? entry.lines : [])
    }
    return since
  }

  /// Counts one more, and keeps its line if it is among the first.
  package mutating func add(_ key: Key, line: Int) {
    entries[key, default: Entry()].count += 1
    if let entry = entries[key], entry.lines.count < Self.linesMax { entries[key]?.lines.append(line) }
  }
}
