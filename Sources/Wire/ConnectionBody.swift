/// The body of a frame that speaks about the connection, or of an error: short, of one version, never compressed.
package protocol ConnectionBody: FieldGroup, Hashable {}

extension ConnectionBody {
  /// Reads a body; every byte is consumed.
  ///
  /// - Throws: the answer for the peer.
  package init(from bytes: ArraySlice<UInt8>) throws(WireError) {
    var reader = BodyReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// The body as it travels.
  package var body: [UInt8] {
    var writer = BodyWriter()
    write(to: &writer)
    return writer.body.bytes
  }
}
