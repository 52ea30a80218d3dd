import Filters
import Vocabulary

extension FieldCoder {
  /// Text behind a u16 byte count; longer than `limit` is refused with `code`.
  mutating func text(
    _ name: String, _ value: inout String, limit: Int, or code: ErrorCode = .limitExceeded
  ) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.text(limit: limit, or: code) },
      write: { $1.write(text: $0) }, show: { $1.put(name, .text($0)) })
  }

  /// Printable ASCII behind a u16 byte count.
  mutating func printableText(_ name: String, _ value: inout String, limit: Int) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.printableText(limit: limit) },
      write: { $1.write(text: $0) }, show: { $1.put(name, .text($0)) })
  }

  /// A name behind a u8 byte count.
  mutating func name(_ name: String, _ value: inout String) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.name() }, write: { $1.write(name: $0) },
      show: { $1.put(name, .text($0)) })
  }

  /// A name behind a u8 byte count; `nil` if it is empty.
  mutating func name(_ name: String, _ value: inout String?) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.nameOrEmpty() }, write: { $1.write(name: $0) },
      show: { $1.put(name, .text($0 ?? "")) })
  }

  /// Names behind a u16 count, none twice.
  ///
  /// - Parameter mayStand: Whether there may be any.
  mutating func names(_ name: String, _ values: inout [String], mayStand: Bool = true) throws(Failure) {
    try field(
      name, &values, read: { (reader) throws(WireError) in try reader.names(mayStand: mayStand) },
      write: { $1.write(names: $0) }, show: { $1.put(name, .list($0.map { .text($0) })) })
  }

  /// That many bytes.
  mutating func bytes(_ name: String, _ value: inout [UInt8], count: Int) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in Array(try reader.raw(count)) },
      write: { $1.write(bytes: $0) }, show: { $1.put(name, .bytes($0)) })
  }

  /// Bytes behind a u32 count.
  ///
  /// - Parameter hint: How they like to be compressed.
  mutating func bytes(
    _ name: String, _ value: inout [UInt8], limit: Int, hint: SectionHint = .plain
  ) throws(Failure) {
    try field(
      name, &value,
      read: { (reader) throws(WireError) in
        Array(try reader.raw(try reader.count(UInt32.self, elementSize: 1, limit: limit)))
      },
      write: { bytes, writer in
        writer.write(UInt32(bytes.count))
        if hint != .plain { writer.section(hint) }
        writer.write(bytes: bytes)
      }, show: { $1.put(name, .bytes($0)) })
  }

  /// Numbers of a byte each behind a u8 count.
  mutating func numbers(_ name: String, _ value: inout [UInt8]) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.bytes() },
      write: { bytes, writer in
        writer.write(UInt8(bytes.count))
        writer.write(bytes: bytes)
      }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// The tree of a filter.
  mutating func filter(_ name: String, _ value: inout Filter?) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.filter() }, write: { $1.write($0) },
      show: { $1.put(name, .text($0?.text ?? "")) })
  }
}
