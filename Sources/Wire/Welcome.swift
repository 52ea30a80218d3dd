/// The server's answer to HELLO; its layout is frozen for ever.
package struct Welcome: ConnectionBody {
  package var wireVersion: UInt8 = FrameHeader.wireVersion
  package var role = NodeRole.coordinator
  /// Chosen compression: 0 none, 1 LZ4 block.
  package var compression: UInt8 = 0
  /// 0: none; `keyProof`: the client proves a key next.
  package var authentication: UInt8 = 0
  /// Zero: a shard that belongs to no cluster yet.
  package var clusterID = Bytes16.zero
  /// New and random whenever the server starts without the data it had.
  package var incarnation = Bytes16.zero
  /// `[32]`, random.
  package var nonce: [UInt8] = []
  /// Largest payload on the wire that the client may send.
  package var payloadWireBytesMax = 0
  /// Largest raw payload that the client may send.
  package var payloadRawBytesMax = 0
  /// Largest message that the client may send.
  package var messageBytesMax = 0
  /// Requests that the client may have in flight.
  package var credits: UInt32 = 0
  /// 0 if the node has no shard map.
  package var epoch: UInt32 = 0
  /// Idle time before a PING.
  package var idleMilliseconds: UInt32 = 0
  /// Filters that both know.
  package var filters: [UInt8] = []
  /// Name and version of the server, printable ASCII.
  package var program = ""
  /// Accepted ones.
  package var features = Features()

  /// The server asks for the proof of a key. 1 is what released vectors call an unknown one.
  package static let keyProof: UInt8 = 2

  package init() {}

  /// The WELCOME with a server's grants.
  package init(
    role: NodeRole, compression: UInt8, clusterID: Bytes16, incarnation: Bytes16, nonce: [UInt8],
    payloadWireBytesMax: Int, payloadRawBytesMax: Int, messageBytesMax: Int, credits: UInt32, epoch: UInt32,
    idleMilliseconds: UInt32, filters: [UInt8], program: String, features: Features
  ) {
    self.role = role
    self.compression = compression
    self.clusterID = clusterID
    self.incarnation = incarnation
    self.nonce = nonce
    self.payloadWireBytesMax = payloadWireBytesMax
    self.payloadRawBytesMax = payloadRawBytesMax
    self.messageBytesMax = messageBytesMax
    self.credits = credits
    self.epoch = epoch
    self.idleMilliseconds = idleMilliseconds
    self.filters = filters
    self.program = program
    self.features = features
  }

  /// Reads a body; every byte is consumed.
  ///
  /// - Parameter offered: The compressions that HELLO offered.
  package init(from bytes: ArraySlice<UInt8>, offered: [UInt8]) throws(WireError) {
    var reader = BodyReader(bytes)
    self.init()
    try fields(&reader, offered: offered)
    try reader.finish()
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try fields(&c, offered: [Compression.lz4Number, 0])
  }

  /// Refuses by the rules of `proto-spec/04-flow.md`.
  private mutating func fields<C: FieldCoder>(_ c: inout C, offered: [UInt8]) throws(C.Failure) {
    try c.integer("version", &wireVersion)
    try c.check(
      wireVersion == FrameHeader.wireVersion, at: 0, "[1,1]: another version was chosen",
      or: .unsupportedVersion)
    try c.integer("role", &role, in: 1...2)
    let compressionAt = c.offset
    try c.integer("compression", &compression)
    try c.check(
      compression == 0 || offered.contains(compression), at: compressionAt, "the chosen compression was not offered")
    try c.integer("authentication", &authentication)
    try c.check(
      authentication == 0 || authentication == Self.keyProof, at: 3, "0, or 2 where a key has to be proved")
    try c.bytes16("cluster_id", &clusterID)
    try c.bytes16("incarnation", &incarnation)
    try c.bytes("nonce", &nonce, count: Hello.nonceByteCount)
    try c.payloadBytesMax("max_payload_wire", &payloadWireBytesMax)
    try c.payloadBytesMax("max_payload_raw", &payloadRawBytesMax)
    try c.integer("max_message", &messageBytesMax, as: UInt32.self, in: 0...Int(UInt32.max))
    try c.integer("credits", &credits)
    try c.integer("epoch", &epoch)
    try c.integer("idle_ms", &idleMilliseconds)
    try c.numbers("filters", &filters)
    try c.printableText("program", &program, limit: Hello.programBytesMax)
    try c.features("features", &features)
  }

  /// The compression that this answer allows: both sides skip forms that they do not know.
  package var agreedCompression: Compression {
    let lz4 = compression == Compression.lz4Number
    return Compression(lz4: lz4, shuffle4: lz4 && filters.contains(1), shuffle8: lz4 && filters.contains(2))
  }
}
