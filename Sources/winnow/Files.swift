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

  /// Makes the files of a directory that is read whole: none takes its place before all are on the disk, and the last,
  /// without which the directory is nothing, is the last to do so.
  static func write(_ directory: String, _ files: [(name: String, bytes: [UInt8])]) throws(Failure) {
    let disk = RealDisk()
    do throws(Failure) {
      for file in files { try write("\(directory)/\(file.name).part", file.bytes) }
    } catch {
      for file in files { try? disk.remove("\(directory)/\(file.name).part") }
      throw error
    }
    do throws(DiskError) {
      if let last = files.last { try disk.remove("\(directory)/\(last.name)") }
      for file in files { try disk.rename("\(directory)/\(file.name).part", to: "\(directory)/\(file.name)") }
    } catch {
      throw Failure(error)
    }
  }

  /// Whether a directory has a file of this name.
  static func isThere(_ name: String, in directory: String) throws(Failure) -> Bool {
    do throws(DiskError) { return try RealDisk().list(directory).contains(name) } catch { throw Failure(error) }
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
