import Bytes

/// The server's answer to HELLO; its layout is frozen for ever.
package struct Welcome: Hashable, Sendable {
  package var wireVersion: UInt8 = FrameHeader.wireVersion
  package var role: NodeRole
  /// Chosen compression: 0 none, 1 LZ4 block.
  package var compression: UInt8
  /// 0: none.
  package var authentication: UInt8 = 0
  /// Zero: a shard that belongs to no cluster yet.
  package var clusterID: Bytes16
  /// New and random whenever the server starts without the data it had.
  package var incarnation: Bytes16
  /// `[32]`, random.
  package var nonce: [UInt8]
  /// Largest payload on the wire that the client may send.
  package var payloadWireBytesMax: Int
  /// Largest raw payload that the client may send.
  package var payloadRawBytesMax: Int
  /// Largest message that the client may send.
  package var messageBytesMax: Int
  /// Requests that the client may have in flight.
  package var credits: UInt32
  /// 0 if the node has no shard map.
  package var epoch: UInt32
  /// Idle time before a PING.
  package var idleMilliseconds: UInt32
  /// Filters that both know.
  package var filters: [UInt8]
  /// Name and version of the server, printable ASCII.
  package var program: String
  /// Accepted ones.
  package var features: Features

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
  /// - Throws: the answer for the peer, by the rules of `proto-spec/04-flow.md`.
  package init(from bytes: ArraySlice<UInt8>, offered: [UInt8] = [Compression.lz4Number, 0]) throws(WireError) {
    var reader = BodyReader(bytes)
    wireVersion = try reader.integer()
    guard wireVersion == FrameHeader.wireVersion else {
      throw WireError(.unsupportedVersion, fieldOffset: 0, message: "[1,1]: another version was chosen")
    }
    role = try NodeRole(from: &reader, in: 1...2)
    let compressionAt = reader.offset
    compression = try reader.integer()
    guard compression == 0 || offered.contains(compression) else {
      throw WireError(.malformedBody, fieldOffset: compressionAt, message: "the chosen compression was not offered")
    }
    authentication = try reader.integer(in: 0...0)
    clusterID = try reader.bytes16()
    incarnation = try reader.bytes16()
    nonce = Array(try reader.raw(Hello.nonceByteCount))
    payloadWireBytesMax = try reader.payloadBytesMax()
    payloadRawBytesMax = try reader.payloadBytesMax()
    messageBytesMax = Int(try reader.integer(UInt32.self))
    credits = try reader.integer()
    epoch = try reader.integer()
    idleMilliseconds = try reader.integer()
    filters = try reader.bytes()
    program = try reader.printableText(limit: Hello.programBytesMax)
    features = try Features(from: &reader)
    try reader.finish()
  }

  /// The body as it travels.
  package var body: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 256)
    writer.write(wireVersion)
    writer.write(role.rawValue)
    writer.write(compression)
    writer.write(authentication)
    clusterID.write(to: &writer)
    incarnation.write(to: &writer)
    writer.write(bytes: nonce)
    writer.write(UInt32(payloadWireBytesMax))
    writer.write(UInt32(payloadRawBytesMax))
    writer.write(UInt32(messageBytesMax))
    writer.write(credits)
    writer.write(epoch)
    writer.write(idleMilliseconds)
    writer.write(UInt8(filters.count))
    writer.write(bytes: filters)
    writer.write(text: program)
    features.write(to: &writer)
    return writer.bytes
  }

  /// The compression that this answer allows: both sides skip forms that they do not know.
  package var agreedCompression: Compression {
    let lz4 = compression == Compression.lz4Number
    return Compression(lz4: lz4, shuffle4: lz4 && filters.contains(1), shuffle8: lz4 && filters.contains(2))
  }
}
