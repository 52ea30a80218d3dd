package import Bytes

/// Who of a shard's members orders its writes, and who holds all that was acknowledged: one value of the cluster's
/// store, changed by comparing alone (`proto-spec/08-files/metadata.md`).
package struct ShardGroup: Hashable, Sendable {
  /// A member, at its place among the addresses of the map.
  package struct Member: Hashable, Sendable {
    /// The number of its data directory: one that has lost its disk has another number.
    package var node: UInt64
    /// Whether it holds all that was acknowledged.
    package var isInSync: Bool

    package init(node: UInt64, isInSync: Bool) { (self.node, self.isInSync) = (node, isInSync) }
  }

  /// Members of one shard at most.
  package static let membersMax = 8
  /// Bytes of `data`.
  package static let dataByteCount = 16

  /// One primary's time; only ever grows.
  package private(set) var term: UInt32
  /// The place of the member that orders writes; it is in sync.
  package private(set) var primary: Int
  /// The incarnation of what the members hold together, 16 bytes.
  package let data: [UInt8]
  /// In the order of the map's addresses.
  package private(set) var members: [Member]

  /// A group; `nil` if the parts make none.
  package init?(term: UInt32, primary: Int, data: [UInt8], members: [Member]) {
    guard term > 0, data.count == Self.dataByteCount, (1...Self.membersMax).contains(members.count),
      members.indices.contains(primary), members[primary].isInSync
    else { return nil }
    (self.term, self.primary, self.data, self.members) = (term, primary, data, members)
  }

  /// The places of the members in sync, ascending.
  package var inSync: [Int] { members.indices.filter { members[$0].isInSync } }

  /// The group without a member in sync.
  package func removing(_ place: Int) -> ShardGroup {
    var group = self
    if place != primary { group.members[place].isInSync = false }
    return group
  }

  /// The group with a member that has caught up.
  package func joining(_ place: Int, node: UInt64) -> ShardGroup {
    var group = self
    group.members[place] = Member(node: node, isInSync: true)
    return group
  }

  /// The next term.
  ///
  /// - Parameter inSync: Who is in sync, the primary among them.
  package func next(primary: Int, inSync: [Int]) -> ShardGroup {
    var group = self
    (group.term, group.primary) = (term &+ 1, primary)
    for place in members.indices { group.members[place].isInSync = place == primary || inSync.contains(place) }
    return group
  }

  /// The same group in a later term.
  ///
  /// - Parameter inSync: Who is in sync in it, the primary among them.
  package func leaping(to term: UInt32, primary: Int, inSync: [Int]) -> ShardGroup {
    var group = next(primary: primary, inSync: inSync)
    group.term = max(term, group.term)
    return group
  }

  /// The group for other addresses of the map.
  ///
  /// - Parameter places: For each of them the place at which its member was; `nil`: it is new.
  /// - Returns: `nil` if none of them is the primary's, or there are none or too many.
  package func placed(_ places: [Int?]) -> ShardGroup? {
    guard let primary = places.firstIndex(of: primary) else { return nil }
    return ShardGroup(
      term: term, primary: primary, data: data,
      members: places.map { place in
        place.flatMap { members.indices.contains($0) ? members[$0] : nil } ?? Member(node: 0, isInSync: false)
      })
  }

  /// Whether this may follow another group, asked for by one of its members: its term does not go back, and a member that
  /// held everything still does.
  package func mayFollow(_ before: ShardGroup, askedBy place: Int, node: UInt64) -> Bool {
    guard members.count == before.members.count, data == before.data, before.members.indices.contains(place),
      before.members[place] == Member(node: node, isInSync: true),
      term == before.term ? primary == before.primary && place == primary : term == before.term &+ 1 && term > 0
    else { return false }
    // A change of the term lets in no member that was not there.
    return term == before.term
      || members.indices.allSatisfy { !members[$0].isInSync || members[$0] == before.members[$0] }
  }
}

// term u32 · place of the primary u8 · n u8 · 2 zero bytes · data 16 B · n × (node u64, 1 if in sync u8). Little-endian.
extension ShardGroup {
  /// Reads a group and checks every rule of it.
  package init(from reader: inout ByteReader) throws(ByteError) {
    let start = reader.offset
    let term = try reader.read(UInt32.self)
    let (primary, count) = (Int(try reader.read(UInt8.self)), Int(try reader.read(UInt8.self)))
    guard try reader.read(UInt16.self) == 0 else { throw .outOfRange(offset: start + 6, field: "two bytes are zero") }
    let data = Array(try reader.readBytes(Self.dataByteCount))
    guard count <= Self.membersMax else { throw .outOfRange(offset: start + 5, field: "a shard has 1 to 8 members") }
    var members: [Member] = []
    for _ in 0..<count {
      let node = try reader.read(UInt64.self)
      let at = reader.offset
      let state = try reader.read(UInt8.self)
      guard state <= 1 else { throw .outOfRange(offset: at, field: "a member is in sync (1) or not (0)") }
      members.append(Member(node: node, isInSync: state == 1))
    }
    guard let group = ShardGroup(term: term, primary: primary, data: data, members: members) else {
      throw .outOfRange(offset: start, field: "a group has a term and a primary that is in sync")
    }
    self = group
  }

  /// Writes the group; equal groups have equal bytes.
  package func write(to writer: inout ByteWriter) {
    writer.write(term)
    writer.write(UInt8(truncatingIfNeeded: primary))
    writer.write(UInt8(truncatingIfNeeded: members.count))
    writer.write(0 as UInt16)
    writer.write(bytes: data)
    for member in members {
      writer.write(member.node)
      writer.write(member.isInSync ? 1 : 0 as UInt8)
    }
  }
}
