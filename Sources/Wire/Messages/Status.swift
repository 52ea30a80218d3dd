import Placement
package import Vocabulary

/// STATUS: what a node is and how it does (`proto-spec/03-messages/status.md`).
package struct StatusRequest: RequestMessage, Equatable {
  package typealias Reply = StatusResponse
  package static let opcode = Opcode.status

  /// Whether the answer is to tell the members of shards: a request says it by version 3 of its body.
  package var wantsMembers = false

  package init() {}

  package init(wantsMembers: Bool) { self.wantsMembers = wantsMembers }

  package var sentVersion: UInt16 { wantsMembers ? 3 : 1 }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    if C.isReading { wantsMembers = c.version >= 3 }
  }
}

/// The answer to STATUS.
package struct StatusResponse: Message, FieldGroup, Hashable {
  /// How the node does; unknown numbers survive.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let ready = State(rawValue: 1)
    package static let draining = State(rawValue: 2)
    /// A shard takes no writes, since its disk is full.
    package static let diskFull = State(rawValue: 3)
    /// A shard takes no writes, since its items take more memory than they may.
    package static let memoryFull = State(rawValue: 4)
    /// A shard takes no writes, since its disk has failed.
    package static let diskFailed = State(rawValue: 5)
  }

  /// A node's part of a collection.
  package struct Collection: FieldGroup, Hashable {
    package var name = ""
    package var generation = Generation(0)
    package var items: UInt64 = 0
    package var memoryBytes: UInt64 = 0
    package var model: UInt64 = 0

    package init() {}

    package init(name: String, generation: Generation, items: UInt64, memoryBytes: UInt64, model: UInt64) {
      self.name = name
      self.generation = generation
      self.items = items
      self.memoryBytes = memoryBytes
      self.model = model
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("name", &name)
      try c.integer("generation", &generation)
      try c.integer("items", &items)
      try c.integer("memory_bytes", &memoryBytes)
      try c.integer("model", &model)
    }
  }

  /// How a coordinator sees a shard.
  package struct Shard: FieldGroup, Hashable {
    /// Whether the coordinator has a connection; unknown numbers survive.
    package struct State: RawRepresentable, Worded, Hashable, Sendable {
      package let rawValue: UInt8

      package init(rawValue: UInt8) { self.rawValue = rawValue }

      package static let up = State(rawValue: 1)
      package static let down = State(rawValue: 2)
      package static let connecting = State(rawValue: 3)
      package static let upDiskFull = State(rawValue: 4)
      package static let upMemoryFull = State(rawValue: 5)
      package static let upDiskFailed = State(rawValue: 6)

      /// A shard that is connected, by what it says of itself; `nil`: it does not say it.
      package init(ofConnected state: StatusResponse.State?) {
        self =
          switch state {
          case .diskFull: .upDiskFull
          case .memoryFull: .upMemoryFull
          case .diskFailed: .upDiskFailed
          default: .up
          }
      }

      package var words: String {
        switch self {
        case .up: "up"
        case .down: "down"
        case .connecting: "connecting"
        case .upDiskFull: "up, takes no writes: disk full"
        case .upMemoryFull: "up, takes no writes: memory full"
        case .upDiskFailed: "up, takes no writes: its disk has failed"
        default: "state \(rawValue)"
        }
      }
    }

    package var id = ShardID(0)
    package var slots: UInt16 = 0
    package var state = State.connecting
    /// `nil`: complete.
    package var missing: MissingCause?
    package var items: UInt64 = 0
    package var incarnation = Bytes16.zero
    package var address = ""

    package init() {}

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

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("id", &id)
      try c.integer("slots", &slots)
      try c.integer("state", &state)
      try c.integer("cause", &missing, none: 0)
      try c.integer("items", &items)
      try c.bytes16("incarnation", &incarnation)
      try c.text("address", &address, limit: 255)
    }
  }

  /// A member of a shard that has several.
  package struct Member: FieldGroup, Hashable {
    package var shard = ShardID(0)
    /// Whether it orders the shard's writes.
    package var isPrimary = false
    /// Whether it holds all that was acknowledged.
    package var isInSync = false
    /// Whether the coordinator has a connection to it.
    package var isConnected = false
    /// Of the shard's group.
    package var term: UInt32 = 0
    /// Records that it lacks of the primary's.
    package var lag: UInt64 = 0
    package var address = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("shard_of_member", &shard)
      try c.flag("is_primary", &isPrimary)
      try c.flag("in_sync", &isInSync)
      try c.flag("connected", &isConnected)
      try c.integer("term", &term)
      try c.integer("lag", &lag)
      try c.text("address", &address, limit: 255)
    }
  }

  /// Traffic with a peer; raw bytes before compression, wire bytes after, both without headers.
  package struct Link: FieldGroup, Hashable {
    package var peer = ""
    package var framesOut: UInt64 = 0
    package var rawBytesOut: UInt64 = 0
    package var wireBytesOut: UInt64 = 0
    package var framesIn: UInt64 = 0
    package var rawBytesIn: UInt64 = 0
    package var wireBytesIn: UInt64 = 0

    package init() {}

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

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.text("peer", &peer, limit: 255)
      try c.integer("frames_out", &framesOut)
      try c.integer("raw_bytes_out", &rawBytesOut)
      try c.integer("wire_bytes_out", &wireBytesOut)
      try c.integer("frames_in", &framesIn)
      try c.integer("raw_bytes_in", &rawBytesIn)
      try c.integer("wire_bytes_in", &wireBytesIn)
    }
  }

  package var role = NodeRole.coordinator
  package var state = State.ready
  /// `nil`: a coordinator, or a shard without a map.
  package var shard: ShardID?
  package var epoch = Epoch(0)
  package var uptimeMicroseconds: UInt64 = 0
  package var cluster = Bytes16.zero
  package var incarnation = Bytes16.zero
  package var build = ""
  package var collections: [Collection] = []
  package var shards: [Shard] = []
  package var links: [Link] = []
  /// Of shards that have several, by shard and place. From body version 3 on.
  package var members: [Member] = []

  package init() {}

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

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("role", &role, in: 1...2)
    try c.integer("state", &state)
    try c.integer("shard", &shard, none: .max)
    try c.integer("epoch", &epoch)
    try c.integer("uptime_us", &uptimeMicroseconds)
    try c.bytes16("cluster_id", &cluster)
    try c.bytes16("incarnation", &incarnation)
    try c.text("program", &build, limit: 64)
    try c.list("collections", &collections, leastBytes: 30, limit: Limits.collectionsMax)
    try c.list("shards", &shards, leastBytes: 32, limit: Limits.shardsMax)
    try c.list("links", &links, leastBytes: 50, limit: Limits.shardsMax + 1)
    guard c.version >= 3 else { return }
    try c.list("members", &members, leastBytes: 19, limit: Limits.shardsMax * ShardGroup.membersMax)
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
