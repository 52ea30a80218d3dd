/// METADATA: the coordinators of a cluster, and the store of what they agree on (`proto-spec/03-messages/metadata.md`).
package struct MetadataRequest: RequestMessage, Equatable {
  package typealias Reply = MetadataResponse
  package static let opcode = Opcode.metadata

  /// What is asked for.
  package enum Step: UInt8, CaseIterable, Sendable {
    case read
    /// What the store and the shards have now counts, although the store has had a later state.
    case recover
  }

  package var step = Step.read

  package init() {}

  package init(_ step: Step) { self.step = step }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) { try c.integer("step", &step) }
}

/// The answer to METADATA.
package struct MetadataResponse: Message, FieldGroup, Equatable {
  /// Where values lie.
  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let file = Kind(rawValue: 0)
    package static let etcd = Kind(rawValue: 1)
  }

  /// How the store does.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let answers = State(rawValue: 0)
    package static let silent = State(rawValue: 1)
    package static let wentBack = State(rawValue: 2)
  }

  /// A coordinator that lives.
  package struct Coordinator: FieldGroup, Equatable, Sendable {
    static let bytesMin = 26
    package var id: UInt64 = 0
    /// Of the map and of the catalogue that it serves.
    package var mapRevision: UInt64 = 0
    package var catalogueRevision: UInt64 = 0
    package var address = ""

    package init() {}

    package init(id: UInt64, mapRevision: UInt64, catalogueRevision: UInt64, address: String) {
      (self.id, self.mapRevision, self.catalogueRevision) = (id, mapRevision, catalogueRevision)
      self.address = address
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("id", &id)
      try c.integer("map_revision", &mapRevision)
      try c.integer("catalogue_revision", &catalogueRevision)
      try c.text("address", &address, limit: MetadataResponse.textBytesMax)
    }
  }

  package static let coordinatorsMax = 64
  package static let textBytesMax = 255

  package var kind = Kind.file
  package var state = State.answers
  /// Of the coordinator that answers; 0: it is the only one.
  package var own: UInt64 = 0
  /// Of the one that administers; 0: none does, or there is only one.
  package var chair: UInt64 = 0
  /// Of the map and of the catalogue that the coordinator serves.
  package var mapRevision: UInt64 = 0
  package var catalogueRevision: UInt64 = 0
  /// What is wrong with the store, for people; may be empty.
  package var fault = ""
  /// Those that live, ascending by id; none where there is only one.
  package var coordinators: [Coordinator] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("kind", &kind)
    try c.integer("state", &state)
    try c.integer("own", &own)
    try c.integer("chair", &chair)
    try c.integer("map_revision", &mapRevision)
    try c.integer("catalogue_revision", &catalogueRevision)
    try c.text("fault", &fault, limit: Self.textBytesMax)
    try c.list(
      "coordinators", &coordinators, leastBytes: Coordinator.bytesMin, limit: Self.coordinatorsMax)
  }
}
