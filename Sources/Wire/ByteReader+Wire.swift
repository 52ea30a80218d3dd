package import Bytes

extension ByteReader {
  /// Runs a step of decoding and turns what goes wrong into the answer for the peer.
  package mutating func reading<Value>(
    _ step: (inout ByteReader) throws(ByteError) -> Value
  ) throws(WireError) -> Value {
    do throws(ByteError) { return try step(&self) } catch { throw WireError(error) }
  }
}
