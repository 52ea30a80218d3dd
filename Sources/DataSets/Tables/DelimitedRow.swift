/// Takes the fields of a line apart.
struct DelimitedRow {
  /// How a line ends.
  enum Outcome: Equatable {
    case whole
    /// A quotation mark is still open: the next line belongs to the row.
    case isOpen
    /// Something stands behind a closed quotation mark.
    case broken
  }

  let delimiter: [UInt8]
  let hasQuotes: Bool

  init(_ delimiter: Delimiter, hasQuotes: Bool) {
    self.delimiter = delimiter.bytes
    self.hasQuotes = hasQuotes
  }

  /// The fields of a row, unquoted.
  func parse(_ line: [UInt8], into record: inout Record) -> Outcome {
    record.fields.removeAll(keepingCapacity: true)
    guard hasQuotes, line.contains(0x22) else {
      split(line, into: &record)
      return .whole
    }
    record.bytes.removeAll(keepingCapacity: true)
    var position = 0
    while true {
      let start = record.bytes.count
      var isQuoted = false
      // Blanks around a quoted field are not of it.
      let quote = firstBehindBlanks(line, position)
      if quote < line.count, line[quote] == 0x22 {
        position = quote + 1
        isQuoted = true
        while true {
          guard position < line.count else { return .isOpen }
          let byte = line[position]
          position += 1
          if byte == 0x22 {
            guard position < line.count, line[position] == 0x22 else { break }
            position += 1
          }
          record.bytes.append(byte)
        }
        position = firstBehindBlanks(line, position)
        guard position == line.count || isDelimiter(line, position) else { return .broken }
      } else {
        while position < line.count, !isDelimiter(line, position) {
          record.bytes.append(line[position])
          position += 1
        }
      }
      record.fields.append(Record.Field(bytes: start..<record.bytes.count, isExact: isQuoted))
      guard position < line.count else { return .whole }
      position += delimiter.count
    }
  }

  /// The number of fields of a line, or `nil` if it is no whole row.
  func fieldCount(_ line: [UInt8]) -> Int? {
    var record = Record()
    return parse(line, into: &record) == .whole ? record.fields.count : nil
  }

  /// Whether every field of a line stands in quotation marks.
  func isQuoted(_ line: [UInt8]) -> Bool {
    var record = Record()
    return parse(line, into: &record) == .whole && record.fields.allSatisfy { $0?.isExact == true }
  }

  private func firstBehindBlanks(_ line: [UInt8], _ start: Int) -> Int {
    var position = start
    while position < line.count, line[position] == 0x20, !isDelimiter(line, position) { position += 1 }
    return position
  }

  private func split(_ line: [UInt8], into record: inout Record) {
    record.bytes = line
    var (start, position) = (0, 0)
    let first = delimiter[0]
    while position < line.count {
      if line[position] == first, isDelimiter(line, position) {
        record.fields.append(Record.Field(bytes: start..<position))
        position += delimiter.count
        start = position
      } else {
        position += 1
      }
    }
    record.fields.append(Record.Field(bytes: start..<line.count))
  }

  private func isDelimiter(_ line: [UInt8], _ position: Int) -> Bool {
    line[position] == delimiter[0]
      && (delimiter.count == 1 || position + 1 < line.count && line[position + 1] == delimiter[1])
  }
}
