/// A way through the fields of a message, in the order of the body: reading, writing or showing them.
///
/// Each kind of field is one function of an extension that calls `field`. So a message lists its fields once, in
/// `fields`, and every coder takes them from there.
package protocol FieldCoder {
  /// `WireError` for reading, else `Never`.
  associatedtype Failure: Error
  /// Whether fields get their values from the coder.
  static var isReading: Bool { get }
  /// The version of the body.
  var version: UInt16 { get }
  /// Bytes before the next field; 0 for a sheet.
  var offset: Int { get }

  /// Takes one field: a coder calls one of the three functions.
  ///
  /// - Parameter name: The name of the spec; empty for bytes that are no field.
  mutating func field<Value>(
    _ name: String, _ value: inout Value, read: (inout BodyReader) throws(WireError) -> Value,
    write: (Value, inout BodyWriter) -> Void, show: (Value, inout FieldSheet) -> Void
  ) throws(Failure)
}

extension BodyReader: FieldCoder {
  package static var isReading: Bool { true }

  package mutating func field<Value>(
    _ name: String, _ value: inout Value, read: (inout BodyReader) throws(WireError) -> Value,
    write: (Value, inout BodyWriter) -> Void, show: (Value, inout FieldSheet) -> Void
  ) throws(WireError) { value = try read(&self) }
}

extension BodyWriter: FieldCoder {
  package static var isReading: Bool { false }

  package mutating func field<Value>(
    _ name: String, _ value: inout Value, read: (inout BodyReader) throws(WireError) -> Value,
    write: (Value, inout BodyWriter) -> Void, show: (Value, inout FieldSheet) -> Void
  ) { write(value, &self) }
}

extension FieldSheet: FieldCoder {
  package static var isReading: Bool { false }
  package var offset: Int { 0 }

  package mutating func field<Value>(
    _ name: String, _ value: inout Value, read: (inout BodyReader) throws(WireError) -> Value,
    write: (Value, inout BodyWriter) -> Void, show: (Value, inout FieldSheet) -> Void
  ) { show(value, &self) }
}

/// A message, or a record in a list of a message.
package protocol FieldGroup: Sendable {
  /// The values before reading.
  init()
  /// Hands each field to the coder, in the order of the body; fields of later versions than the coder's are left out.
  mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure)
}

extension FieldGroup {
  /// Reads the fields; does not look at what stands behind them.
  package init(from reader: inout BodyReader) throws(WireError) {
    self.init()
    try fields(&reader)
  }

  /// Writes the fields.
  package func write(to writer: inout BodyWriter) {
    var copy = self
    copy.fields(&writer)
  }
}

extension FieldCoder {
  /// Bytes that are no field.
  private mutating func aside(
    read: (inout BodyReader) throws(WireError) -> Void, write: (inout BodyWriter) -> Void = { _ in },
    show: (inout FieldSheet) -> Void = { _ in }
  ) throws(Failure) {
    var nothing: Void = ()
    try field("", &nothing, read: read, write: { write(&$1) }, show: { show(&$1) })
  }

  /// Refuses a body that breaks a rule about several fields.
  mutating func check(
    _ holds: @autoclosure () -> Bool, at offset: Int, _ message: @autoclosure () -> String,
    or code: ErrorCode = .malformedBody
  ) throws(Failure) {
    try aside(read: { (_) throws(WireError) in
      guard holds() else { throw WireError(code, fieldOffset: offset, message: message()) }
    })
  }

  /// Adds a field to a sheet alone: the body has the value in another form.
  mutating func show(_ name: String, _ value: @autoclosure () -> FieldValue) throws(Failure) {
    try aside(read: { (_) throws(WireError) in }, show: { $0.put(name, value()) })
  }

  /// Bytes that are zero.
  mutating func zeros(_ count: Int) throws(Failure) {
    try aside(
      read: { (reader) throws(WireError) in try reader.zeros(count) },
      write: { writer in for _ in 0..<count { writer.write(0 as UInt8) } })
  }

  /// Zero bytes up to the next offset that 8 divides.
  mutating func pad8() throws(Failure) {
    try aside(read: { (reader) throws(WireError) in try reader.pad8() }, write: { $0.pad8() })
  }

  /// The beginning of bytes that are compressed in another way; the receiver never sees it.
  mutating func section(_ hint: SectionHint) throws(Failure) {
    try aside(read: { (_) throws(WireError) in }, write: { $0.section(hint) })
  }

  /// Records behind their u16 count; a sheet leaves out those without a name.
  ///
  /// - Parameter leastBytes: Of one record in a body.
  mutating func list<Record: FieldGroup>(
    _ name: String, _ records: inout [Record], leastBytes: Int, limit: Int
  ) throws(Failure) {
    try field(
      name, &records,
      read: { (reader) throws(WireError) in
        var records: [Record] = []
        for _ in 0..<(try reader.count(UInt16.self, elementSize: leastBytes, limit: limit)) {
          records.append(try Record(from: &reader))
        }
        return records
      },
      write: { records, writer in
        writer.write(UInt16(records.count))
        for record in records { record.write(to: &writer) }
      },
      show: { records, sheet in
        guard !name.isEmpty else { return }
        sheet.put(name, .records(records.map { FieldSheet(of: $0, version: sheet.version) }))
      })
  }
}
