import Placement
package import Vocabulary

/// REPLICATE: a primary gives a member of its shard the records of its log (`proto-spec/03-messages/replicate.md`).
package struct ReplicateRequest: RequestMessage, Equatable {
  package typealias Reply = ReplicateResponse
  package static let opcode = Opcode.replicate

  /// A step.
  package enum Step: Sendable, Equatable {
    /// How does the member stand?
    case greet
    /// Records behind a position, in order; none: a sign of life. `echo`: the number of the member's newest answer;
    /// `grant`: how long the member may answer reads after that, in microseconds.
    case append([[UInt8]], echo: UInt64 = 0, grant: UInt32 = 0)
    /// A piece of a copy of everything, as records that make it out of nothing; the first one begins a new copy.
    case copy([[UInt8]])
    /// The copy is whole: the terms of the primary's history.
    case copied([TermStart])
    /// Pins what the member holds at a position, to be compared.
    case check
    /// The digest of what it has pinned.
    case sum
  }

  /// The first record of a term.
  package struct TermStart: FieldGroup, Hashable {
    package var term: UInt32 = 0
    package var position: UInt64 = 0

    package init() {}

    package init(term: UInt32, position: UInt64) { (self.term, self.position) = (term, position) }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("first_term", &term)
      try c.integer("first_position", &position)
    }
  }

  /// Records of one request at most.
  package static let recordsMax = 4096
  /// Terms of one history that are told at most.
  package static let termsMax = 4096

  package var shard = ShardID(0)
  /// The place of the primary.
  package var sender: UInt8 = 0
  package var term: UInt32 = 1
  /// Of the record before the first one of an append; of a copy when it is whole; the number of a piece, from 1 on.
  package var position: UInt64 = 0
  package var step = Step.greet

  package init() {}

  /// A step of a primary.
  package init(_ step: Step, shard: ShardID, sender: Int, term: UInt32, position: UInt64) {
    (self.step, self.shard, self.term, self.position) = (step, shard, term, position)
    self.sender = UInt8(truncatingIfNeeded: sender)
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, records, terms): (UInt8, [Record], [TermStart]) = (1, [], [])
    var (echo, grant): (UInt64, UInt32) = (0, 0)
    switch step {
    case .greet: break
    case .append(let some, let number, let time):
      (kind, records, echo, grant) = (2, some.map { Record(bytes: $0) }, number, time)
    case .copy(let some): (kind, records) = (3, some.map { Record(bytes: $0) })
    case .copied(let some): (kind, terms) = (4, some)
    case .check: kind = 5
    case .sum: kind = 6
    }
    try c.integer("kind", &kind, in: 1...6)
    try c.integer("sender", &sender, in: 0...UInt8(ShardGroup.membersMax - 1))
    try c.integer("shard", &shard)
    try c.integer("term", &term, in: 1...UInt32.max)
    try c.integer("position", &position)
    if kind == 2 {
      try c.integer("echo", &echo)
      try c.integer("grant_us", &grant)
    }
    switch kind {
    case 2, 3: try c.list("records", &records, leastBytes: 4, limit: Self.recordsMax)
    case 4: try c.list("terms", &terms, leastBytes: 12, limit: Self.termsMax)
    default: break
    }
    step =
      switch kind {
      case 2: .append(records.map(\.bytes), echo: echo, grant: grant)
      case 3: .copy(records.map(\.bytes))
      case 4: .copied(terms)
      case 5: .check
      case 6: .sum
      default: .greet
      }
  }

  private struct Record: FieldGroup {
    var bytes: [UInt8] = []

    mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.bytes("record", &bytes, limit: Limits.messageBytesMaxPeer)
    }
  }
}

/// The answer to REPLICATE: how far the member is.
package struct ReplicateResponse: Message, FieldGroup, Equatable {
  /// The number of its data directory.
  package var node: UInt64 = 0
  /// Records of its history that are on disk and can be seen.
  package var position: UInt64 = 0
  /// The term of the newest of them; 0: it has no history.
  package var term: UInt32 = 0
  /// Whether it answers no reads any more, since it goes away.
  package var isLeaving = false
  /// Of this answer, ascending.
  package var number: UInt64 = 0
  /// Of what it has pinned, if that is asked for.
  package var digest: ItemDigest?

  package init() {}

  package init(node: UInt64, position: UInt64, term: UInt32, isLeaving: Bool, number: UInt64 = 0) {
    (self.node, self.position, self.term, self.isLeaving) = (node, position, term, isLeaving)
    self.number = number
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("node", &node)
    try c.integer("position", &position)
    try c.integer("term_of_history", &term)
    try c.flag("leaving", &isLeaving)
    var (hasDigest, items, sum) = (digest != nil, digest?.itemCount ?? 0, digest?.bytes ?? [])
    try c.flag("has_digest", &hasDigest)
    try c.zeros(2)
    try c.integer("number", &number)
    guard hasDigest else { return digest = nil }
    try c.integer("items", &items)
    try c.bytes("digest", &sum, count: ItemDigest.byteCount)
    digest = ItemDigest(itemCount: items, bytes: sum)
  }
}
