import Glibc
import Vocabulary

/// A disk in memory, the twin of `RealDisk`: it counts calls, fails those it is told to, flips bits, and can lose its power.
package final class MemoryDisk: Disk {
  /// How a call fails.
  package struct Fault: Sendable {
    /// The errno that the caller gets.
    package let code: Int32
    /// How many of its bytes `overwrite`, `append` or a write within a file still writes.
    package let bytesWritten: Int
    /// Whether a call that happens wholly or not at all has happened although it fails.
    package let isDone: Bool

    /// A failure with an errno.
    package init(code: Int32, bytesWritten: Int = 0, isDone: Bool = false) {
      self.code = code
      self.bytesWritten = bytesWritten
      self.isDone = isDone
    }

    /// The disk is full.
    package static let full = Fault(code: ENOSPC)
    /// The disk is broken.
    package static let broken = Fault(code: EIO)
  }

  private struct State {
    var files: [String: MemoryFile] = [:]
    var directories: Set<String> = ["/", "."]
    var locked: Set<String> = []
    var callCount = 0
    var faults: [Int: Fault] = [:]
    /// From which call on all fail, as when the power is gone.
    var lastFault: (from: Int, fault: Fault)?

    /// Bytes that all files together may have; `nil`: any number.
    var capacity: Int?

    /// Refuses what would make a file longer than the disk has room for.
    func requireRoom(for size: Int, of path: String, _ operation: DiskError.Operation) throws(DiskError) {
      guard let capacity else { return }
      let present = files[path]?.bytes.count ?? 0
      guard size > present else { return }
      let total = files.values.reduce(size - present) { $0 + $1.bytes.count }
      guard total <= capacity else { throw DiskError(operation, path, code: ENOSPC) }
    }

    func requireDirectory(of path: String, _ operation: DiskError.Operation) throws(DiskError) {
      guard directories.contains(parent(of: path)) else { throw DiskError(operation, path, code: ENOENT) }
    }

    mutating func nextFault() -> Fault? {
      callCount += 1
      if let lastFault, callCount >= lastFault.from {
        // Only the first of them can have done something.
        return callCount == lastFault.from ? lastFault.fault : Fault(code: lastFault.fault.code)
      }
      return faults.removeValue(forKey: callCount)
    }
  }

  private let state = Lock(State())

  /// An empty disk with the directories `/` and `.`.
  package init() {}

  /// Calls made so far, failed ones included; those of its open files too.
  package var callCount: Int { state.withLock { $0.callCount } }

  /// Makes the call of this number fail; the first call ever is number 1.
  package func fail(call number: Int, _ fault: Fault) { state.withLock { $0.faults[number] = fault } }

  /// Makes the call of this number fail, and all after it until the power comes back.
  package func failAll(from number: Int, _ fault: Fault) { state.withLock { $0.lastFault = (number, fault) } }

  /// Limits all files of the disk together to `bytes` bytes, `nil` for no limit; what is there stays.
  package func setCapacity(_ bytes: Int?) { state.withLock { $0.capacity = bytes } }

  /// Lets all files of the disk together grow by `bytes` bytes and no more.
  package func leaveRoom(for bytes: Int) {
    state.withLock { $0.capacity = $0.files.values.reduce(bytes) { $0 + $1.bytes.count } }
  }

  /// Loses what was written and not synced, and every lock, as a loss of power does; then the power is back.
  package func losePower() { losePower { $0.losePower() } }

  /// Loses power, and of what was written and not synced those sectors that `isKept` does not keep, file after file in
  /// the order of their names.
  package func losePower(isKept: () -> Bool) { losePower { $0.losePower(isKept: isKept) } }

  /// Loses locks and planned faults, as the death of the process does; what was written stays.
  package func restart() {
    state.withLock { state in
      state.locked = []
      state.faults = [:]
      state.lastFault = nil
    }
  }

  private func losePower(_ lose: (inout MemoryFile) -> Void) {
    state.withLock { state in
      for path in state.files.keys.sorted() {
        guard var file = state.files[path] else { continue }
        lose(&file)
        state.files[path] = file
      }
    }
    restart()
  }

  /// Every file, by path in ascending order, with its size.
  package var sizes: [(path: String, size: Int)] {
    state.withLock { state in state.files.keys.sorted().map { ($0, state.files[$0]?.bytes.count ?? 0) } }
  }

  /// Turns one bit of a file over, durably.
  package func flip(bit: Int, of path: String) {
    state.withLock { state in
      guard var bytes = state.files[path]?.bytes, bit / 8 < bytes.count else { return }
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      state.files[path] = MemoryFile(bytes)
    }
  }

  /// A disk with the same durable files.
  package func copy() -> MemoryDisk {
    let copy = MemoryDisk()
    let (files, directories) = state.withLock { ($0.files, $0.directories) }
    copy.state.withLock { state in
      state.files = files
      state.directories = directories
    }
    return copy
  }

  package func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]? {
    try call(.read, path) { (state) throws(DiskError) in
      guard let bytes = state.files[path]?.bytes else { return nil }
      guard bytes.count <= limit else { throw DiskError(.read, path, code: EFBIG) }
      return bytes
    }
  }

  package func replace(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    try wholeCall(.write, path) { (state) throws(DiskError) in
      try state.requireDirectory(of: path, .write)
      try state.requireRoom(for: bytes.count, of: path, .write)
      state.files[path] = MemoryFile(bytes)
    }
  }

  package func overwrite(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    try call(.write, path) { (state) throws(DiskError) in
      guard state.files[path] != nil else { throw DiskError(.open, path, code: ENOENT) }
      state.files[path] = MemoryFile(bytes)
    } whenFailing: { state, fault in
      guard let old = state.files[path]?.bytes else { return }
      state.files[path] = MemoryFile(Array(bytes.prefix(fault.bytesWritten)) + old.dropFirst(fault.bytesWritten))
    }
  }

  package func openForAppending(_ path: String) throws(DiskError) -> any AppendableFile {
    try call(.open, path) { (state) throws(DiskError) in
      try state.requireDirectory(of: path, .open)
      if state.files[path] == nil { state.files[path] = MemoryFile([]) }
    }
    return MemoryOpenFile(self, path)
  }

  package func makeZeroed(_ path: String, size: Int) throws(DiskError) {
    try wholeCall(.write, path) { (state) throws(DiskError) in
      try state.requireDirectory(of: path, .write)
      try state.requireRoom(for: size, of: path, .write)
      state.files[path] = MemoryFile([UInt8](repeating: 0, count: size))
    }
  }

  package func openSized(_ path: String) throws(DiskError) -> any SizedFile {
    try call(.open, path) { (state) throws(DiskError) in
      guard state.files[path] != nil else { throw DiskError(.open, path, code: ENOENT) }
    }
    return MemoryOpenFile(self, path)
  }

  package func openForReading(_ path: String) throws(DiskError) -> any OpenFile {
    try call(.open, path) { (state) throws(DiskError) in
      guard state.files[path] != nil else { throw DiskError(.open, path, code: ENOENT) }
    }
    return MemoryOpenFile(self, path)
  }

  package func list(_ directory: String) throws(DiskError) -> [String] {
    try call(.list, directory) { (state) throws(DiskError) in
      guard state.directories.contains(directory) else { throw DiskError(.list, directory, code: ENOENT) }
      let paths = Array(state.files.keys) + state.directories.filter { $0 != "/" && $0 != "." }
      return paths.filter { parent(of: $0) == directory }.map { String($0.split(separator: "/").last ?? "") }.sorted()
    }
  }

  package func makeDirectory(_ path: String) throws(DiskError) {
    try wholeCall(.makeDirectory, path) { (state) throws(DiskError) in
      var path = path
      while state.directories.insert(path).inserted { path = parent(of: path) }
    }
  }

  package func rename(_ path: String, to newPath: String) throws(DiskError) {
    try wholeCall(.rename, path) { (state) throws(DiskError) in
      guard let file = state.files.removeValue(forKey: path) else { throw DiskError(.rename, path, code: ENOENT) }
      state.files[newPath] = file
    }
  }

  package func remove(_ path: String) throws(DiskError) {
    try wholeCall(.remove, path) { (state) throws(DiskError) in state.files[path] = nil }
  }

  package func lock(_ directory: String) throws(DiskError) -> any DirectoryLock {
    try call(.lock, directory) { (state) throws(DiskError) in
      guard state.directories.contains(directory) else { throw DiskError(.open, directory, code: ENOENT) }
      guard state.locked.insert(directory).inserted else { throw DiskError(.lock, directory, code: EWOULDBLOCK) }
    }
    return MemoryDirectoryLock(self, directory)
  }

  fileprivate func has(_ path: String) -> Bool {
    state.withLock { $0.files[path] != nil || $0.directories.contains(path) }
  }

  fileprivate func byteCount(of path: String) -> Int { state.withLock { $0.files[path]?.bytes.count ?? 0 } }

  fileprivate func write(
    _ bytes: [UInt8], to path: String, at offset: Int?, _ operation: DiskError.Operation
  ) throws(DiskError) {
    try call(operation, path) { (state) throws(DiskError) in
      let end = (offset ?? state.files[path]?.bytes.count ?? 0) + bytes.count
      try state.requireRoom(for: end, of: path, operation)
      state.files[path]?.write(bytes, at: offset)
    } whenFailing: { state, fault in
      state.files[path]?.write(bytes.prefix(fault.bytesWritten), at: offset)
    }
  }

  fileprivate func read(_ path: String, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    try call(.read, path) { (state) throws(DiskError) in
      Array((state.files[path]?.bytes ?? []).dropFirst(offset).prefix(count))
    }
  }

  fileprivate func sync(_ path: String) throws(DiskError) {
    try call(.sync, path) { (state) throws(DiskError) in state.files[path]?.sync() }
  }

  fileprivate func unlock(_ directory: String) { state.withLock { _ = $0.locked.remove(directory) } }

  /// Counts a call and runs it under the lock, or the other body if its fault is due.
  private func call<Result>(
    _ operation: DiskError.Operation, _ path: String, _ body: (inout State) throws(DiskError) -> Result,
    whenFailing: (inout State, Fault) -> Void = { _, _ in }
  ) throws(DiskError) -> Result {
    try state.withLock { (state) throws(DiskError) in
      guard let fault = state.nextFault() else { return try body(&state) }
      whenFailing(&state, fault)
      throw DiskError(operation, path, code: fault.code)
    }
  }

  /// A call that happens wholly or not at all, even if it fails.
  private func wholeCall(
    _ operation: DiskError.Operation, _ path: String, _ body: (inout State) throws(DiskError) -> Void
  ) throws(DiskError) {
    try state.withLock { (state) throws(DiskError) in
      let fault = state.nextFault()
      if fault?.isDone ?? true { try body(&state) }
      if let fault { throw DiskError(operation, path, code: fault.code) }
    }
  }
}

/// An open file of a disk in memory.
private final class MemoryOpenFile: OpenFile, AppendableFile, SizedFile {
  private let disk: MemoryDisk
  private let path: String
  private let failure = LastingFailure()
  let size: Int

  init(_ disk: MemoryDisk, _ path: String) {
    self.disk = disk
    self.path = path
    size = disk.byteCount(of: path)
  }

  var count: Int { disk.byteCount(of: path) }

  func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    try disk.read(path, at: offset, count: count)
  }

  func append(_ bytes: [UInt8]) throws(DiskError) {
    try failure.attempt { () throws(DiskError) in try disk.write(bytes, to: path, at: nil, .append) }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(DiskError) {
    precondition(offset >= 0 && bytes.count <= size - offset, "bytes within the file")
    try failure.attempt { () throws(DiskError) in try disk.write(bytes, to: path, at: offset, .write) }
  }

  func sync() throws(DiskError) { try failure.attempt { () throws(DiskError) in try disk.sync(path) } }

  var isInPlace: Bool { disk.has(path) }
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

  var isInPlace: Bool { disk.has(directory) }
}
