/// The outcome of every row of a log, for people and for programs; no row is left out.
package struct CleaningReport: Codable, Sendable, Equatable {
  /// Rows that did not stay for one reason.
  package struct Dropped: Codable, Sendable, Equatable {
    /// `malformed` if the row could not be read, else `dropped`.
    package let stage: String
    package let reason: String
    package let rows: Int
    /// The numbers of the first lines.
    package let firstLines: [Int]
  }

  package let file: String
  package let rowsRead: Int
  package let rowsKept: Int
  /// The most frequent reason first; its rows and `rowsKept` make `rowsRead`.
  package let dropped: [Dropped]
  package let usersRead: Int
  package let usersKept: Int
  package let itemsRead: Int
  package let itemsKept: Int
  package let bots: Int
  package let coreRounds: Int
  package let weights: String
  /// What an event of an impossible time was taken for: the first of them, in milliseconds since 1970.
  package let firstImpossibleTime: Int64?

  /// Tells of a log and its cleaning.
  package init(_ log: EventLog, _ cleaning: Cleaning, weights: EventWeights) {
    file = log.name
    rowsRead = log.rowsRead
    rowsKept = cleaning.kept.count
    let all =
      log.faults.entries.map { Dropped(stage: "malformed", reason: $0.text, rows: $1.count, firstLines: $1.lines) }
      + cleaning.dropped.entries.map {
        Dropped(stage: "dropped", reason: $0.rawValue, rows: $1.count, firstLines: $1.lines)
      }
    dropped = all.sorted { ($1.rows, $0.reason) < ($0.rows, $1.reason) }
    usersRead = log.userNames.count
    itemsRead = log.itemNames.count
    usersKept = Set(cleaning.kept.map { log.users[$0] }).count
    itemsKept = Set(cleaning.kept.map { log.items[$0] }).count
    bots = cleaning.botCount
    coreRounds = cleaning.coreRounds
    self.weights = weights.text
    firstImpossibleTime = cleaning.firstImpossibleTime
  }

  /// Rows that could not be read.
  package var malformed: Int { dropped.reduce(0) { $0 + ($1.stage == "malformed" ? $1.rows : 0) } }

  /// The report as JSON, the same bytes for the same report.
  package var json: [UInt8] { DataSetJSON.encode(self) }

  /// The report as lines.
  package var text: String {
    func share(_ rows: Int) -> String { "\((1000 * rows + rowsRead / 2) / max(1, rowsRead))".tenths + " %" }
    var text = "\(file): \(rowsRead) rows read, \(rowsKept) kept (\(share(rowsKept)))\n"
    for drop in dropped {
      let lines = drop.firstLines.filter { $0 > 0 }.map(String.init).joined(separator: ", ")
      text += "  \(drop.rows) \(drop.stage) (\(share(drop.rows))): \(drop.reason)"
      if drop.reason == DropReason.impossibleTime.rawValue, let time = firstImpossibleTime {
        text += ", the first was read as \(Timestamp.text(time))"
      }
      text += lines.isEmpty ? "\n" : "; \(drop.rows > drop.firstLines.count ? "first lines" : "lines") \(lines)\n"
    }
    text += "  users \(usersRead) read, \(usersKept) kept; items \(itemsRead) read, \(itemsKept) kept"
    if bots > 0 { text += "; \(bots) users taken for programs" }
    if coreRounds > 0 { text += "; rare ones counted \(coreRounds) times" }
    return text + "\n  weights \(weights)\n"
  }
}

extension String {
  /// A whole number of tenths with its point.
  fileprivate var tenths: String { (count > 1 ? String(dropLast()) : "0") + "." + String(suffix(1)) }
}
