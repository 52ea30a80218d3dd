import Bytes
import Storage
import Vocabulary
import Wire

/// The highest revisions that a coordinator has told the shard, in its directory: they tell an older copy of the
/// coordinator's directory from the newest one.
final class ToldRevisions: Sendable {
  private static let format: UInt8 = 1
  private static let byteCount = 17

  private let file: TwoGenerationFile?
  private let state: Lock<Revisions>

  /// Reads what the directory has. What cannot be read is not known: another shard knows it.
  ///
  /// - Parameter directory: `nil`: the shard keeps everything in memory.
  init(_ directory: DataDirectory?) {
    file = directory?.twoGenerationFile("told", limit: Self.byteCount)
    state = Lock((try? file?.read()).flatMap { Self.revisions($0.bytes) } ?? Revisions())
  }

  private static func revisions(_ bytes: [UInt8]) -> Revisions? {
    var reader = ByteReader(bytes[...])
    guard (try? reader.read(UInt8.self)) == format, let catalogue = try? reader.read(UInt64.self),
      let plan = try? reader.read(UInt64.self)
    else { return nil }
    return Revisions(catalogue: catalogue, plan: plan)
  }

  /// Keeps what is higher than before, on disk first. Blocks while the disk writes.
  ///
  /// - Returns: What is kept; after a failure of the disk what was kept before.
  func take(_ revisions: Revisions) -> Revisions {
    state.withLock { state in
      let new = state.joined(with: revisions)
      guard new != state else { return state }
      var writer = ByteWriter(reservingCapacity: Self.byteCount)
      writer.write(Self.format)
      writer.write(new.catalogue)
      writer.write(new.plan)
      do throws(StorageError) { _ = try file?.write(writer.bytes) } catch { return state }
      state = new
      return new
    }
  }
}
