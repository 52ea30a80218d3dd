import Bytes
import Vocabulary

/// The features of HELLO or WELCOME: what a side offers or accepts beside the frozen fields.
package struct Features: Hashable, Sendable {
  /// One feature: a type, whose top bit says *critical* and whose other 15 are its number, and its value.
  package struct Entry: Hashable, Sendable {
    package let type: UInt16
    package let value: [UInt8]

    /// Which feature, without the critical bit.
    package var number: UInt16 { type & ~Features.criticalBit }

    /// A feature of a type with a value of at most 65,535 bytes.
    package init(type: UInt16, value: [UInt8] = []) {
      self.type = type
      self.value = value
    }
  }

  /// Opcode 0xF0 may be used.
  package static let echo: UInt16 = 0x0001
  /// Which coordinator asks, and how far a shard is.
  package static let claim: UInt16 = 0x0200
  /// The bit of a type that a receiver must know.
  package static let criticalBit: UInt16 = 0x8000
  /// Types that mean nothing and keep receivers used to unknown ones.
  package static let ignorable: ClosedRange<UInt16> = 0x7A00...0x7AFF

  package var entries: [Entry]

  /// Features in the order in which they travel, at most 64.
  package init(_ entries: [Entry] = []) { self.entries = entries }

  /// The numbers in the value of CLAIM, if it is among them: the claim, and in WELCOME the position of the shard's log.
  package var claimed: (claim: UInt64, position: UInt64?)? {
    guard let value = entries.first(where: { $0.number == Features.claim })?.value else { return nil }
    var reader = ByteReader(value)
    guard let claim = try? reader.read(UInt64.self) else { return nil }
    return (claim, try? reader.read(UInt64.self))
  }

  /// Whether a feature is among them, critical or not.
  package func contains(_ number: UInt16) -> Bool { entries.contains { $0.number == number } }
}

extension FieldCoder {
  /// A u16 count, then type, length and bytes of each feature.
  mutating func features(_ name: String, _ features: inout Features) throws(Failure) {
    try field(
      name, &features, read: { (reader) throws(WireError) in try Features(from: &reader) },
      write: { $0.write(to: &$1) },
      show: { $1.put(name, .text($0.entries.map(\.shown).joined(separator: ", "))) })
  }
}

extension Features {
  /// - Throws: LIMIT_EXCEEDED above 64, DUPLICATE_FIELD, CRITICAL_FEATURE_UNKNOWN, MALFORMED_BODY.
  fileprivate init(from reader: inout BodyReader) throws(WireError) {
    entries = []
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 4, limit: Limits.featuresMax)) {
      let typeAt = reader.offset
      let type: UInt16 = try reader.integer()
      let number = type & ~Features.criticalBit
      guard !contains(number) else {
        throw WireError(.duplicateField, fieldOffset: typeAt, message: "a feature stands once")
      }
      guard type == number || [Features.echo, Features.claim].contains(number) else {
        throw WireError(.criticalFeatureUnknown, fieldOffset: typeAt)
      }
      let lengthAt = reader.offset
      let length = try reader.count(UInt16.self, elementSize: 1, limit: Int(UInt16.max))
      guard number != Features.echo || length == 0 else {
        throw WireError(.malformedBody, fieldOffset: lengthAt, message: "the feature ECHO has no value")
      }
      guard number != Features.claim || length == 8 || length == 16 else {
        throw WireError(
          .malformedBody, fieldOffset: lengthAt, message: "the feature CLAIM has a value of 8 or 16 bytes")
      }
      entries.append(Entry(type: type, value: Array(try reader.raw(length))))
    }
  }

  fileprivate func write(to writer: inout BodyWriter) {
    writer.write(UInt16(entries.count))
    for entry in entries {
      writer.write(entry.type)
      writer.write(UInt16(entry.value.count))
      writer.write(bytes: entry.value)
    }
  }
}

extension Features.Entry {
  /// CLAIM with its numbers.
  package static func claim(_ claim: UInt64, position: UInt64? = nil) -> Features.Entry {
    var writer = ByteWriter()
    writer.write(claim)
    if let position { writer.write(position) }
    return Features.Entry(type: Features.claim, value: writer.bytes)
  }

  /// Type and value in hexadecimal: `0x7a3c:2a`.
  fileprivate var shown: String {
    let type = String(type, radix: 16)
    return "0x" + String(repeating: "0", count: 4 - type.count) + type + ":" + ContentHash.hexadecimal(value)
  }
}
