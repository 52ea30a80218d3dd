import Glibc

/// An open file of the system, closed when it goes away.
struct Descriptor: ~Copyable, Sendable {
  let number: Int32
  let path: String

  /// Opens a file or directory; never inherited by other programs.
  init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(DiskError) {
    number = Int32(try retrying(.open, path) { unsafe open(path, flags | O_CLOEXEC, mode) })
    self.path = path
  }

  // A failing close has nothing left to say: a caller that needs the bytes has synced them.
  deinit { close(number) }

  /// Whether the path still leads to this file or directory.
  var isInPlace: Bool { FileIdentity(descriptor: number) == FileIdentity(path) }

  /// The size of the file in bytes.
  func size() throws(DiskError) -> Int {
    var status = stat()
    _ = try retrying(.read, path) { unsafe fstat(number, &status) }
    return Int(status.st_size)
  }

  /// Reads from the present position to the end.
  func readAll(limit: Int) throws(DiskError) -> [UInt8] {
    let size = try size()
    guard size <= limit else { throw DiskError(.read, path, code: EFBIG) }
    // One byte more than the file says it has, so that the read after the last byte finds the end.
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var filled = 0
    while true {
      let (start, room) = (filled, bytes.count - filled)
      let count = try retrying(.read, path) {
        // SAFETY: `room` bytes are left in the array behind `start`.
        unsafe bytes.withUnsafeMutableBytes { unsafe read(number, $0.baseAddress.map { unsafe $0 + start }, room) }
      }
      guard count > 0 else { break }
      filled += count
      guard filled <= limit else { throw DiskError(.read, path, code: EFBIG) }
      if filled == bytes.count { bytes.append(contentsOf: repeatElement(0, count: min(filled, limit - filled) + 1)) }
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// Reads bytes at a place, fewer at the end of the file.
  func readPart(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let start = filled
      let more = try retrying(.read, path) {
        // SAFETY: `count - start` bytes are left in the array behind `start`.
        unsafe bytes.withUnsafeMutableBytes {
          unsafe pread(number, $0.baseAddress.map { unsafe $0 + start }, count - start, off_t(offset + start))
        }
      }
      guard more > 0 else { break }
      filled += more
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// Writes all bytes, however many calls it takes.
  func writeAll(_ bytes: [UInt8], _ operation: DiskError.Operation) throws(DiskError) {
    var written = 0
    while written < bytes.count {
      let start = written
      let count = try retrying(operation, path) {
        // SAFETY: `start` is below the count of the array, whose rest is passed.
        unsafe bytes.withUnsafeBytes {
          unsafe write(number, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
        }
      }
      // A regular file takes at least one byte or says why not.
      guard count > 0 else { throw DiskError(operation, path, code: EIO) }
      written += count
    }
  }

  /// Writes all bytes at a place, however many calls it takes.
  func writeAll(_ bytes: [UInt8], at offset: Int) throws(DiskError) {
    var written = 0
    while written < bytes.count {
      let start = written
      let count = try retrying(.write, path) {
        // SAFETY: `start` is below the count of the array, whose rest is passed.
        unsafe bytes.withUnsafeBytes {
          unsafe pwrite(number, $0.baseAddress.map { unsafe $0 + start }, $0.count - start, off_t(offset + start))
        }
      }
      guard count > 0 else { throw DiskError(.write, path, code: EIO) }
      written += count
    }
  }

  /// Returns when the bytes of the file, and its size, are durable.
  func syncData() throws(DiskError) { _ = try retrying(.sync, path) { fdatasync(number) } }

  /// Returns when the names of a directory are durable.
  func syncAll() throws(DiskError) { _ = try retrying(.sync, path) { fsync(number) } }
}

/// Repeats a system call that a signal interrupted, or for which no descriptor was free for a moment, and turns a failed
/// one into an error.
func retrying(
  _ operation: DiskError.Operation, _ path: String, _ call: () -> some FixedWidthInteger & SignedInteger
) throws(DiskError) -> Int {
  var shortage = DescriptorShortage()
  while true {
    let result = call()
    if result >= 0 { return Int(result) }
    guard errno == EINTR || shortage.hasWaited(errno) else { throw DiskError(operation, path, code: errno) }
  }
}

/// Waits while all descriptors of the process or of the machine are in use: others give theirs back. 5 s at most.
struct DescriptorShortage {
  private var triesLeft = 100

  /// Waits for a moment if there was no descriptor.
  ///
  /// - Returns: Whether the call is to be made again.
  mutating func hasWaited(_ code: Int32) -> Bool {
    guard code == EMFILE || code == ENFILE, triesLeft > 0 else { return false }
    triesLeft -= 1
    usleep(50_000)
    return true
  }
}
