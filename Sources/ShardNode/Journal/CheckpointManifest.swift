import Bytes
import Storage

/// Which checkpoint counts: the last record that is in it, and the segment that names everything else.
struct CheckpointManifest: Equatable, Sendable {
  static let byteCount = 4 + 8 + 8 + StoredSegment.byteCount
  private static let format: UInt32 = 1

  /// The last record of the log whose change is in the checkpoint.
  let sequence: UInt64
  let state: StoredSegment
  /// The shard that owns it; a shard refuses another shard's manifest.
  let owner: UInt64

  init(sequence: UInt64, state: StoredSegment, owner: UInt64) {
    (self.sequence, self.state, self.owner) = (sequence, state, owner)
  }

  /// - Returns: `nil` for bytes that are no manifest.
  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    do throws(ByteError) {
      guard try reader.read(UInt32.self) == Self.format else { return nil }
      owner = try reader.read()
      sequence = try reader.read()
      state = try StoredSegment(from: &reader)
      try reader.finish()
    } catch { return nil }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: Self.byteCount)
    writer.write(Self.format)
    writer.write(owner)
    writer.write(sequence)
    state.write(to: &writer)
    return writer.bytes
  }
}

/// A segment of a checkpoint: its number and what it has to hold.
struct StoredSegment: Hashable, Sendable {
  static let byteCount = 8 + 8 + 8 + ContentHash.byteCount

  let number: UInt64
  let digest: SegmentDigest

  init(number: UInt64, digest: SegmentDigest) { (self.number, self.digest) = (number, digest) }

  init(from reader: inout ByteReader) throws(ByteError) {
    number = try reader.read()
    digest = SegmentDigest(
      blocks: try reader.read(), rows: try reader.read(), hash: Array(try reader.readBytes(ContentHash.byteCount)))
  }

  func write(to writer: inout ByteWriter) {
    writer.write(number)
    writer.write(digest.blocks)
    writer.write(digest.rows)
    writer.write(bytes: digest.hash)
  }
}
