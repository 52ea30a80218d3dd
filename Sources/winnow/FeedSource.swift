import Bytes
import JSON
import Training
import Vocabulary

/// The rows of a feed: JSON Lines, or a table whose first line names its columns; either may be gzip.
struct FeedSource {
  /// What is found at a row.
  enum Row {
    /// Keys with values, and a checksum of what they were read from.
    case fields([(key: String, value: JSON)], check: UInt32)
    case fault(String)
  }

  private enum Form {
    case lines(LineReader)
    case table(RecordReader)
  }

  private let file: InputFile
  private let types: [String: AttributeType]
  private var form: Form
  /// The line of the row given last, from 1.
  private(set) var line = 0
  /// Rows given so far, faulty ones included.
  private(set) var rowCount = 0
  /// Opens a file; `-` is standard input.
  init(_ path: String, schema: CollectionSchema) throws(Failure) {
    types = Dictionary(uniqueKeysWithValues: schema.attributes.map { ($0.name, $0.type) })
    do throws(DataError) {
      file = try InputFile(path)
      let isJSON = try Self.beginsWithObject(file.peek())
      form = isJSON ? .lines(LineReader(file)) : .table(try RecordReader(file))
    } catch { throw Failure(error) }
  }

  /// Whether the last row has been given.
  private(set) var isAtEnd = false

  /// Bytes of the file; `nil` if that is not known.
  var byteCount: Int? { file.byteCount }

  /// Bytes of the file read so far.
  var bytesRead: Int { file.bytesRead }

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
        return .fields(fields.map { ($0.0, $0.1) }, check: CRC32C.checksum(bytes))
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
        for (column, name) in table.columns.enumerated() {
          check.update([0x1F])
          guard let text = try record.text(column) else { continue }
          check.update(Array(text.utf8))
          fields.append((name, Self.value(text, of: name, types[name])))
        }
      } catch { return .fault(error.text) }
      return .fields(fields, check: check.value)
    }
  }

  /// What JSON would say of a field of a table; what is not of its type stays a text and is refused as such.
  private static func value(_ text: String, of name: String, _ type: AttributeType?) -> JSON {
    switch type {
    case .int: return Int(text).map { .int($0) } ?? .text(text)
    case .float: return Double(text).map { .number($0) } ?? .text(text)
    case .bool:
      switch text {
      case "true", "1": return .bool(true)
      case "false", "0": return .bool(false)
      default: return .text(text)
      }
    case .keywordSet: return .list(text.split(separator: "|").map { .text(String($0)) })
    case .keyword, .text: return .text(text)
    case nil where name == "embedding" || name == "rerank":
      let numbers = text.split { " ,;|[]".contains($0) }.map { Double($0) }
      return .list(numbers.map { $0.map { .number($0) } ?? .null })
    case nil where name == "delete": return value(text, of: name, .bool)
    case nil: return .text(text)
    }
  }
}
