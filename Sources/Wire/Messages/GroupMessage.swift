package import Placement
package import Vocabulary

/// GROUP: a coordinator tells a member its group, and carries what the member wants to change in it
/// (`proto-spec/03-messages/group.md`).
package struct GroupRequest: RequestMessage, Equatable {
  package typealias Reply = GroupResponse
  package static let opcode = Opcode.group

  package var shard = ShardID(0)
  /// The place of the member that is told.
  package var place: UInt8 = 0
  /// The place of the member that the primary should hand over to; `noHeir`: it need not.
  package var heir = GroupRequest.noHeir
  /// Of the store, for this state of the group; 0: there is none yet.
  package var revision: UInt64 = 0
  /// The number of the member's newest reply that came before the store was read; 0: none.
  package var echo: UInt64 = 0
  /// Of all members, in the order of the map.
  package var addresses: [String] = []
  /// `nil`: the cluster has none for this shard yet.
  package var group: ShardGroup?

  /// Stands for no place.
  package static let noHeir: UInt8 = 255

  package init() {}

  /// The wish of a client that another member takes the writes.
  package init(of shard: ShardID, heir: UInt8) { (self.shard, self.heir) = (shard, heir) }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("shard", &shard)
    try c.integer("place", &place, in: 0...UInt8(ShardGroup.membersMax - 1))
    try c.integer("heir", &heir)
    var hasGroup = group != nil
    try c.flag("has_group", &hasGroup)
    try c.zeros(3)
    try c.integer("revision", &revision)
    try c.integer("echo", &echo)
    var members = addresses.map { Address(text: $0) }
    try c.list("members", &members, leastBytes: 2, limit: ShardGroup.membersMax)
    addresses = members.map(\.text)
    try c.group(&group, isThere: hasGroup)
  }

  private struct Address: FieldGroup {
    var text = ""

    mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.printableText("address", &text, limit: addressByteCountMax)
    }
  }
}

/// The answer to GROUP: how a member stands, and what it wants.
package struct GroupResponse: Message, FieldGroup, Equatable {
  /// The number of its data directory.
  package var node: UInt64 = 0
  /// Of this reply.
  package var number: UInt64 = 0
  /// Records of its history.
  package var position: UInt64 = 0
  /// The term of the newest of them; 0: it has no history.
  package var term: UInt32 = 0
  /// Of its shard map.
  package var epoch: UInt32 = 0
  /// Whether it answers reads.
  package var isAssured = false
  /// Whether it goes away.
  package var isLeaving = false
  /// The revision that the change has seen.
  package var expected: UInt64 = 0
  /// What the member wants the store to hold; `nil`: what is there.
  package var wanted: ShardGroup?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("node", &node)
    try c.integer("number", &number)
    try c.integer("position", &position)
    try c.integer("term_of_history", &term)
    try c.integer("epoch", &epoch)
    try c.flag("assured", &isAssured)
    try c.flag("leaving", &isLeaving)
    var wants = wanted != nil
    try c.flag("wants", &wants)
    try c.zeros(5)
    try c.integer("expected", &expected)
    try c.group(&wanted, isThere: wants)
  }
}

extension FieldCoder {
  /// A group, where there is one.
  fileprivate mutating func group(_ group: inout ShardGroup?, isThere: Bool) throws(Failure) {
    try field(
      "group", &group, read: { (reader) throws(WireError) in isThere ? try reader.shardGroup() : nil },
      write: { group, writer in if let group { writer.write(group) } },
      show: { group, sheet in
        guard let group else { return }
        sheet.put("term", FieldValue(group.term))
        sheet.put("primary", .number(group.primary))
        sheet.put("data", .bytes(group.data))
        sheet.put("nodes", FieldValue(list: group.members.map(\.node)))
        sheet.put("in_sync", FieldValue(list: group.members.map { $0.isInSync ? 1 : 0 as UInt8 }))
      })
  }
}
