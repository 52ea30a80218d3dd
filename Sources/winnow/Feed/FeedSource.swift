import Bytes
import DataSets
import JSON
import Vocabulary

/// The rows of a feed: JSON Lines, or a table whose first line names its columns; either may be gzip.
struct FeedSource {
  /// The content of a row.
  enum Row {
    /// Keys with values, and a checksum of what they were read from.
    case fields([(key: String, value: JSON)], check: UInt32)
    case fault(String)
  }

  private enum Form {
    case lines(LineReader)
    case table(RecordReader)
  }

  /// How the file is to be understood.
  struct Options: Sendable {
    var format = TableFormat()
    /// Names of the file's columns or keys by the names that a feed knows, where they differ.
    var names: [(name: String, column: String)] = []
    /// Columns and keys to leave out.
    var ignored: Set<ExactText> = []
    var setDivider: UInt8 = 0x7C
  }

  /// The keys that a row may have besides attributes.
  private static let ownKeys: Set<ExactText> = ["id", "embedding", "rerank", "delete", "version"]

  private let file: InputFile
  private let types: [String: AttributeType]
  private let ignored: Set<ExactText>
  /// The feed's names of the file's columns and keys.
  private let renamed: [ExactText: String]
  private var cell = CellValue()
  private var form: Form
  /// The line of the row given last, from 1.
  private(set) var line = 0
  /// Rows given so far, faulty ones included.
  private(set) var rowCount = 0
  /// Opens a file; `-` is standard input.
  ///
  /// - Throws: If the file cannot be read, or its header has a column that the collection does not have.
  init(_ path: String, schema: CollectionSchema, _ options: Options = Options()) throws(Failure) {
    ignored = options.ignored
    renamed = Dictionary(options.names.map { ($0.column.exact, $0.name) }, uniquingKeysWith: { first, _ in first })
    types = Dictionary(uniqueKeysWithValues: schema.attributes.map { ($0.name, $0.type) })
    do throws(DataError) {
      file = try InputFile(path)
      try RecordReader.refuseOtherForms(file)
      if options.format.delimiter == nil, Self.beginsWithObject(file.head) {
        form = .lines(LineReader(file))
      } else {
        let table = try RecordReader(file, options.format)
        form = .table(table)
        (cell.decimal, cell.findsDecimal) = (table.decimal, table.findsDecimal)
        cell.setDivider = options.setDivider
        try check(table)
        let marks = table.decimal.map { "; numbers have a \($0.rawValue) before the fraction, as told" }
        reading =
          table.form + "; columns: "
          + table.columns.map { column in
            guard let name = name(column) else { return "'\(column)' left out" }
            return name.exact == column.exact ? name : "'\(column)' as \(name)"
          }.joined(separator: ", ") + (marks ?? "")
      }
    } catch { throw Failure(error) }
  }

  /// How the file was understood, in one line.
  private(set) var reading = "JSON Lines"

  /// Whether the last row has been given.
  private(set) var isAtEnd = false

  /// Bytes of the file; `nil` if that is not known.
  var byteCount: Int? { file.byteCount }

  /// Bytes of the file read so far.
  var bytesRead: Int { file.bytesRead }

  /// The name that a feed knows for a column or key of the file; `nil` if it is to be left out.
  private func name(_ column: String) -> String? {
    if ignored.contains(column.exact) || column == "-" { return nil }
    if let name = renamed[column.exact] { return name }
    guard case .table = form, types[column] == nil, !Self.ownKeys.contains(column.exact) else { return column }
    // A header is understood as that of an import: in any case, and by the usual names of an id.
    let plain = EntityTable.attributeName(column)
    if types[plain] != nil || Self.ownKeys.contains(plain.exact) { return plain }
    return ColumnChoice.isUsual(column, for: .item) ? "id" : column
  }

  /// Refuses a header with a column that no row could use, before the first row.
  private func check(_ table: RecordReader) throws(DataError) {
    let names = table.columns.map { name($0)?.exact }
    let known = Self.ownKeys.union(types.keys.map(\.exact))
    if let stranger = names.indices.first(where: { names[$0].map { !known.contains($0) } ?? false }) {
      throw DataError(
        table.name, line: 1, field: table.columns[stranger], .header,
        table.columns[stranger].isEmpty
          ? "column \(stranger + 1) has no name" : "the collection has no such attribute",
        advice: "--ignore leaves the column out, --columns NAME=COLUMN says what it is; attributes are: "
          + types.keys.sorted().joined(separator: ", "))
    }
    if let twice = names.indices.first(where: { names[$0] != nil && names[..<$0].contains(names[$0]) }) {
      throw DataError(
        table.name, line: 1, field: table.columns[twice], .header, "two columns are '\(names[twice]?.text ?? "")'",
        advice: "--ignore leaves one of them out")
    }
    guard names.contains("id") else {
      throw DataError(
        table.name, line: 1, field: "id", .header, "the first line is no header with such a column",
        advice: "--columns id=COLUMN says which column it is; there are: " + table.columns.joined(separator: ", ")
          + ". A table without a header needs the names of all: --columns id,price,…")
    }
  }

  /// Whether the first thing that is no blank opens an object, or there is nothing at all.
  private static func beginsWithObject(_ bytes: [UInt8]) -> Bool {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    return text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }.map { $0 == UInt8(ascii: "{") } ?? true
  }

  /// The next row; `nil` behind the last. Empty lines are passed over.
  mutating func next() throws(Failure) -> Row? {
    do throws(DataError) {
      guard let row = try nextRow() else {
        isAtEnd = true
        return nil
      }
      rowCount += 1
      return row
    } catch { throw Failure(error) }
  }

  private mutating func nextRow() throws(DataError) -> Row? {
    switch form {
    case .lines(var lines):
      defer { form = .lines(lines) }
      return try next(&lines)
    case .table(var table):
      defer { form = .table(table) }
      return try next(&table)
    }
  }

  private mutating func next(_ lines: inout LineReader) throws(DataError) -> Row? {
    while let found = try lines.next() {
      line = lines.number
      guard case .line(var bytes) = found else { return .fault("the line has more than 1 MiB") }
      if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      do throws(JSONReader.Mistake) {
        guard case .object(let fields) = try JSONReader.read(bytes[...]) else { return .fault("not an object") }
        let known = fields.compactMap { field in name(field.0).map { (key: $0, value: field.1) } }
        return .fields(known, check: CRC32C.checksum(bytes))
      } catch { return .fault("not JSON: \(error.message) at column \(error.column)") }
    }
    return nil
  }

  private mutating func next(_ table: inout RecordReader) throws(DataError) -> Row? {
    guard let row = try table.next() else { return nil }
    switch row {
    case .fault(let fault, let line):
      self.line = line
      return .fault(fault.text)
    case .record(let record):
      line = record.line
      var fields: [(String, JSON)] = []
      var check = CRC32C()
      do throws(RowFault) {
        for (column, header) in table.columns.enumerated() {
          check.update([0x1F])
          guard let name = name(header), let text = try table.text(record, column) else { continue }
          check.update(Array(text.utf8))
          fields.append((name, try value(text, of: name, types[name])))
        }
      } catch { return .fault(error.text) }
      return .fields(fields, check: check.value)
    }
  }

  /// What JSON would say of a field of a table; what is not of its type stays a text and is refused as such.
  private func value(_ text: String, of name: String, _ type: AttributeType?) throws(RowFault) -> JSON {
    guard let type = type ?? (name == "delete" ? .bool : nil) else {
      guard name == "embedding" || name == "rerank" else { return .text(text) }
      let numbers = text.split { " ,;|[]".contains($0) }.map { Double($0) }
      return .list(numbers.map { $0.map { .number($0) } ?? .null })
    }
    do throws(RowFault.Reason) { return JSON(try cell.value(text, type)) } catch {
      guard error == .commaOrPoint else { return .text(text) }
      throw RowFault(error, name)
    }
  }
}
