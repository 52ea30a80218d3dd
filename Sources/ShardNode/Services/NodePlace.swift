import Vocabulary
import Wire

/// Where a shard is, as errors name it for the person who makes room there.
struct NodePlace: Sendable {
  /// Empty if it is not known.
  let address: String
  let directory: String

  /// The node in words.
  func words(_ shard: ShardID?) -> String {
    (shard.map { "shard \($0.rawValue)" } ?? "a shard") + (address.isEmpty ? "" : " at \(address)")
  }

  /// STORAGE_FULL with what the person has to know.
  ///
  /// - Parameter takesDeletions: Whether changes that free room still pass.
  func storageFull(_ error: WireError, _ shard: ShardID?, takesDeletions: Bool) -> WireError {
    var error = error
    error.shard = shard.map { UInt32($0.rawValue) }
    error.message =
      "\(words(shard)): the disk of \(directory) has no room for the next file of the log, 64 MiB; "
      + (takesDeletions ? "deletions pass" : "not even deletions pass")
    return error
  }
}
