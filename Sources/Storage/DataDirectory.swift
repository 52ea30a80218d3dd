import Vocabulary

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
    TwoGenerationFile(disk: disk, path: file(name), limit: limit, directory: self)
  }

  // MARK: The directory itself

  /// Whether the path still leads to the directory that was locked.
  package var isInPlace: Bool { lock.isInPlace }

  /// Makes sure that what is written by the directory's path comes into the directory that was locked.
  ///
  /// - Throws: `.gone`.
  func requireInPlace() throws(StorageError) { guard isInPlace else { throw .gone(path: path) } }

  /// A line of text that names the node to which the directory belongs.
  private static let ownerFile = "owner"
  private static let ownerBytesMax = 256

  /// Names of files by which the directory of a role is told even without the line.
  private static let marks = [(file: "identity.", owner: "a shard"), (file: "shard-map.", owner: "a coordinator")]

  /// The node to which the directory belongs, in words; `nil`: none is known.
  private func owner() throws(DiskError) -> String? {
    do throws(DiskError) {
      if let line = try disk.read(file(Self.ownerFile), limit: Self.ownerBytesMax) {
        return String(decoding: line.prefix { $0 != 0x0A }, as: UTF8.self).visible
      }
    } catch { guard error.isTooLarge else { throw error } }
    let names = try disk.list(path)
    for mark in Self.marks {
      if let name = names.first(where: { $0.hasPrefix(mark.file) }) { return "\(mark.owner), as \(name) tells" }
    }
    return nil
  }

  /// Notes to which node the directory belongs, for the next one that is started on it, and for people.
  package func note(owner: String) throws(DiskError) {
    guard isInPlace, try self.owner() != owner else { return }
    try disk.replace(file(Self.ownerFile), with: Array("\(owner)\n".utf8))
  }

  /// A file that a node has not left which uses the directory for the first time, and the node that has, if that is known.
  ///
  /// - Parameter own: How the names begin of files that a crash of the very first start can have left.
  package func stranger(besides own: String) throws(DiskError) -> (file: String, owner: String?)? {
    // File systems have a directory of their own in their roots.
    guard let file = try disk.list(path).first(where: { !$0.hasPrefix(own) && $0 != "lost+found" }) else { return nil }
    return (file, try owner())
  }

  /// Gives the directory to the next process; nothing may be written to it afterwards.
  package func unlock() { lock.release() }
}
