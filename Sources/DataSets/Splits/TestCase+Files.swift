extension TestCase {
  /// The index of a user or an item by what the file says; `nil` if there is none.
  package typealias Lookup = (String) throws(DataError) -> Int?

  /// Reads a table of `user`, `item` and `negatives` or `candidates`, the last with spaces between its members; without
  /// them the item is ranked among all.
  ///
  /// - Throws: A row that cannot be read, or that names no user: a test must be whole.
  package static func read(
    _ file: InputFile, _ format: TableFormat = TableFormat(), user: Lookup, item: Lookup
  ) throws(DataError) -> [TestCase] {
    var rows = try RecordReader(file, format)
    var columns = ["user", "item", "negatives"].map { rows.columns.firstIndex(of: $0) }
    columns[2] = columns[2] ?? rows.columns.firstIndex(of: "candidates")
    var tests: [TestCase] = []
    while let (record, line) = try rows.nextWhole() {
      let names: (user: String, item: String)
      do throws(RowFault) {
        names = (
          try record.id(columns[0], "user", format.encoding), try record.id(columns[1], "item", format.encoding)
        )
      } catch {
        throw DataError(file.name, line: line, .malformed, error.text, advice: "repair the file")
      }
      let words = columns[2].flatMap { record.trimmed($0) }?.split(separator: 0x20) ?? []
      tests.append(
        try test(names.user, names.item, words, user: user, item: item, file: file.name, line: line))
    }
    return tests
  }

  /// Reads the two files of the NCF paper's protocol: `user item rating time`, and in the same order
  /// `(user,item) negative negative …`, both with tabs.
  ///
  /// - Throws: A row that cannot be read, that names no user, or that is not the other file's row.
  package static func readNCF(
    ratings: InputFile, negatives file: InputFile, user: Lookup, item: Lookup
  ) throws(DataError) -> [TestCase] {
    let columns = ["user", "item", "rating", "time"]
    let ratings = try read(ratings, TableFormat(delimiter: .tab, columns: columns), user: user, item: item)
    var lines = LineReader(file)
    var tests: [TestCase] = []
    while let line = try lines.next() {
      guard case .line(let bytes) = line else {
        throw DataError(file.name, line: lines.number, .malformed, RowFault.Reason.lineTooLong.rawValue)
      }
      if bytes.isEmpty { continue }
      let fields = bytes.split(separator: 0x09)
      let pair = fields[0].dropFirst().dropLast().split(separator: 0x2C)
      guard fields[0].first == UInt8(ascii: "("), fields[0].last == UInt8(ascii: ")"), pair.count == 2 else {
        throw DataError(file.name, line: lines.number, .malformed, "the line does not begin with (user,item)")
      }
      let test = try test(
        String(decoding: pair[0], as: UTF8.self), String(decoding: pair[1], as: UTF8.self), Array(fields.dropFirst()),
        user: user, item: item, file: file.name, line: lines.number)
      guard tests.count < ratings.count, ratings[tests.count].user == test.user,
        ratings[tests.count].relevant == test.relevant
      else {
        throw DataError(
          file.name, line: lines.number, .conflict,
          "the pair is not that of row \(tests.count + 1) of the test ratings",
          advice: "both files must be of one split")
      }
      tests.append(test)
    }
    guard tests.count == ratings.count else {
      throw DataError(
        file.name, .conflict, "\(tests.count) tests, and \(ratings.count) in the test ratings",
        advice: "both files must be of one split")
    }
    return tests
  }

  private static func test(
    _ userName: String, _ itemName: String, _ negatives: [ArraySlice<UInt8>], user: Lookup, item: Lookup, file: String,
    line: Int
  ) throws(DataError) -> TestCase {
    func index(_ name: String, _ field: String, _ lookup: Lookup) throws(DataError) -> Int {
      if let index = try lookup(name) { return index }
      throw DataError(
        file, line: line, field: field, .conflict, "no event that stays and no row of the items has it",
        advice: "test and training data must be of one split; cleaning may have dropped it")
    }
    let relevant = UInt32(try index(itemName, "item", item))
    var others: [UInt32] = []
    for word in negatives {
      let other = UInt32(try index(String(decoding: word, as: UTF8.self), "negatives", item))
      // The paper's own program ranks the tested item once, even where it was drawn as a negative.
      if other != relevant { others.append(other) }
    }
    return TestCase(
      user: try index(userName, "user", user), relevant: [relevant], others: negatives.isEmpty ? nil : others)
  }
}

extension RecordReader {
  /// The next row of a file in which every row must be good.
  mutating func nextWhole() throws(DataError) -> (record: Record, line: Int)? {
    switch try next() {
    case nil: return nil
    case .record(let record): return (record, record.line)
    case .fault(let fault, let line):
      throw DataError(name, line: line, .malformed, fault.text, advice: "repair the file")
    }
  }
}
