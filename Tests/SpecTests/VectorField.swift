import Bytes
import Wire

/// A value of the flat objects in which vectors show the fields of a message.
enum VectorField: Equatable, Sendable, Decodable {
  case null
  case bool(Bool)
  case number(Int)
  case text(String)
  case list([VectorField])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else {
      self = .list(try container.decode([VectorField].self))
    }
  }

  /// How `vectors/README.md` shows a value, by its kind; a list within a list is joined.
  init(_ value: FieldValue) {
    self =
      switch value {
      case .missing: .null
      case .bool(let value): .bool(value)
      case .number(let value), .named(let value, _): .number(value)
      case .unsigned(let value): .text(String(value))
      case .signed(let value): .text(String(value))
      case .float(let value): .text(Self.pattern(value.bitPattern, digits: 8))
      case .double(let value): .text(Self.pattern(value.bitPattern, digits: 16))
      case .text(let value): .text(value)
      case .bytes(let value): .text(value.hex)
      case .list(let values): .list(values.map { Self.element($0) })
      case .records: .null
      }
  }

  private static func element(_ value: FieldValue) -> VectorField {
    guard case .list(let values) = value else { return VectorField(value) }
    return .text(values.map { VectorField($0).plain }.joined(separator: "|"))
  }

  /// How it stands in the checksum of a long list.
  fileprivate var plain: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): String(value)
    case .text(let value): value
    case .list(let values): values.map(\.plain).joined(separator: "\n")
    }
  }

  fileprivate static func pattern(_ bits: some BinaryInteger, digits: Int) -> String {
    let text = String(bits, radix: 16)
    return "0x" + String(repeating: "0", count: digits - text.count) + text
  }
}

extension [String: VectorField] {
  /// The flat object of a message.
  init(_ message: any FieldGroup, _ header: FrameHeader) {
    self = [
      "header_opcode": .number(Int(header.opcode.rawValue)), "header_body_version": .number(Int(header.bodyVersion)),
      "header_request_id": .text(String(header.requestID)), "header_time_us": .number(Int(header.timeMicroseconds)),
      "header_epoch": .number(Int(header.epoch)), "header_reply": .number(header.flags.contains(.reply) ? 1 : 0),
      "header_error": .number(header.flags.contains(.error) ? 1 : 0),
      "header_retry": .number(header.flags.contains(.retry) ? 1 : 0),
    ]
    for field in FieldSheet(of: message, version: header.bodyVersion).fields {
      guard case .records(let records) = field.value else {
        put(field.name, VectorField(field.value))
        continue
      }
      put("\(field.name).count", .number(records.count))
      for (place, column) in (records.first?.fields ?? []).enumerated() {
        let values = records.map { $0.fields[place].value }
        put("\(field.name).\(column.name)", VectorField(.list(values)))
      }
    }
  }

  /// Adds a field; a long list or text stands as its count and checksum.
  private mutating func put(_ name: String, _ value: VectorField) {
    let count: Int
    switch value {
    case .list(let list) where list.count > 64: count = list.count
    case .text(let text) where text.utf8.count > 1024: count = text.utf8.count
    default: return self[name] = value
    }
    self["\(name).count"] = .number(count)
    self["\(name).crc32c"] = .text(VectorField.pattern(CRC32C.checksum(Array(value.plain.utf8)), digits: 8))
  }
}
