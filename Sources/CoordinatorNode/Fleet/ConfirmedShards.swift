package import Vocabulary
package import Wire

/// What shards have confirmed, and the number of this coordinator: by it a shard whose directory is an older copy is told
/// from one that has all it had (`proto-spec/08-files/coordinator.md`).
package struct ConfirmedShards: Equatable, Sendable {
  /// One shard.
  package struct Entry: Equatable, Sendable {
    /// Of its data, as the shard says it.
    package var incarnation: Bytes16
    /// What the catalogue calls this data: the incarnation, or another name since the data was found to be older.
    package var name: Bytes16
    /// The highest of its shard map.
    package var epoch: Epoch
    /// The highest of its log.
    package var position: UInt64

    /// What is known of a shard's data.
    package init(incarnation: Bytes16, name: Bytes16, epoch: Epoch, position: UInt64) {
      (self.incarnation, self.name, self.epoch, self.position) = (incarnation, name, epoch, position)
    }

    /// Whether the data has been found to be older than it was.
    package var isOlder: Bool { name != incarnation }
  }

  /// The number of the coordinator that wrote this, or of the one that has displaced it.
  package var claim: UInt64 = 0
  /// Added to the revisions of catalogue and plan in this directory, so that they go on where an earlier one ended.
  package var revisionsBefore = Revisions()
  /// The revisions by which shards have shown that catalogue or plan are older than they were; 0: they are not.
  package var overtaken = Revisions()
  /// By shard.
  package private(set) var entries: [ShardID: Entry] = [:]

  /// Nothing is confirmed.
  package init() {}

  /// The number of a coordinator that starts now: greater than that of every one that this directory knows of.
  ///
  /// - Parameters:
  ///   - milliseconds: Since 1970, so that of two coordinators on copies of a directory the later one has the greater.
  ///   - random: So that no two have the same.
  package mutating func takeClaim(milliseconds: UInt64, random: UInt64) {
    let termMax = UInt64.max >> Self.randomBits
    let term = min(max(milliseconds, (claim >> Self.randomBits) + 1), termMax)
    claim = term << Self.randomBits | random >> (64 - Self.randomBits)
  }

  /// The lower bits of a claim.
  private static let randomBits: UInt64 = 20

  /// A shard has been connected to.
  ///
  /// - Parameters:
  ///   - position: `nil`: it keeps no log, or is of an earlier version.
  ///   - wasComplete: Whether the catalogue counts this data as complete for a generation, asked if other data was
  ///     there last.
  ///   - newName: For data that is older than it was.
  /// - Returns: Whether the data is older than it was.
  package mutating func meet(
    _ shard: ShardID, _ incarnation: Bytes16, _ epoch: Epoch, _ position: UInt64?, wasComplete: () -> Bool,
    newName: () -> Bytes16
  ) -> Bool {
    let before = entries[shard]
    let isOlder =
      switch before {
      case nil: false
      case let entry? where entry.incarnation == incarnation:
        epoch < entry.epoch || position.map { $0 < entry.position } ?? false
      // The data that was there before the data that was there last: it has missed what was written meanwhile.
      case _?: wasComplete()
      }
    let known = before?.incarnation == incarnation ? before : nil
    entries[shard] = Entry(
      incarnation: incarnation, name: isOlder ? newName() : known?.name ?? incarnation, epoch: epoch,
      position: position ?? known?.position ?? 0)
    return isOlder
  }

  /// A shard has confirmed more.
  package mutating func confirm(
    _ shard: ShardID, _ incarnation: Bytes16, epoch: Epoch = Epoch(0), position: UInt64 = 0
  ) {
    guard let entry = entries[shard], entry.incarnation == incarnation else { return }
    entries[shard]?.epoch = max(entry.epoch, epoch)
    entries[shard]?.position = max(entry.position, position)
  }

  /// The data of a shard has another name.
  mutating func rename(_ shard: ShardID, _ name: Bytes16) { entries[shard]?.name = name }

  /// A shard has left the map.
  package mutating func forget(_ shard: ShardID) { entries[shard] = nil }
}

extension ConfirmedShards {
  /// Format 1 has no revisions: it is written where there is nothing to say of them.
  private static let formats: ClosedRange<UInt8> = 1...2

  /// Reads what `bytes` wrote.
  package init(bytes: [UInt8]) throws(WireError) {
    var reader = BodyReader(bytes[...])
    let format = try reader.integer(in: Self.formats)
    claim = try reader.integer()
    if format > 1 {
      revisionsBefore = Revisions(catalogue: try reader.integer(), plan: try reader.integer())
      overtaken = Revisions(catalogue: try reader.integer(), plan: try reader.integer())
    }
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 46, limit: Limits.shardsMax)) {
      let shard = ShardID(try reader.integer())
      let (incarnation, name) = (try reader.bytes16(), try reader.bytes16())
      entries[shard] = Entry(
        incarnation: incarnation, name: name, epoch: Epoch(try reader.integer()), position: try reader.integer())
    }
    try reader.finish()
  }

  /// As it is kept; equal values have equal bytes.
  package var bytes: [UInt8] {
    var writer = BodyWriter()
    let hasRevisions = revisionsBefore != Revisions() || overtaken != Revisions()
    writer.write(hasRevisions ? Self.formats.upperBound : Self.formats.lowerBound)
    writer.write(claim)
    if hasRevisions {
      writer.write(array: [revisionsBefore.catalogue, revisionsBefore.plan, overtaken.catalogue, overtaken.plan])
    }
    writer.write(UInt16(entries.count))
    for (shard, entry) in entries.sorted(by: { $0.key < $1.key }) {
      writer.write(shard.rawValue)
      writer.write(entry.incarnation)
      writer.write(entry.name)
      writer.write(entry.epoch.rawValue)
      writer.write(entry.position)
    }
    return writer.body.bytes
  }
}
