/// The directory in which one process keeps what must outlive it; locked, so that two processes never share one.
package struct DataDirectory: Sendable {
  /// Where it is.
  package let path: String
  /// The disk it is on.
  package let disk: any Disk
  private let lock: any DirectoryLock

  /// Makes the directory if it is not there and locks it for as long as this value or a copy of it lives.
  ///
  /// - Throws: `DiskError`, `isLocked` if another process uses the directory.
  package init(_ path: String, on disk: any Disk) throws(DiskError) {
    try disk.makeDirectory(path)
    lock = try disk.lock(path)
    self.path = path
    self.disk = disk
  }

  /// The path of a file in the directory.
  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// A small value in the directory, kept in two generations.
  package func twoGenerationFile(_ name: String, limit: Int) -> TwoGenerationFile {
    TwoGenerationFile(disk: disk, path: file(name), limit: limit)
  }

  /// Gives the directory to the next process; nothing may be written to it afterwards.
  package func unlock() { lock.release() }
}
