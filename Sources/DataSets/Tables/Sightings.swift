import Vocabulary

/// What a reader of a log sees of it besides its events, to tell how it was understood.
struct Sightings {
  /// Rows in which columns without a meaning are looked at.
  private static let rowsMax = 200

  private var rowCount = 0
  private var eventCount = 0
  private var floatIDs = 0
  private var absentIDs = 0
  private var firstTime: (words: String, time: Int64)?
  private var kinds: Set<EventKind> = []
  /// How often each word or code of an event stood there, as long as there are few: as what, or as nothing known.
  private var codes: [ExactText: (kind: EventKind?, rows: Int)] = [:]
  private static let codesMax = 64
  /// By column, how many of the first rows have a date in it, and how many have something at all.
  private var dates: [Int: (found: Int, filled: Int)] = [:]

  /// Looks at a row before it is read.
  mutating func see(_ record: Record, _ columnCount: Int, _ columns: [ColumnChoice.Role: Int]) {
    rowCount += 1
    guard columns[.time] == nil, rowCount <= Self.rowsMax else { return }
    for column in 0..<columnCount where !columns.values.contains(column) {
      guard let bytes = record.trimmed(column) else { continue }
      var seen = dates[column] ?? (0, 0)
      seen.filled += 1
      if Timestamp.calendar(bytes, .utc) != nil || Timestamp.isDayOrMonthFirst(bytes)
        || Timestamp.isPlausibleDay(bytes) && bytes.count > 4 || Self.isUnixTime(bytes)
      {
        seen.found += 1
      }
      dates[column] = seen
    }
  }

  /// Looks at an event that was read.
  mutating func see(_ event: Event, _ time: ArraySlice<UInt8>?, _ form: TimeForm) {
    eventCount += 1
    kinds.insert(event.kind)
    if FloatIDs.isFloat(event.user) || FloatIDs.isFloat(event.item) { floatIDs += 1 }
    if AbsentWord.isOne(event.user) || AbsentWord.isOne(event.item) { absentIDs += 1 }
    if firstTime == nil, let time, let milliseconds = event.time { firstTime = (form.words(for: time), milliseconds) }
    if firstTime != nil, form.unit == .order { firstTime?.time = .min }
  }

  /// Counts a word or code of an event, where some are mapped; `nil`: it means nothing known.
  mutating func see(_ code: ExactText, _ kind: EventKind?) {
    guard codes.count < Self.codesMax || codes[code] != nil else { return }
    codes[code, default: (kind, 0)].rows += 1
  }

  /// Seconds or milliseconds of the years 2000 to 2100, with all their digits.
  private static func isUnixTime(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let number = Numeral.int(bytes) else { return false }
    return (946_684_800...4_102_444_800).contains(number) || (946_684_800_000...4_102_444_800_000).contains(number)
  }

  /// Adds what was seen to how the log was understood.
  func tell(
    _ reading: inout TableReading, _ rows: RecordReader, hasTime: Bool, hasEvent: Bool, eventMap: [ExactText: EventKind]
  ) {
    if let (words, time) = firstTime {
      reading.facts.append("times: \(words)" + (time == .min ? "" : "; the first is \(Timestamp.text(time))"))
    }
    if let told = rows.decimal { reading.facts.append("numbers: a \(told.rawValue) before the fraction, as told") }
    let known = codes.filter { $1.kind != nil }.sorted { ($1.value.rows, $0.key) < ($0.value.rows, $1.key) }
    if !known.isEmpty {
      reading.facts.append(
        "events: "
          + known.map { "'\($0.key.text.visible)' as \($0.value.kind?.word ?? "") in \($0.value.rows) rows" }
          .joined(separator: ", "))
    }
    let unknown = codes.filter { $1.kind == nil }.sorted { ($1.value.rows, $0.key) < ($0.value.rows, $1.key) }
    if !unknown.isEmpty {
      reading.warnings.append(
        "events that mean nothing known: "
          + unknown.prefix(8).map { "'\($0.key.text.visible)' in \($0.value.rows) rows" }.joined(separator: ", ")
          + "; --event-map CODE=KIND says what they are")
    }
    let absent = eventMap.keys.filter { codes[$0] == nil }.sorted()
    if !absent.isEmpty, codes.count < Self.codesMax {
      reading.warnings.append(
        "--event-map names \(absent.map { "'\($0.text)'" }.joined(separator: ", ")), which no row has")
    }
    if !hasEvent, kinds.count == 1, let kind = kinds.first {
      reading.facts.append("events: \(kind.word) for all, as no column says what they are; --event says another")
    }
    if !hasTime {
      reading.columns.append(
        TableReading.Column(
          name: "", meaning: "time", reason: "no column with a usual name; the order of the rows counts"))
      let alike = dates.filter { $1.filled > 0 && $1.found * 10 >= $1.filled * 8 }.keys.sorted()
      if !alike.isEmpty {
        reading.warnings.append(
          "\(alike.map { "'\(rows.columns[$0])'" }.joined(separator: ", ")) looks like times: "
            + "--columns time=\(rows.columns[alike[0]]) makes it the clock")
      }
    }
    if absentIDs > 0 {
      reading.warnings.append(
        "\(absentIDs) of \(eventCount) events have an id such as NULL or nan, which is taken for a shopper or an item: "
          + "leave these rows out of the log")
    }
    if let note = FloatIDs.note(count: floatIDs, of: eventCount) { reading.warnings.append(note) }
  }
}
