/// A value of the flat objects in which vectors show the fields of a message.
enum FieldValue: Equatable, Sendable, Decodable {
  case null
  case bool(Bool)
  case number(Int)
  case text(String)
  case list([FieldValue])

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
      self = .list(try container.decode([FieldValue].self))
    }
  }

  /// How it stands in the checksum of a long list.
  var plain: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): String(value)
    case .text(let value): value
    case .list(let values): values.map(\.plain).joined(separator: "\n")
    }
  }
}

extension FieldValue {
  /// An integer of up to 32 bits.
  static func small(_ value: some BinaryInteger) -> FieldValue { .number(Int(value)) }

  static func flag(_ value: Bool) -> FieldValue { .number(value ? 1 : 0) }

  /// An integer of 64 bits.
  static func wide(_ value: some BinaryInteger) -> FieldValue { .text(String(value)) }

  static func bits(_ value: Float) -> FieldValue { .text(pattern(value.bitPattern, digits: 8)) }

  static func bits(_ value: Double) -> FieldValue { .text(pattern(value.bitPattern, digits: 16)) }

  static func hex(_ bytes: [UInt8]) -> FieldValue { .text(bytes.hex) }

  static func pattern(_ bits: some BinaryInteger, digits: Int) -> String {
    let text = String(bits, radix: 16)
    return "0x" + String(repeating: "0", count: digits - text.count) + text
  }
}
