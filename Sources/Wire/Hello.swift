import Vocabulary

/// The first frame of a connection, from the client; its layout is frozen for ever.
package struct Hello: ConnectionBody {
  /// Longest name of a program in bytes.
  package static let programBytesMax = 64
  /// Bytes of a nonce.
  package static let nonceByteCount = 32

  package var wireVersionMin = FrameHeader.wireVersion
  package var wireVersionMax = FrameHeader.wireVersion
  package var role = NodeRole.client
  /// Zero: "I do not know".
  package var clusterID = Bytes16.zero
  /// Of the sender's data; zero from clients.
  package var incarnation = Bytes16.zero
  /// `[32]`, random.
  package var nonce: [UInt8] = []
  /// Largest payload on the wire that the sender accepts, 8,192…4,194,304.
  package var payloadWireBytesMax = 0
  /// Largest raw payload that the sender accepts, 8,192…4,194,304.
  package var payloadRawBytesMax = 0
  /// Offered, best first; unknown numbers survive.
  package var compressions: [UInt8] = []
  /// Offered; unknown numbers survive.
  package var filters: [UInt8] = []
  /// Name and version of the program, printable ASCII.
  package var program = ""
  package var features = Features()

  package init() {}

  /// The HELLO of this program.
  package init(
    role: NodeRole, clusterID: Bytes16 = .zero, incarnation: Bytes16 = .zero, nonce: [UInt8],
    payloadWireBytesMax: Int, payloadRawBytesMax: Int, compression: Compression, program: String, features: Features
  ) {
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

  /// Refuses by the rules of `proto-spec/04-flow.md`.
  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("min_version", &wireVersionMin)
    try c.integer("max_version", &wireVersionMax)
    try c.check(wireVersionMin <= wireVersionMax, at: 0, "the lowest version is not above the highest")
    try c.check(
      wireVersionMin...wireVersionMax ~= FrameHeader.wireVersion, at: 1, "[1,1]: no common wire version",
      or: .unsupportedVersion)
    try c.integer("role", &role, in: 0...2)
    try c.zeros(1)
    try c.bytes16("cluster_id", &clusterID)
    try c.bytes16("incarnation", &incarnation)
    try c.bytes("nonce", &nonce, count: Hello.nonceByteCount)
    try c.payloadBytesMax("max_payload_wire", &payloadWireBytesMax)
    try c.payloadBytesMax("max_payload_raw", &payloadRawBytesMax)
    try c.numbers("compressions", &compressions)
    try c.numbers("filters", &filters)
    try c.printableText("program", &program, limit: Hello.programBytesMax)
    try c.features("features", &features)
  }
}

extension FieldCoder {
  /// The largest payload that a peer accepts, at least 8,192 and taken as at most 4,194,304.
  mutating func payloadBytesMax(_ name: String, _ byteCount: inout Int) throws(Failure) {
    try integer(name, &byteCount, as: UInt32.self, in: Limits.handshakeFrameBytesMax...Int(UInt32.max))
    if Self.isReading { byteCount = min(byteCount, Limits.frameWireBytesMax) }
  }
}
