package import Bytes

extension ByteReader {
  /// Runs a step of decoding and turns what goes wrong into the answer for the peer.
  package mutating func reading<Value>(
    _ step: (inout ByteReader) throws(ByteError) -> Value
  ) throws(WireError) -> Value {
    do throws(ByteError) { return try step(&self) } catch { throw WireError(error) }
  }

  /// Reads the name and version of a program: at most 64 bytes of printable ASCII behind a u16 count.
  ///
  /// - Throws: LIMIT_EXCEEDED if it is longer, BAD_UTF8 for another byte, MALFORMED_BODY.
  mutating func readProgramName() throws(WireError) -> String {
    let offset = offset
    let bytes = try reading { (reader) throws(ByteError) in
      try reader.readBytes(Int(try reader.read(UInt16.self)))
    }
    guard bytes.count <= Hello.programBytesMax else { throw WireError(.limitExceeded, fieldOffset: offset) }
    guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw WireError(.badUTF8, fieldOffset: offset) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads a u8 count and that many u8 numbers.
  mutating func readNumbers() throws(WireError) -> [UInt8] {
    try reading { (reader) throws(ByteError) in Array(try reader.readBytes(Int(try reader.read(UInt8.self)))) }
  }
}
