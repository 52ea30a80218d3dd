package import Vocabulary

/// A log of events in memory, as it was read: users and items by number, nothing judged yet.
package struct EventLog: Sendable {
  /// For reports.
  package let name: String
  /// Rows of the file, the bad ones included.
  package private(set) var rowsRead = 0
  package private(set) var faults = Tally<RowFault>()
  package private(set) var userNames = NameTable()
  package private(set) var itemNames = NameTable()
  /// `[n]`.
  package private(set) var users: [UInt32] = []
  /// `[n]`.
  package private(set) var items: [UInt32] = []
  /// `[n]`.
  package private(set) var kinds: [EventKind] = []
  /// `[n]`, finite.
  package private(set) var values: [Float] = []
  /// Milliseconds since 1970 if `hasClock`, else what came first, `[n]`.
  package private(set) var times: [Int64] = []
  /// What it says of the moments, `[n]` each; only what it says of one at least.
  package private(set) var words: [EventWord: [ExactText?]] = [:]
  /// From which searches the events came.
  package private(set) var searches = Searches()
  /// Numbers of the lines, `[n]`.
  package private(set) var lines: [UInt32] = []
  /// Whether the times are those of a clock.
  package let hasClock: Bool
  /// How each file was understood; empty if the log comes of no table.
  package private(set) var readings: [TableReading] = []

  /// A log that is filled by `append`.
  package init(name: String, hasClock: Bool) {
    self.name = name
    self.hasClock = hasClock
  }

  /// Reads a whole file.
  ///
  /// - Throws: What is wrong with the file; `noRows` if no row of it could be used.
  package init(_ file: InputFile, _ options: EventReader.Options = .init()) throws(DataError) {
    try self.init([file], options)
  }

  /// Reads whole files, one behind the other; lines are counted through all of them, as `cat` would join them.
  ///
  /// - Throws: What is wrong with a file; `noRows` if no row of one could be used.
  package init(_ files: [InputFile], _ options: EventReader.Options = .init()) throws(DataError) {
    precondition(!files.isEmpty, "a file")
    var reader = try EventReader(files[0], options)
    var faults = Tally<RowFault>()
    var next = try reader.next { faults.add($0, line: $1) }
    self.init(
      name: files.map(\.name).joined(separator: ", "), hasClock: options.times.unit != .order && next?.time != nil)
    var linesBefore = 0
    for (index, file) in files.enumerated() {
      let (countBefore, faultsBefore) = (count, index == 0 ? Tally<RowFault>() : faults)
      if index > 0 {
        reader = try EventReader(file, options)
        next = try reader.next { faults.add($0, line: linesBefore + $1) }
      }
      while var event = next {
        event.line += linesBefore
        // Without a clock a row without a time is fine; with one it is not.
        if hasClock, event.time == nil {
          faults.add(RowFault(.missing, "time"), line: event.line)
        } else {
          append(event)
        }
        next = try reader.next { faults.add($0, line: linesBefore + $1) }
      }
      guard count > countBefore else { throw Self.noRows(file, faults.since(faultsBefore)) }
      var reading = reader.reading
      reading.rows = count - countBefore
      if linesBefore > 0 { reading.facts.append("lines: counted from \(linesBefore + 1), behind the files before it") }
      readings.append(reading)
      linesBefore += reader.rows.line
    }
    self.faults = faults
    rowsRead = count + faults.total
  }

  private static func noRows(_ file: InputFile, _ faults: Tally<RowFault>) -> DataError {
    let most = faults.entries.min { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    return DataError(
      file.name, line: most?.value.lines.first, .noRows,
      "no row could be used"
        + (most.map { "; most often: \($0.key.text)" } ?? ""),
      advice: most?.key.reason.advice ?? "is it the right file? There is nothing behind its header")
  }

  /// Number n of events.
  package var count: Int { users.count }

  /// Counts a row that is none.
  mutating func add(_ fault: RowFault, line: Int) {
    rowsRead += 1
    faults.add(fault, line: line)
  }

  /// Adds an event; one without a time has its position.
  package mutating func append(_ event: Event) {
    rowsRead += 1
    users.append(UInt32(userNames.number(event.user)))
    items.append(UInt32(itemNames.number(event.item)))
    kinds.append(event.kind)
    let value = Float(event.value)
    values.append(value.isFinite ? value : (event.value < 0 ? -1 : 1) * Float.greatestFiniteMagnitude)
    times.append(event.time ?? Int64(times.count))
    lines.append(UInt32(clamping: event.line))
    let before = count - 1
    for word in EventWord.allCases where words[word] != nil || event.words[word] != nil {
      words[word, default: [ExactText?](repeating: nil, count: before)].append(event.words[word])
    }
    searches.set(before, query: event.query, place: event.place)
  }
}
