import JSON
import Vocabulary

/// The rows of a table (with any delimiter, with or without a header) or of JSON Lines, one after another.
package struct RecordReader {
  /// What is found at a row.
  package enum Row {
    case record(Record)
    case fault(RowFault, line: Int)
  }

  private static let columnsMax = 1024
  private static let sampleLinesMax = 20

  /// The file's name, for errors.
  package var name: String { lines.file.name }
  /// The names of the columns; with JSON Lines, the keys seen so far.
  package private(set) var columns: [String] = []
  /// Whether the file has JSON Lines.
  package let isJSON: Bool
  /// What divides the columns of a table.
  package let delimiter: Delimiter
  /// How the form of the file was found out, for people.
  package let form: String
  /// How the numbers of a table mark their fraction; `nil`: with a point, or as the numbers themselves prove.
  package let decimal: DecimalMark?
  /// Whether the mark is to be proven by the numbers: where `;` divides, a comma is as likely.
  package var findsDecimal: Bool { decimal == nil && !isJSON && delimiter == .semicolon }
  /// The number of the line read last.
  package var line: Int { lines.number }

  private let row: DelimitedRow
  private let encoding: TableFormat.Encoding
  private var lines: LineReader
  private var columnOfKey: [[UInt8]: Int] = [:]

  /// Opens a file and reads its header, if it has one.
  ///
  /// - Throws: If the file is empty, is no text, or cannot be divided into columns.
  package init(_ file: InputFile, _ format: TableFormat = TableFormat()) throws(DataError) {
    try Self.refuseOtherForms(file)
    lines = LineReader(file)
    let (sample, said) = try Self.sample(&lines)
    isJSON = sample[0].first { $0 != 0x20 } == UInt8(ascii: "{") && format.delimiter == nil && said == nil
    let how: String
    if isJSON {
      (delimiter, how) = (.tab, "JSON Lines")
    } else if let given = format.delimiter {
      (delimiter, how) = (given, "a table divided by \(given.words), as told")
    } else if let said {
      (delimiter, how) = (said, "a table divided by \(said.words), as its line 'sep=' says")
    } else {
      delimiter = try Self.delimiter(of: sample, format, file.name)
      how = "a table divided by \(delimiter.words), which divide its lines alike"
    }
    form = (file.isZipped ? "gzip of " : "") + how
    decimal = format.decimal
    encoding = format.encoding
    // Where the whole header stands in quotation marks, fields may.
    let quoted = !isJSON && format.columns == nil && DelimitedRow(delimiter, hasQuotes: true).isQuoted(sample[0])
    row = DelimitedRow(delimiter, hasQuotes: format.hasQuotes ?? (delimiter.hasQuotes || quoted))
    guard !isJSON else { return }
    if let columns = format.columns {
      self.columns = columns
    } else {
      columns = try header()
    }
  }

  /// The next row; `nil` behind the last. Empty lines are passed over.
  package mutating func next() throws(DataError) -> Row? {
    while let line = try lines.next() {
      guard case .line(let bytes) = line else { return .fault(RowFault(.lineTooLong), line: lines.number) }
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      var record = Record()
      record.line = lines.number
      let fault: RowFault?
      if isJSON { fault = parseJSON(bytes, &record) } else { fault = try parseTable(bytes, &record) }
      return fault.map { .fault($0, line: record.line) } ?? .record(record)
    }
    return nil
  }

  /// The text of a column of a row, without the blanks around it; `nil` if it is empty.
  package func text(_ record: Record, _ column: Int) throws(RowFault) -> String? {
    try record.text(column, columns[column], encoding)
  }

  /// A row with quotation marks may go over several lines, 1 MiB in all; if it does not end, only its first line is lost.
  private mutating func parseTable(_ first: [UInt8], _ record: inout Record) throws(DataError) -> RowFault? {
    var outcome = row.parse(first, into: &record)
    var following: [LineReader.Line] = []
    if outcome == .isOpen {
      // The next line with an odd number of quotation marks closes the field; any other leaves it open.
      var bytes = first
      while bytes.count <= LineReader.lineBytesMax, let line = try lines.next() {
        following.append(line)
        guard case .line(let more) = line else { break }
        bytes.append(0x0A)
        bytes += more
        if more.count(where: { $0 == 0x22 }) % 2 == 1 { break }
      }
      outcome = row.parse(bytes, into: &record)
    }
    guard outcome == .whole else {
      lines.giveBack(following)
      return RowFault(.quote)
    }
    return record.fields.count == columns.count ? nil : RowFault(.fieldCount)
  }

  private mutating func parseJSON(_ bytes: [UInt8], _ record: inout Record) -> RowFault? {
    guard let (fields, output) = FlatObject.scan(bytes) else {
      return RowFault(FlatObject.hasRepeatedKey(bytes) ? .repeatedKey : .notJSON)
    }
    record.bytes = output
    record.fields = [Record.Field?](repeating: nil, count: columns.count)
    for field in fields {
      let key = field.key
      let column: Int
      if let known = columnOfKey[key] {
        column = known
      } else {
        guard columns.count < Self.columnsMax else { return RowFault(.tooManyKeys) }
        guard key.count <= 256, let name = String(validating: key, as: UTF8.self) else { return RowFault(.notUTF8) }
        column = columns.count
        columnOfKey[key] = column
        columns.append(name)
        record.fields.append(nil)
      }
      guard field.form != .null else { continue }
      record.fields[column] = Record.Field(
        bytes: field.bytes, isList: field.form == .list, isNested: field.form == .nested, isExact: true)
    }
    return nil
  }

  private mutating func header() throws(DataError) -> [String] {
    var record = Record()
    guard case .line(let bytes) = try lines.next(), row.parse(bytes, into: &record) == .whole else {
      throw DataError(name, line: 1, .header, "the header's quotation marks do not end")
    }
    var names: [String] = []
    for field in record.fields {
      let bytes = field.map { record.bytes[$0.bytes] } ?? []
      guard bytes.count <= 256, let text = String(validating: bytes, as: UTF8.self) else {
        throw DataError(name, line: 1, .header, "a column's name is not UTF-8 or has more than 256 bytes")
      }
      names.append(text.trimmingSpaces())
    }
    if let twice = names.indices.first(where: { place in
      !names[place].isEmpty && names[..<place].contains { $0.exact == names[place].exact }
    }) {
      throw DataError(
        name, line: 1, .header,
        "columns \((names.firstIndex(exactly: names[twice]) ?? 0) + 1) and \(twice + 1) have one name",
        advice: "if the file has no header, name its columns: --columns user,item,…")
    }
    return names
  }

  /// The first lines, which are read again afterwards.
  ///
  /// - Returns: The delimiter too that Excel's line `sep=;` before the header says; that line is passed over.
  private static func sample(
    _ lines: inout LineReader
  ) throws(DataError) -> (lines: [[UInt8]], delimiter: Delimiter?) {
    var said: Delimiter?
    var taken: [LineReader.Line] = []
    var sample: [[UInt8]] = []
    while sample.count < sampleLinesMax, let line = try lines.next() {
      guard case .line(var bytes) = line else {
        if sample.isEmpty {
          throw DataError(
            lines.file.name, line: lines.number, .lineTooLong, "the first line has more than 1 MiB",
            advice: "a table or JSON Lines is needed: one row a line")
        }
        taken.append(line)
        break
      }
      if taken.isEmpty {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
          throw DataError(
            lines.file.name, .encoding, "the file is UTF-16", advice: "convert it: iconv -f UTF-16 -t UTF-8")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        // Excel writes its line with marks or without.
        let line = bytes.filter { $0 != 0x22 }
        if said == nil, sample.isEmpty, line.count <= 6, line.map({ $0 | 0x20 }).starts(with: Array("sep=".utf8)) {
          guard let delimiter = Delimiter.allCases.first(where: { $0.bytes.elementsEqual(line.dropFirst(4)) }) else {
            throw DataError(
              lines.file.name, line: lines.number, .delimiter, "the line 'sep=' says a delimiter that is not known",
              advice: "known are tab, ';', ',', '|', '::' and space")
          }
          said = delimiter
          continue
        }
      }
      if bytes.contains(0) {
        throw DataError(
          lines.file.name, line: lines.number, .encoding, "the file has zero bytes: it is no text",
          advice: "a table or JSON Lines is needed, as it is or as gzip")
      }
      taken.append(.line(bytes))
      if bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) { sample.append(bytes) }
    }
    guard !sample.isEmpty else {
      throw DataError(lines.file.name, .empty, "the file has no rows", advice: "give a file with data")
    }
    // Empty lines before the first row go, so that the header is the first.
    let isLeading = { (line: LineReader.Line) in
      if case .line(let bytes) = line { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 } } else { false }
    }
    lines.giveBack(Array(taken.drop(while: isLeading)))
    return (sample, said)
  }

  /// Refuses, by its first bytes, a file of rows in a form that is read otherwise: with how to convert it.
  package static func refuseOtherForms(_ file: InputFile) throws(DataError) {
    let head = file.head
    func refuse(_ message: String, _ advice: String) -> DataError {
      DataError(file.name, .malformed, message, advice: advice)
    }
    if head.contains(0x0D), !head.contains(0x0A) {
      throw refuse(
        "its lines end with CR alone, as old Macs and some spreadsheets write them",
        "convert it: tr '\\r' '\\n' <FILE")
    }
    let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
    let lines = text.split { $0 == 0x0A || $0 == 0x0D }.map { $0.filter { $0 != 0x20 && $0 != 0x09 } }.filter {
      !$0.isEmpty
    }
    guard let first = lines.first else { return }
    if first.first == UInt8(ascii: "[") {
      guard lines.count > 1, first.last == UInt8(ascii: "]"), lines[1].first == UInt8(ascii: "[") else {
        throw refuse("it is one JSON array", "JSON Lines has an object a line: jq -c '.[]' FILE makes it")
      }
      throw refuse(
        "its lines are JSON arrays, whose members have no names",
        "JSON Lines has an object a line: jq -c '{user: .[0], item: .[1]}' FILE makes it")
    }
    if first == [UInt8(ascii: "{")] {
      throw refuse(
        "it is JSON with an object over several lines", "JSON Lines has an object a line: jq -c . FILE makes it")
    }
  }

  /// The delimiter that divides the sampled lines alike, or most of them; with one column named, none is needed.
  private static func delimiter(of sample: [[UInt8]], _ format: TableFormat, _ file: String) throws(DataError)
    -> Delimiter
  {
    if format.columns?.count == 1 { return .tab }
    var best: (delimiter: Delimiter, share: Double)?
    for candidate in Delimiter.allCases where candidate != .space {
      let row = DelimitedRow(candidate, hasQuotes: format.hasQuotes ?? candidate.hasQuotes)
      let counts = sample.map { row.fieldCount($0) ?? 0 }
      let expected = format.columns?.count ?? counts[0]
      guard expected >= 2 else { continue }
      let share = Double(counts.count { $0 == expected }) / Double(counts.count)
      if share > best?.share ?? 0 { best = (candidate, share) }
    }
    guard let best else {
      throw DataError(
        file, line: 1, .delimiter,
        format.columns.map { "no delimiter divides the lines into the \($0.count) columns named" }
          ?? "no delimiter is found: tab, '::', ';', ',' and '|' leave the line whole",
        advice: "a table with a header or JSON Lines is needed; else give --delimiter, for example --delimiter space")
    }
    return best.delimiter
  }
}

extension String {
  /// The text without spaces at its ends.
  func trimmingSpaces() -> String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
