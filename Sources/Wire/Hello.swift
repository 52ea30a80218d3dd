import Bytes
import Vocabulary

/// The first frame of a connection, from the client; its layout is frozen for ever.
package struct Hello: Hashable, Sendable {
  /// Longest name of a program in bytes.
  package static let programBytesMax = 64
  /// Bytes of a nonce.
  package static let nonceByteCount = 32

  package var wireVersionMin: UInt8
  package var wireVersionMax: UInt8
  package var role: NodeRole
  /// Zero: "I do not know".
  package var clusterID: Bytes16
  /// Of the sender's data; zero from clients.
  package var incarnation: Bytes16
  /// `[32]`, random.
  package var nonce: [UInt8]
  /// Largest payload on the wire that the sender accepts, 8,192…4,194,304.
  package var payloadWireBytesMax: Int
  /// Largest raw payload that the sender accepts, 8,192…4,194,304.
  package var payloadRawBytesMax: Int
  /// Offered, best first; unknown numbers survive.
  package var compressions: [UInt8]
  /// Offered; unknown numbers survive.
  package var filters: [UInt8]
  /// Name and version of the program, printable ASCII.
  package var program: String
  package var features: Features

  /// What this program says of itself.
  package init(
    role: NodeRole, clusterID: Bytes16 = .zero, incarnation: Bytes16 = .zero, nonce: [UInt8],
    payloadWireBytesMax: Int, payloadRawBytesMax: Int, compression: Compression, program: String, features: Features
  ) {
    wireVersionMin = FrameHeader.wireVersion
    wireVersionMax = FrameHeader.wireVersion
    self.role = role
    self.clusterID = clusterID
    self.incarnation = incarnation
    self.nonce = nonce
    self.payloadWireBytesMax = payloadWireBytesMax
    self.payloadRawBytesMax = payloadRawBytesMax
    compressions = compression.lz4 ? [Compression.lz4Number, 0] : [0]
    filters = compression.filterNumbers
    self.program = program
    self.features = features
  }

  /// Reads a body; every byte is consumed.
  ///
  /// - Throws: the answer for the peer, by the rules of `proto-spec/04-flow.md`.
  package init(from bytes: ArraySlice<UInt8>) throws(WireError) {
    var reader = ByteReader(bytes)
    wireVersionMin = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    wireVersionMax = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    guard wireVersionMin <= wireVersionMax else { throw WireError(.malformedBody, fieldOffset: 0) }
    guard (wireVersionMin...wireVersionMax).contains(FrameHeader.wireVersion) else {
      throw WireError(.unsupportedVersion, fieldOffset: 0, message: "[1,1]: no common wire version")
    }
    let roleNumber = try reader.reading { (reader) throws(ByteError) in try reader.read(UInt8.self) }
    guard let role = NodeRole(rawValue: roleNumber) else { throw WireError(.malformedBody, fieldOffset: 2) }
    self.role = role
    let zero = try reader.reading { (reader) throws(ByteError) in try reader.read(UInt8.self) }
    guard zero == 0 else { throw WireError(.malformedBody, fieldOffset: 3) }
    clusterID = try reader.reading { (reader) throws(ByteError) in try Bytes16(from: &reader) }
    incarnation = try reader.reading { (reader) throws(ByteError) in try Bytes16(from: &reader) }
    nonce = Array(try reader.reading { (reader) throws(ByteError) in try reader.readBytes(Hello.nonceByteCount) })
    payloadWireBytesMax = try reader.readPayloadBytesMax()
    payloadRawBytesMax = try reader.readPayloadBytesMax()
    compressions = try reader.readNumbers()
    filters = try reader.readNumbers()
    program = try reader.readProgramName()
    features = try Features(from: &reader)
    try reader.reading { (reader) throws(ByteError) in try reader.finish() }
  }

  /// The body as it travels.
  package var body: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 256)
    writer.write(wireVersionMin)
    writer.write(wireVersionMax)
    writer.write(role.rawValue)
    writer.write(0 as UInt8)
    clusterID.write(to: &writer)
    incarnation.write(to: &writer)
    writer.write(bytes: nonce)
    writer.write(UInt32(payloadWireBytesMax))
    writer.write(UInt32(payloadRawBytesMax))
    writer.write(UInt8(compressions.count))
    writer.write(bytes: compressions)
    writer.write(UInt8(filters.count))
    writer.write(bytes: filters)
    writer.write(text: program)
    features.write(to: &writer)
    return writer.bytes
  }
}

extension ByteReader {
  /// Reads the largest payload that a peer accepts, at least 8,192 and taken as at most 4,194,304.
  mutating func readPayloadBytesMax() throws(WireError) -> Int {
    let offset = offset
    let bytes = Int(try reading { (reader) throws(ByteError) in try reader.read(UInt32.self) })
    guard bytes >= Limits.handshakeFrameBytesMax else { throw WireError(.malformedBody, fieldOffset: offset) }
    return min(bytes, Limits.frameWireBytesMax)
  }
}
