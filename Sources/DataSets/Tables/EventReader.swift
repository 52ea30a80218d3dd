package import Vocabulary

/// What a shopper did at a time, as a log says it.
package struct Event: Equatable, Sendable {
  package var user: String
  package var item: String
  package var kind: EventKind
  /// How much: the stars of a rating, the number of pieces; 1 if the log does not say.
  package var value: Double
  /// Milliseconds since 1970 in UTC, or an order; `nil` if the log has no times.
  package var time: Int64?
  /// The number of the line in the log.
  package var line: Int
  /// What the log says of the moment.
  package var words: [EventWord: ExactText] = [:]
  /// What the shopper had searched for, as it was typed; `nil`: the event did not come from a search.
  package var query: String?
  /// The place at which the shopper saw the item, from 1; `nil` if the log does not say.
  package var place: UInt16?
}

/// Reads a log of events.
package struct EventReader {
  /// How a log is to be understood.
  package struct Options: Sendable {
    package var format = TableFormat()
    package var columns = ColumnChoice.automatic
    /// Columns without a meaning, although their names have one.
    package var ignored: Set<ExactText> = []
    package var times = TimeForm()
    /// What an event is where the log does not say; `nil`: a rating if there are values, else a click.
    package var defaultKind: EventKind?
    /// What the log's own words or codes of events mean; they go before the usual words.
    package var eventMap: [ExactText: EventKind] = [:]

    package init() {}
  }

  /// Bytes of an id at most.
  package static let idBytesMax = 256

  package private(set) var rows: RecordReader
  private let options: Options
  private let times: TimeForm
  private var cell = CellValue()
  private var sightings = Sightings()
  private var columns: [ColumnChoice.Role: Int] = [:]
  private var resolvedColumns = 0

  /// Opens a log.
  ///
  /// - Throws: If it is no table or JSON Lines, or has no columns of users and items.
  package init(_ file: InputFile, _ options: Options = Options()) throws(DataError) {
    self.options = options
    var format = options.format
    format.columns = options.columns.positions ?? format.columns
    rows = try RecordReader(file, format)
    cell.decimal = rows.decimal
    cell.findsDecimal = rows.findsDecimal
    var times = options.times
    if rows.isJSON {
      self.times = times
      return
    }
    try Self.resolve(&columns, options, rows, isComplete: true)
    if times.unit == .automatic, times.pattern == nil, let column = columns[.time] {
      let name = rows.columns[column].lowercased()
      if name.hasSuffix("_ms") { times.unit = .milliseconds }
      if name.hasSuffix("_us") { times.unit = .microseconds }
    }
    self.times = times
    for role in [ColumnChoice.Role.user, .item] where columns[role] == nil {
      throw DataError(
        file.name, line: 1, field: role.rawValue, .header,
        "the first line is no header with such a column; it has: \(Self.listed(rows.columns))",
        advice: (rows.columns.count == 1 ? "is the --delimiter right? Otherwise " : "")
          + "name the columns: --columns \(role.rawValue)=NAME by those of its header, or "
          + "--columns user,item,value,time for a file without a header")
    }
  }

  /// What the log says of moments.
  var words: [EventWord] { EventWord.allCases.filter { columns[$0.role] != nil } }

  /// The next event; `nil` behind the last. Rows that are none are told to `fault` with their lines.
  package mutating func next(_ fault: (RowFault, Int) -> Void) throws(DataError) -> Event? {
    while let row = try rows.next() {
      switch row {
      case .fault(let what, let line): fault(what, line)
      case .record(let record):
        if rows.isJSON, rows.columns.count != resolvedColumns {
          resolvedColumns = rows.columns.count
          try Self.resolve(&columns, options, rows, isComplete: false)
        }
        try refuseHeader(record)
        sightings.see(record, rows.columns.count, columns)
        do throws(RowFault) {
          let event = try event(record)
          sightings.see(event, columns[.time].flatMap { record.trimmed($0) }, times)
          return event
        } catch { fault(error, record.line) }
      }
    }
    return nil
  }

  private mutating func event(_ record: Record) throws(RowFault) -> Event {
    let user = try record.id(columns[.user], "user", options.format.encoding)
    let item = try record.id(columns[.item], "item", options.format.encoding)
    var value = 1.0
    let valueBytes = columns[.value].flatMap { record.trimmed($0) }
    if let valueBytes {
      value = try number(valueBytes)
    }
    var kind = options.defaultKind ?? (valueBytes == nil ? .click : .rating)
    if let bytes = columns[.event].flatMap({ record.trimmed($0) }) {
      let code = String(decoding: bytes, as: UTF8.self).exact
      guard let named = options.eventMap[code] ?? EventKind(bytes) else {
        if !options.eventMap.isEmpty { sightings.see(code, nil) }
        throw RowFault(.unknownEvent, "event")
      }
      if !options.eventMap.isEmpty { sightings.see(code, named) }
      kind = named
    }
    var time: Int64?
    if let column = columns[.time] {
      guard let bytes = record.trimmed(column) else { throw RowFault(.missing, "time") }
      do throws(RowFault.Reason) { time = try times.read(bytes) } catch { throw RowFault(error, "time") }
    }
    var event = Event(user: user, item: item, kind: kind, value: value, time: time, line: record.line)
    for word in EventWord.allCases {
      guard let column = columns[word.role], let bytes = record.trimmed(column) else { continue }
      guard bytes.count <= EventWord.bytesMax else { throw RowFault(.tooLong, word.rawValue) }
      event.words[word] = try record.plainText(column, word.rawValue, options.format.encoding)?.exact
    }
    event.query = try record.query(columns[.query], options.format.encoding)
    event.place = try place(record)
    return event
  }

  private func place(_ record: Record) throws(RowFault) -> UInt16? {
    guard let column = columns[.place], let bytes = record.trimmed(column) else { return nil }
    guard let place = Numeral.int(bytes).flatMap({ UInt16(exactly: $0) }) else { throw RowFault(.notPlace, "place") }
    return place > 0 ? place : nil
  }

  private func number(_ bytes: ArraySlice<UInt8>) throws(RowFault) -> Double {
    if !cell.findsDecimal, cell.decimal == nil, let number = Numeral.double(bytes) { return number }
    do throws(RowFault.Reason) {
      let value = try cell.value(String(decoding: bytes, as: UTF8.self), .float)
      guard case .float(let number) = value else { throw .notNumber }
      return number
    } catch { throw RowFault(error == .notWanted ? .notNumber : error, "value") }
  }

  /// How the log was understood, by the rows that were read.
  package var reading: TableReading {
    var reading = TableReading(file: rows.name, form: rows.form)
    for role in ColumnChoice.Role.allCases {
      guard let column = columns[role] else { continue }
      let reason =
        options.columns == .automatic || options.columns.positions == nil && options.columns.named[role] == nil
        ? "a usual name" : "as told"
      reading.columns.append(
        TableReading.Column(name: rows.columns[column], meaning: role.rawValue, reason: reason))
    }
    reading.unused = rows.columns.indices.filter { !columns.values.contains($0) && rows.columns[$0] != "-" }.map {
      rows.columns[$0]
    }
    sightings.tell(
      &reading, rows, hasTime: columns[.time] != nil, hasEvent: columns[.event] != nil, eventMap: options.eventMap)
    return reading
  }

  private static func listed(_ columns: [String]) -> String {
    columns.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + (columns.count > 12 ? ", …" : "")
  }

  /// A header in a file that was said to have none would else become a shopper.
  private func refuseHeader(_ record: Record) throws(DataError) {
    guard record.line == 1, !rows.isJSON, options.columns.positions != nil,
      let user = columns[.user].flatMap({ record.trimmed($0) }),
      ColumnChoice.Role.user.names.contains(ColumnChoice.plain(String(decoding: user, as: UTF8.self)))
    else { return }
    throw DataError(
      rows.name, line: 1, .header, "the first line is a header, and --columns says that there is none",
      advice: "name columns of the header instead: --columns user=NAME,item=NAME")
  }

  private static func resolve(
    _ columns: inout [ColumnChoice.Role: Int], _ options: Options, _ rows: RecordReader, isComplete: Bool
  ) throws(DataError) {
    // A column that is left out keeps its place, without a name that could mean something.
    let names = rows.columns.map { options.ignored.contains($0.exact) ? "" : $0 }
    for role in ColumnChoice.Role.allCases {
      columns[role] = try options.columns.column(role, of: names, isComplete: isComplete, file: rows.name)
    }
  }
}

extension Record {
  /// The text of a column.
  func text(_ column: Int, _ field: String, _ encoding: TableFormat.Encoding) throws(RowFault) -> String? {
    guard let bytes = own(column) else { return nil }
    switch encoding {
    case .utf8:
      guard let text = String(validating: bytes, as: UTF8.self) else { throw RowFault(.notUTF8, field) }
      return text
    case .latin1:
      return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
  }

  /// The id in a column: 1…256 bytes of UTF-8 without control characters.
  func id(_ column: Int?, _ field: String, _ encoding: TableFormat.Encoding) throws(RowFault) -> String {
    guard let column, let bytes = own(column) else {
      throw RowFault(column.map(isNested) ?? false ? .nested : .missing, field)
    }
    guard bytes.count <= EventReader.idBytesMax else { throw RowFault(.tooLong, field) }
    guard let text = try plainText(column, field, encoding) else { throw RowFault(.missing, field) }
    return text
  }

  /// The text of a column, without control characters.
  func plainText(_ column: Int, _ field: String, _ encoding: TableFormat.Encoding) throws(RowFault) -> String? {
    let text = try text(column, field, encoding)
    guard text?.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) ?? true else {
      throw RowFault(.controlCharacter, field)
    }
    return text
  }
}
