import Bytes
import Vocabulary
import Wire

/// The flat object of a message's fields, filled name by name.
struct FieldSheet {
  private(set) var values: [String: FieldValue] = [:]
  /// The body version of the message.
  private(set) var bodyVersion: UInt16 = 1

  /// Adds a field; a long list or text stands as its count and checksum.
  mutating func put(_ name: String, _ value: FieldValue) {
    switch value {
    case .list(let list) where list.count > 64: compact(name, count: list.count, value.plain)
    case .text(let text) where text.utf8.count > 1024: compact(name, count: text.utf8.count, text)
    default: values[name] = value
    }
  }

  private mutating func compact(_ name: String, count: Int, _ text: String) {
    values["\(name).count"] = .number(count)
    values["\(name).crc32c"] = .text(FieldValue.pattern(CRC32C.checksum(Array(text.utf8)), digits: 8))
  }

  mutating func put(_ name: String, list: [FieldValue]) { put(name, .list(list)) }

  mutating func put(_ name: String, _ ids: [UInt64]) { put(name, list: ids.map(FieldValue.wide)) }

  mutating func put(_ name: String, _ floats: [Float]) { put(name, list: floats.map(FieldValue.bits)) }

  mutating func put(_ name: String, _ texts: [String]) { put(name, list: texts.map(FieldValue.text)) }

  mutating func put(_ name: String, _ text: String) { put(name, .text(text)) }

  /// Adds a list of records, field by field. An empty list has no record to ask for its fields: `fields` names them.
  mutating func put<Record>(_ name: String, _ records: [Record], _ fields: [(String, (Record) -> FieldValue)]) {
    put("\(name).count", .number(records.count))
    for (field, value) in fields where !records.isEmpty { put("\(name).\(field)", list: records.map(value)) }
  }

  mutating func put(_ table: AttributeTable) {
    put("columns", table.columns.map { "\($0.type.word) \($0.name)" }.joined(separator: ", "))
    for (index, column) in table.columns.enumerated() {
      put("column.\(column.name)", list: (0..<table.rowCount).map { Self.cell(table.value(row: $0, column: index)) })
    }
  }

  private static func cell(_ value: AttributeValue?) -> FieldValue {
    switch value {
    case .none: .null
    case .int(let value): .wide(value)
    case .float(let value): .bits(value)
    case .keyword(let value), .text(let value): .text(value)
    case .keywordSet(let values): .text(values.joined(separator: "|"))
    case .bool(let value): .bool(value)
    }
  }

  mutating func put(header: FrameHeader) {
    bodyVersion = header.bodyVersion
    put("header_opcode", .small(header.opcode.rawValue))
    put("header_body_version", .small(header.bodyVersion))
    put("header_request_id", .wide(header.requestID))
    put("header_time_us", .small(header.timeMicroseconds))
    put("header_epoch", .small(header.epoch))
    put("header_reply", .flag(header.flags.contains(.reply)))
    put("header_error", .flag(header.flags.contains(.error)))
    put("header_retry", .flag(header.flags.contains(.retry)))
  }
}

/// A message that can show its fields in the words of the pages.
protocol Showable {
  func show(in sheet: inout FieldSheet)
}
