import Arguments
import Storage
import Vocabulary

/// Whole files.
enum Files {
  /// The bytes of a file.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    guard let bytes = try readIfThere(path, limit: limit) else { throw Failure(.failed, "there is no \(path.visible)") }
    return bytes
  }

  /// The bytes of a file; `nil` if there is none.
  static func readIfThere(_ path: String, limit: Int) throws(Failure) -> [UInt8]? {
    do throws(DiskError) { return try RealDisk().read(path, limit: limit) } catch {
      throw Failure(error)
    }
  }

  /// Whether a directory has a file of this name.
  static func isThere(_ name: String, in directory: String) throws(Failure) -> Bool {
    do throws(DiskError) { return try RealDisk().list(directory).contains(name) } catch { throw Failure(error) }
  }

  /// Makes or replaces a file that only the program writes, and the directories above it that are missing. What a person
  /// names as an output is an `OutputFile`.
  static func write(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    try OutputFile(path, nil).finish(bytes)
  }
}
