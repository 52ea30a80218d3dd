import Bytes
import Storage
import Wire

/// The owner of a data directory: made once, with the directory's first use, and never changed but for `isStarted`.
struct ShardIdentity: Equatable {
  static let fileName = "identity"
  private static let format: UInt32 = 1
  private static let byteCount = 32

  /// The name of the shard's data in the cluster: a shard that kept its data has the same.
  let incarnation: Bytes16
  /// In each file of log and segments, so that no file of another directory is taken for one of this.
  let owner: UInt64
  /// Whether the log has been begun: from then on it has to be there.
  var isStarted: Bool

  init(incarnation: Bytes16, owner: UInt64) {
    (self.incarnation, self.owner, isStarted) = (incarnation, owner, false)
  }

  /// - Returns: `nil` for bytes that are no identity.
  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    do throws(ByteError) {
      let (format, flags) = (try reader.read(UInt32.self), try reader.read(UInt32.self))
      guard format == Self.format, flags <= 1 else { return nil }
      isStarted = flags == 1
      incarnation = try Bytes16(from: &reader)
      owner = try reader.read()
      try reader.finish()
    } catch { return nil }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: Self.byteCount)
    writer.write(Self.format)
    writer.write(isStarted ? 1 : 0 as UInt32)
    incarnation.write(to: &writer)
    writer.write(owner)
    return writer.bytes
  }

  static func file(in directory: DataDirectory) -> TwoGenerationFile {
    directory.twoGenerationFile(fileName, limit: byteCount)
  }
}
