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

  /// What a server grants.
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
  package init(from bytes: ArraySlice<UInt8>) throws(WireError) {
    var reader = ByteReader(bytes)
    wireVersion = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    let roleNumber = try reader.reading { (reader) throws(ByteError) in try reader.read(UInt8.self) }
    guard let role = NodeRole(rawValue: roleNumber), role != .client else {
      throw WireError(.malformedBody, fieldOffset: 1)
    }
    self.role = role
    compression = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    authentication = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    clusterID = try reader.reading { (reader) throws(ByteError) in try Bytes16(from: &reader) }
    incarnation = try reader.reading { (reader) throws(ByteError) in try Bytes16(from: &reader) }
    nonce = Array(try reader.reading { (reader) throws(ByteError) in try reader.readBytes(Hello.nonceByteCount) })
    payloadWireBytesMax = try reader.readPayloadBytesMax()
    payloadRawBytesMax = try reader.readPayloadBytesMax()
    messageBytesMax = Int(try reader.reading { (reader) throws(ByteError) in try reader.read(UInt32.self) })
    credits = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    epoch = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    idleMilliseconds = try reader.reading { (reader) throws(ByteError) in try reader.read() }
    filters = try reader.readNumbers()
    program = try reader.readProgramName()
    features = try Features(from: &reader)
    try reader.reading { (reader) throws(ByteError) in try reader.finish() }
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

  /// What may travel by this answer: both sides skip what they do not know.
  package var agreedCompression: Compression {
    let lz4 = compression == Compression.lz4Number
    return Compression(lz4: lz4, shuffle4: lz4 && filters.contains(1), shuffle8: lz4 && filters.contains(2))
  }
}
