import Glibc
import Vocabulary

/// The file system of this machine.
package struct RealDisk: Disk {
  /// The file system of this machine.
  package init() {}

  package func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]? {
    do throws(DiskError) {
      return try Descriptor(path, O_RDONLY).readAll(limit: limit)
    } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  package func replace(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    let temporary = path + ".new"
    do throws(DiskError) {
      let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC)
      try file.writeAll(bytes, .write)
      try file.syncData()
    } catch {
      // The remains of the attempt only take room; a full disk needs it back.
      _ = unsafe unlink(temporary)
      throw error
    }
    try rename(temporary, to: path)
  }

  package func overwrite(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    let file = try Descriptor(path, O_WRONLY)
    try file.writeAll(bytes, .write)
    _ = try retrying(.write, path) { ftruncate(file.number, off_t(bytes.count)) }
    try file.syncData()
  }

  package func openForAppending(_ path: String) throws(DiskError) -> any AppendableFile {
    let descriptor = try Descriptor(path, O_WRONLY | O_CREAT | O_APPEND)
    let size = try descriptor.size()
    try syncDirectory(of: path)
    return RealAppendableFile(descriptor, count: size)
  }

  /// Makes a file that is not there yet, for appending.
  ///
  /// - Throws: `DiskError`, `isThere` if the path has something.
  package func makeNew(_ path: String) throws(DiskError) -> any AppendableFile {
    RealAppendableFile(try Descriptor(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND), count: 0)
  }

  /// Opens what is there for appending, be it a file, a device or a pipe.
  package func openExisting(_ path: String) throws(DiskError) -> any AppendableFile {
    let descriptor = try Descriptor(path, O_WRONLY | O_APPEND)
    let size = try descriptor.size()
    return RealAppendableFile(descriptor, count: size)
  }

  /// Removes an empty directory; does nothing if it is not there.
  package func removeDirectory(_ path: String) throws(DiskError) {
    do throws(DiskError) {
      _ = try retrying(.remove, path) { unsafe rmdir(path) }
    } catch {
      if error.isMissing { return }
      throw error
    }
    try syncDirectory(of: path)
  }

  package func makeZeroed(_ path: String, size: Int) throws(DiskError) {
    let temporary = path + ".new"
    do throws(DiskError) {
      let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC)
      let zeros = [UInt8](repeating: 0, count: min(size, 1 << 20))
      // Written, not only allocated: the first write to an allocated block would change the file's map of blocks.
      for start in stride(from: 0, to: size, by: max(zeros.count, 1)) {
        try file.writeAll(size - start < zeros.count ? Array(zeros.prefix(size - start)) : zeros, at: start)
      }
      try file.syncAll()
    } catch {
      _ = unsafe unlink(temporary)
      throw error
    }
    try rename(temporary, to: path)
  }

  package func openSized(_ path: String) throws(DiskError) -> any SizedFile {
    let descriptor = try Descriptor(path, O_WRONLY)
    let size = try descriptor.size()
    return RealSizedFile(descriptor, size: size)
  }

  package func openForReading(_ path: String) throws(DiskError) -> any OpenFile {
    let descriptor = try Descriptor(path, O_RDONLY)
    let size = try descriptor.size()
    return RealOpenFile(descriptor, size: size)
  }

  package func list(_ directory: String) throws(DiskError) -> [String] {
    var (opened, shortage) = (unsafe opendir(directory), DescriptorShortage())
    while unsafe opened == nil, shortage.hasWaited(errno) { unsafe opened = opendir(directory) }
    guard let stream = unsafe opened else { throw DiskError(.list, directory, code: errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      // SAFETY: d_name is a text that ends with a zero and stays valid until the next readdir on this stream.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw DiskError(.list, directory, code: errno) }
    return names.sorted()
  }

  package func makeDirectory(_ path: String) throws(DiskError) {
    if isDirectory(path) { return }
    let parent = parent(of: path)
    if parent != path { try makeDirectory(parent) }
    do throws(DiskError) {
      _ = try retrying(.makeDirectory, path) { unsafe mkdir(path, 0o700) }
    } catch {
      // Another process may have made it since.
      guard error.code == EEXIST, isDirectory(path) else { throw error }
    }
    try syncDirectory(of: path)
  }

  package func rename(_ path: String, to newPath: String) throws(DiskError) {
    _ = try retrying(.rename, path) { unsafe Glibc.rename(path, newPath) }
    try syncDirectory(of: newPath)
  }

  package func remove(_ path: String) throws(DiskError) {
    do throws(DiskError) {
      _ = try retrying(.remove, path) { unsafe unlink(path) }
    } catch {
      if error.isMissing { return }
      throw error
    }
    try syncDirectory(of: path)
  }

  package func lock(_ directory: String) throws(DiskError) -> any DirectoryLock {
    let descriptor = try Descriptor(directory, O_RDONLY | O_DIRECTORY)
    _ = try retrying(.lock, directory) { flock(descriptor.number, LOCK_EX | LOCK_NB) }
    return RealDirectoryLock(descriptor)
  }

  /// Takes the one lock that a file has, against other processes and against this one. What replaces the file later has a
  /// lock of its own.
  ///
  /// - Parameter isMade: Whether a file that is not there is made.
  /// - Throws: `DiskError`, `isLocked` if another owner has it.
  package func lock(file path: String, isMade: Bool) throws(DiskError) -> any DirectoryLock {
    while true {
      let descriptor = try Descriptor(path, isMade ? O_RDWR | O_CREAT : O_RDWR)
      _ = try retrying(.lock, path) { flock(descriptor.number, LOCK_EX | LOCK_NB) }
      // The file may have been replaced or removed since it was opened: the lock of what stands there counts.
      if FileIdentity(descriptor: descriptor.number) == FileIdentity(path) { return RealDirectoryLock(descriptor) }
    }
  }

  private func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private func syncDirectory(of path: String) throws(DiskError) {
    try Descriptor(parent(of: path), O_RDONLY | O_DIRECTORY).syncAll()
  }
}

/// A file opened with `O_APPEND`.
private final class RealAppendableFile: AppendableFile {
  private let descriptor: Descriptor
  private let size: Lock<Int>
  private let failure = LastingFailure()

  init(_ descriptor: consuming Descriptor, count: Int) {
    self.descriptor = descriptor
    size = Lock(count)
  }

  var count: Int { size.withLock { $0 } }

  func append(_ bytes: [UInt8]) throws(DiskError) {
    try failure.attempt { () throws(DiskError) in try descriptor.writeAll(bytes, .append) }
    size.withLock { $0 += bytes.count }
  }

  func sync() throws(DiskError) { try failure.attempt { () throws(DiskError) in try descriptor.syncData() } }
}

/// A file read with `pread`.
private final class RealOpenFile: OpenFile {
  private let descriptor: Descriptor
  let size: Int

  init(_ descriptor: consuming Descriptor, size: Int) {
    self.descriptor = descriptor
    self.size = size
  }

  func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    try descriptor.readPart(at: offset, count: count)
  }
}

/// A file written with `pwrite`.
private final class RealSizedFile: SizedFile {
  private let descriptor: Descriptor
  private let failure = LastingFailure()
  let size: Int

  init(_ descriptor: consuming Descriptor, size: Int) {
    self.descriptor = descriptor
    self.size = size
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(DiskError) {
    precondition(offset >= 0 && bytes.count <= size - offset, "bytes within the file")
    try failure.attempt { () throws(DiskError) in try descriptor.writeAll(bytes, at: offset) }
  }

  func sync() throws(DiskError) { try failure.attempt { () throws(DiskError) in try descriptor.syncData() } }

  var isInPlace: Bool { descriptor.isInPlace }
}

/// A directory or file held open under `flock`; the system gives the lock back when the process ends, however it ends.
private final class RealDirectoryLock: DirectoryLock {
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  func release() { flock(descriptor.number, LOCK_UN) }

  var isInPlace: Bool { descriptor.isInPlace }
}
