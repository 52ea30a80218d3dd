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

  /// The HELLO of this program.
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
    var reader = BodyReader(bytes)
    wireVersionMin = try reader.integer()
    wireVersionMax = try reader.integer()
    guard wireVersionMin <= wireVersionMax else {
      throw WireError(.malformedBody, fieldOffset: 0, message: "the lowest version is not above the highest")
    }
    guard (wireVersionMin...wireVersionMax).contains(FrameHeader.wireVersion) else {
      throw WireError(.unsupportedVersion, fieldOffset: 1, message: "[1,1]: no common wire version")
    }
    role = try NodeRole(from: &reader, in: 0...2)
    try reader.zeros(1)
    clusterID = try reader.bytes16()
    incarnation = try reader.bytes16()
    nonce = Array(try reader.raw(Hello.nonceByteCount))
    payloadWireBytesMax = try reader.payloadBytesMax()
    payloadRawBytesMax = try reader.payloadBytesMax()
    compressions = try reader.bytes()
    filters = try reader.bytes()
    program = try reader.printableText(limit: Hello.programBytesMax)
    features = try Features(from: &reader)
    try reader.finish()
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

extension BodyReader {
  /// Reads the largest payload that a peer accepts, at least 8,192 and taken as at most 4,194,304.
  mutating func payloadBytesMax() throws(WireError) -> Int {
    let bytes: UInt32 = try integer(in: UInt32(Limits.handshakeFrameBytesMax)...UInt32.max)
    return min(Int(bytes), Limits.frameWireBytesMax)
  }
}

extension NodeRole {
  /// Reads the number of a role.
  init(from reader: inout BodyReader, in range: ClosedRange<UInt8>) throws(WireError) {
    let at = reader.offset
    guard let role = NodeRole(rawValue: try reader.integer(in: range)) else {
      throw WireError(.malformedBody, fieldOffset: at)
    }
    self = role
  }
}
