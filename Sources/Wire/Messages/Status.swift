package import Vocabulary

/// STATUS: what a node is and how it does (`proto-spec/03-messages/status.md`).
package struct StatusRequest: RequestMessage, Equatable {
  package typealias Reply = StatusResponse
  package static let opcode = Opcode.status

  package init() {}

  package init(from reader: inout BodyReader) throws(WireError) {}

  package func write(to writer: inout BodyWriter) {}
}

/// The answer to STATUS.
package struct StatusResponse: Message, Equatable {
  /// How the node does; unknown numbers survive.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let ready = State(rawValue: 1)
    package static let draining = State(rawValue: 2)
  }

  /// A node's part of a collection.
  package struct Collection: Sendable, Equatable {
    package var name: String
    package var generation: Generation
    package var items: UInt64
    package var memoryBytes: UInt64
    package var model: UInt64

    package init(name: String, generation: Generation, items: UInt64, memoryBytes: UInt64, model: UInt64) {
      self.name = name
      self.generation = generation
      self.items = items
      self.memoryBytes = memoryBytes
      self.model = model
    }
  }

  /// How a coordinator sees a shard.
  package struct Shard: Sendable, Equatable {
    /// Whether the coordinator has a connection; unknown numbers survive.
    package struct State: RawRepresentable, Hashable, Sendable {
      package let rawValue: UInt8

      package init(rawValue: UInt8) { self.rawValue = rawValue }

      package static let up = State(rawValue: 1)
      package static let down = State(rawValue: 2)
      package static let connecting = State(rawValue: 3)
    }

    package var id: ShardID
    package var slots: UInt16
    package var state: State
    /// `nil`: complete.
    package var missing: MissingCause?
    package var items: UInt64
    package var incarnation: Bytes16
    package var address: String

    package init(
      id: ShardID, slots: UInt16, state: State, missing: MissingCause?, items: UInt64, incarnation: Bytes16,
      address: String
    ) {
      self.id = id
      self.slots = slots
      self.state = state
      self.missing = missing
      self.items = items
      self.incarnation = incarnation
      self.address = address
    }
  }

  /// Traffic with a peer; raw bytes before compression, wire bytes after, both without headers.
  package struct Link: Sendable, Equatable {
    package var peer: String
    package var framesOut: UInt64
    package var rawBytesOut: UInt64
    package var wireBytesOut: UInt64
    package var framesIn: UInt64
    package var rawBytesIn: UInt64
    package var wireBytesIn: UInt64

    package init(
      peer: String, framesOut: UInt64, rawBytesOut: UInt64, wireBytesOut: UInt64, framesIn: UInt64, rawBytesIn: UInt64,
      wireBytesIn: UInt64
    ) {
      self.peer = peer
      self.framesOut = framesOut
      self.rawBytesOut = rawBytesOut
      self.wireBytesOut = wireBytesOut
      self.framesIn = framesIn
      self.rawBytesIn = rawBytesIn
      self.wireBytesIn = wireBytesIn
    }
  }

  package var role: NodeRole
  package var state: State
  /// `nil`: a coordinator, or a shard without a map.
  package var shard: ShardID?
  package var epoch: Epoch
  package var uptimeMicroseconds: UInt64
  package var cluster: Bytes16
  package var incarnation: Bytes16
  package var build: String
  package var collections: [Collection] = []
  package var shards: [Shard] = []
  package var links: [Link] = []

  package init(
    role: NodeRole, isDraining: Bool, shard: ShardID?, epoch: Epoch, uptimeMicroseconds: UInt64, cluster: Bytes16,
    incarnation: Bytes16, build: String
  ) {
    self.role = role
    state = isDraining ? .draining : .ready
    self.shard = shard
    self.epoch = epoch
    self.uptimeMicroseconds = uptimeMicroseconds
    self.cluster = cluster
    self.incarnation = incarnation
    self.build = build
  }

  /// Whether the node takes no more work.
  package var isDraining: Bool { state == .draining }

  package init(from reader: inout BodyReader) throws(WireError) {
    role = try NodeRole(from: &reader, in: 1...2)
    state = State(rawValue: try reader.integer())
    let shardNumber: UInt16 = try reader.integer()
    shard = shardNumber == .max ? nil : ShardID(shardNumber)
    epoch = Epoch(try reader.integer())
    uptimeMicroseconds = try reader.integer()
    cluster = try reader.bytes16()
    incarnation = try reader.bytes16()
    build = try reader.text(limit: 64)
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 30, limit: Limits.collectionsMax)) {
      collections.append(
        Collection(
          name: try reader.name(), generation: Generation(try reader.integer()), items: try reader.integer(),
          memoryBytes: try reader.integer(), model: try reader.integer()))
    }
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 32, limit: Limits.shardsMax)) {
      shards.append(try Shard(from: &reader))
    }
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 50, limit: Limits.shardsMax + 1)) {
      links.append(
        Link(
          peer: try reader.text(limit: 255), framesOut: try reader.integer(), rawBytesOut: try reader.integer(),
          wireBytesOut: try reader.integer(), framesIn: try reader.integer(), rawBytesIn: try reader.integer(),
          wireBytesIn: try reader.integer()))
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(role.rawValue)
    writer.write(state.rawValue)
    writer.write(shard?.rawValue ?? .max)
    writer.write(epoch.rawValue)
    writer.write(uptimeMicroseconds)
    writer.write(cluster)
    writer.write(incarnation)
    writer.write(text: build)
    writer.write(UInt16(collections.count))
    for collection in collections {
      writer.write(name: collection.name)
      writer.write(collection.generation.rawValue)
      writer.write(array: [collection.items, collection.memoryBytes, collection.model])
    }
    writer.write(UInt16(shards.count))
    for shard in shards { shard.write(to: &writer) }
    writer.write(UInt16(links.count))
    for link in links {
      writer.write(text: link.peer)
      writer.write(array: [
        link.framesOut, link.rawBytesOut, link.wireBytesOut, link.framesIn, link.rawBytesIn, link.wireBytesIn,
      ])
    }
  }
}

extension StatusResponse.Shard {
  init(from reader: inout BodyReader) throws(WireError) {
    id = ShardID(try reader.integer())
    slots = try reader.integer()
    state = State(rawValue: try reader.integer())
    let cause: UInt8 = try reader.integer()
    missing = cause == 0 ? nil : MissingCause(rawValue: cause)
    items = try reader.integer()
    incarnation = try reader.bytes16()
    address = try reader.text(limit: 255)
  }

  func write(to writer: inout BodyWriter) {
    writer.write(id.rawValue)
    writer.write(slots)
    writer.write(state.rawValue)
    writer.write(missing?.rawValue ?? 0)
    writer.write(items)
    writer.write(incarnation)
    writer.write(text: address)
  }
}

extension StatusResponse.Link {
  /// The traffic of a link as STATUS has it.
  package init(_ link: LinkTraffic) {
    let traffic = link.traffic
    self.init(
      peer: link.peer, framesOut: traffic.framesOut, rawBytesOut: traffic.rawBytesOut,
      wireBytesOut: traffic.wireBytesOut, framesIn: traffic.framesIn, rawBytesIn: traffic.rawBytesIn,
      wireBytesIn: traffic.wireBytesIn)
  }
}
