import Bytes
package import Placement
package import Vocabulary

/// Some of the histories of a collection, as they go from shard to shard, into a checkpoint or into a snapshot
/// (`proto-spec/03-messages/transfer.md`).
package struct HistoryPart: Message, FieldGroup, Equatable {
  /// Histories of one part at most.
  package static let historiesMax = 4096

  /// A shopper that was forgotten, by a fingerprint: the id itself is in no file any more.
  package struct Forgotten: FieldGroup, Hashable {
    package var slot = Slot.all[0]
    package var fingerprint: UInt64 = 0
    package var time: Int64 = 0

    package init() {}

    package init(slot: Slot, fingerprint: UInt64, time: Int64) {
      (self.slot, self.fingerprint, self.time) = (slot, fingerprint, time)
    }

    /// What stays of a forgotten shopper: enough to know the id again, not to tell it.
    package static func fingerprint(of user: UInt64) -> UInt64 {
      var writer = ByteWriter()
      writer.write(bytes: Array("forgotten".utf8))
      writer.write(user)
      return ContentHash.sha256(writer.bytes).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("slot", &slot)
      try c.integer("fingerprint", &fingerprint)
      try c.integer("time", &time, in: 0...Int64.max)
    }
  }

  /// What the newest op of a writer was answered about a shopper; or only its number.
  package struct Answer: FieldGroup, Hashable {
    package var writer: UInt64 = 0
    package var op: UInt64 = 0
    /// 0 if there is none.
    package var user: UInt64 = 0
    package var counts: UInt64 = 0
    package var isAboutUser = false

    package init() {}

    package init(writer: UInt64, op: UInt64) { (self.writer, self.op) = (writer, op) }

    package init(writer: UInt64, op: UInt64, user: UInt64, counts: UInt64) {
      (self.writer, self.op, self.user, self.counts, isAboutUser) = (writer, op, user, counts, true)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("writer", &writer)
      try c.integer("op", &op)
      try c.integer("user", &user)
      try c.integer("counts", &counts)
      try c.flag("about_user", &isAboutUser)
    }
  }

  package var settings = HistorySettings()
  /// When the coordinator had the newest batch of events.
  package var latest: Int64 = 0
  package var histories: [StoredHistory] = []
  package var forgotten: [Forgotten] = []
  package var answers: [Answer] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try settings.fields(&c)
    try c.integer("latest", &latest, in: 0...Int64.max)
    try c.list("histories", &histories, leastBytes: StoredHistory.bytesMin, limit: Self.historiesMax)
    try c.list("forgotten", &forgotten, leastBytes: 18, limit: Int(UInt16.max))
    try c.list("answers", &answers, leastBytes: 33, limit: Int(UInt16.max))
  }
}

extension FieldCoder {
  /// The histories of a part, if it has some.
  mutating func histories(_ histories: inout HistoryPart?) throws(Failure) {
    var isThere = histories != nil
    try section(.plain)
    try flag("has_histories", &isThere)
    guard isThere else { return histories = nil }
    var part = histories ?? HistoryPart()
    try part.fields(&self)
    histories = part
  }
}
