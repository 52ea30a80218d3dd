import Arguments
import Storage

/// Whole files.
enum Files {
  /// The bytes of a file.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    guard let bytes = try readIfThere(path, limit: limit) else { throw Failure(.failed, "there is no \(path)") }
    return bytes
  }

  /// The bytes of a file; `nil` if there is none.
  static func readIfThere(_ path: String, limit: Int) throws(Failure) -> [UInt8]? {
    do throws(DiskError) { return try RealDisk().read(path, limit: limit) } catch {
      throw Failure(error)
    }
  }

  /// Makes a file, and the directories above it that are missing.
  static func write(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    do throws(DiskError) {
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try RealDisk().makeDirectory(String(path[..<slash]))
      }
      try RealDisk().replace(path, with: bytes)
    } catch {
      throw Failure(error)
    }
  }
}
