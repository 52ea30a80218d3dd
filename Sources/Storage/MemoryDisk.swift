import Glibc
import Vocabulary

/// A disk in memory, the twin of `RealDisk`: it counts calls, fails the one it is told to, and can lose its power.
package final class MemoryDisk: Disk {
  /// How a call fails.
  package struct Fault: Sendable {
    /// The errno that the caller gets.
    package let code: Int32
    /// How many of its bytes `overwrite` or `append` still writes.
    package let bytesWritten: Int

    /// A failure with an errno, after some bytes.
    package init(code: Int32, bytesWritten: Int = 0) {
      self.code = code
      self.bytesWritten = bytesWritten
    }

    /// The disk is full.
    package static let full = Fault(code: ENOSPC)
    /// The disk is broken.
    package static let broken = Fault(code: EIO)
  }

  private struct State {
    var files: [String: [UInt8]] = [:]
    /// Bytes that survive a loss of power, where they are fewer than the file has.
    var durableCounts: [String: Int] = [:]
    var directories: Set<String> = ["/", "."]
    var locked: Set<String> = []
    var callCount = 0
    var faults: [Int: Fault] = [:]

    func requireDirectory(of path: String, _ operation: DiskError.Operation) throws(DiskError) {
      guard directories.contains(parent(of: path)) else { throw DiskError(operation, path, code: ENOENT) }
    }

    mutating func append(_ bytes: some Sequence<UInt8>, to path: String) {
      if durableCounts[path] == nil { durableCounts[path] = files[path]?.count ?? 0 }
      files[path, default: []] += bytes
    }
  }

  private let state = Lock(State())

  /// An empty disk with the directories `/` and `.`.
  package init() {}

  /// Calls made so far, failed ones included; those of its open files too.
  package var callCount: Int { state.withLock { $0.callCount } }

  /// Makes the call of this number fail; the first call ever is number 1.
  package func fail(call number: Int, _ fault: Fault) { state.withLock { $0.faults[number] = fault } }

  /// Loses what was appended and not synced, and every lock, as a loss of power does.
  package func losePower() {
    state.withLock { state in
      for (path, count) in state.durableCounts { state.files[path]?.removeSubrange(count...) }
      state.durableCounts = [:]
      state.locked = []
    }
  }

  package func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]? {
    try call(.read, path) { (state) throws(DiskError) in
      guard let bytes = state.files[path] else { return nil }
      guard bytes.count <= limit else { throw DiskError(.read, path, code: EFBIG) }
      return bytes
    }
  }

  package func replace(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    try call(.write, path) { (state) throws(DiskError) in
      try state.requireDirectory(of: path, .write)
      state.files[path] = bytes
      state.durableCounts[path] = nil
    }
  }

  package func overwrite(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    try call(.write, path) { (state) throws(DiskError) in
      guard state.files[path] != nil else { throw DiskError(.open, path, code: ENOENT) }
      state.files[path] = bytes
      state.durableCounts[path] = nil
    } whenFailing: { state, written in
      guard let old = state.files[path] else { return }
      state.files[path] = Array(bytes.prefix(written)) + old.dropFirst(written)
    }
  }

  package func openForAppending(_ path: String) throws(DiskError) -> any AppendableFile {
    try call(.open, path) { (state) throws(DiskError) in
      try state.requireDirectory(of: path, .open)
      state.files[path, default: []] += []
    }
    return MemoryAppendableFile(self, path)
  }

  package func list(_ directory: String) throws(DiskError) -> [String] {
    try call(.list, directory) { (state) throws(DiskError) in
      guard state.directories.contains(directory) else { throw DiskError(.list, directory, code: ENOENT) }
      let paths = Array(state.files.keys) + state.directories.filter { $0 != "/" && $0 != "." }
      return paths.filter { parent(of: $0) == directory }.map { String($0.split(separator: "/").last ?? "") }.sorted()
    }
  }

  package func makeDirectory(_ path: String) throws(DiskError) {
    try call(.makeDirectory, path) { (state) throws(DiskError) in
      var path = path
      while state.directories.insert(path).inserted { path = parent(of: path) }
    }
  }

  package func rename(_ path: String, to newPath: String) throws(DiskError) {
    try call(.rename, path) { (state) throws(DiskError) in
      guard let bytes = state.files.removeValue(forKey: path) else { throw DiskError(.rename, path, code: ENOENT) }
      state.files[newPath] = bytes
      state.durableCounts[newPath] = state.durableCounts.removeValue(forKey: path)
    }
  }

  package func remove(_ path: String) throws(DiskError) {
    try call(.remove, path) { (state) throws(DiskError) in
      state.files[path] = nil
      state.durableCounts[path] = nil
    }
  }

  package func lock(_ directory: String) throws(DiskError) -> any DirectoryLock {
    try call(.lock, directory) { (state) throws(DiskError) in
      guard state.directories.contains(directory) else { throw DiskError(.open, directory, code: ENOENT) }
      guard state.locked.insert(directory).inserted else { throw DiskError(.lock, directory, code: EWOULDBLOCK) }
    }
    return MemoryDirectoryLock(self, directory)
  }

  fileprivate func byteCount(of path: String) -> Int { state.withLock { $0.files[path]?.count ?? 0 } }

  fileprivate func append(_ bytes: [UInt8], to path: String) throws(DiskError) {
    try call(.append, path) { (state) throws(DiskError) in
      state.append(bytes, to: path)
    } whenFailing: { state, written in
      state.append(bytes.prefix(written), to: path)
    }
  }

  fileprivate func sync(_ path: String) throws(DiskError) {
    try call(.sync, path) { (state) throws(DiskError) in
      state.durableCounts[path] = nil
    }
  }

  fileprivate func unlock(_ directory: String) { state.withLock { _ = $0.locked.remove(directory) } }

  /// Counts a call and runs it under the lock, or the other body with the bytes still written if its fault is due.
  private func call<Result>(
    _ operation: DiskError.Operation, _ path: String, _ body: (inout State) throws(DiskError) -> Result,
    whenFailing: (inout State, Int) -> Void = { _, _ in }
  ) throws(DiskError) -> Result {
    try state.withLock { (state) throws(DiskError) in
      state.callCount += 1
      guard let fault = state.faults.removeValue(forKey: state.callCount) else { return try body(&state) }
      whenFailing(&state, fault.bytesWritten)
      throw DiskError(operation, path, code: fault.code)
    }
  }
}

/// A file of a disk in memory, opened for appending.
private final class MemoryAppendableFile: AppendableFile {
  private let disk: MemoryDisk
  private let path: String
  private let failure = Lock<DiskError?>(nil)

  init(_ disk: MemoryDisk, _ path: String) {
    self.disk = disk
    self.path = path
  }

  var count: Int { disk.byteCount(of: path) }

  func append(_ bytes: [UInt8]) throws(DiskError) {
    try attempt { () throws(DiskError) in try disk.append(bytes, to: path) }
  }

  func sync() throws(DiskError) { try attempt { () throws(DiskError) in try disk.sync(path) } }

  private func attempt(_ call: () throws(DiskError) -> Void) throws(DiskError) {
    try failure.withLock { (failure) throws(DiskError) in
      if let failure { throw failure }
      do throws(DiskError) { try call() } catch {
        failure = error
        throw error
      }
    }
  }
}

/// The lock of a directory in memory.
private final class MemoryDirectoryLock: DirectoryLock {
  private let disk: MemoryDisk
  private let directory: String
  private let isHeld = Lock(true)

  init(_ disk: MemoryDisk, _ directory: String) {
    self.disk = disk
    self.directory = directory
  }

  deinit { release() }

  func release() {
    let held = isHeld.withLock { held in
      defer { held = false }
      return held
    }
    if held { disk.unlock(directory) }
  }
}
