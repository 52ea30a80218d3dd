/// What Winnow asks of a file system; passed in, so that tests can own it and break it.
///
/// Calls block. Paths are absolute or relative to the process, with `/` between their parts.
package protocol Disk: Sendable {
  /// Reads a whole file.
  ///
  /// - Returns: `nil` if there is no such file.
  /// - Throws: `DiskError`, `isTooLarge` if the file has more than `limit` bytes; at most `limit` are ever held.
  func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]?

  /// Makes a file with these bytes, or puts them in the place of the old file, in one step: after a crash the file has
  /// the old bytes or the new ones. Durable on return.
  func replace(_ path: String, with bytes: [UInt8]) throws(DiskError)

  /// Writes over an existing file from its start and cuts it behind the last byte. Durable on return; a crash before
  /// that can leave anything.
  func overwrite(_ path: String, with bytes: [UInt8]) throws(DiskError)

  /// Opens a file for appending and makes it, durably, if it is not there.
  func openForAppending(_ path: String) throws(DiskError) -> any AppendableFile

  /// Makes a file of `size` zeros, with its room taken on the disk, or leaves no trace of it. Durable on return.
  func makeZeroed(_ path: String, size: Int) throws(DiskError)

  /// Opens an existing file for writing anywhere within the size that it has.
  func openSized(_ path: String) throws(DiskError) -> any SizedFile

  /// Opens an existing file for reading anywhere.
  func openForReading(_ path: String) throws(DiskError) -> any OpenFile

  /// The names in a directory, ascending.
  func list(_ directory: String) throws(DiskError) -> [String]

  /// Makes a directory, durably, and those above it that are missing; does nothing if it is there.
  func makeDirectory(_ path: String) throws(DiskError)

  /// Gives a file another name in the same directory, in place of a file that has it. Durable on return.
  func rename(_ path: String, to newPath: String) throws(DiskError)

  /// Removes a file, durably; does nothing if it is not there.
  func remove(_ path: String) throws(DiskError)

  /// Takes the one lock that a directory has, against other processes and against this one.
  ///
  /// - Throws: `DiskError`, `isLocked` if another owner holds it.
  func lock(_ directory: String) throws(DiskError) -> any DirectoryLock
}

/// A file that only grows, written by one owner.
package protocol AppendableFile: AnyObject, Sendable {
  /// Bytes in the file, those not yet durable included.
  var count: Int { get }

  /// Adds bytes at the end; they are durable after `sync`.
  ///
  /// - Throws: `DiskError`. A file that has failed once fails for ever, because what the disk holds is unknown then:
  ///   a second `sync` may succeed although the bytes of the first are lost.
  func append(_ bytes: [UInt8]) throws(DiskError)

  /// Returns when all bytes appended so far are durable.
  func sync() throws(DiskError)
}

/// A file that is read in parts.
package protocol OpenFile: AnyObject, Sendable {
  /// Bytes in the file when it was opened.
  var size: Int { get }

  /// The bytes at a place, fewer at the end of the file.
  func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8]
}

/// A file whose size stays, written by one owner: a sync has no size to make durable, only bytes, which is fast.
package protocol SizedFile: AnyObject, Sendable {
  /// Bytes in the file.
  var size: Int { get }

  /// Writes bytes at a place; they are durable after `sync`.
  ///
  /// - Throws: `DiskError`. A file that has failed once fails for ever, as an `AppendableFile` does.
  func write(_ bytes: [UInt8], at offset: Int) throws(DiskError)

  /// Returns when all bytes written so far are durable.
  func sync() throws(DiskError)

  /// Whether the path that it was opened by still leads to it: what is written to a file without a name is lost with the
  /// process.
  var isInPlace: Bool { get }
}

/// The lock of a directory, held until released or until the last reference to it is gone.
package protocol DirectoryLock: AnyObject, Sendable {
  /// Gives the lock back; does nothing the second time.
  func release()

  /// Whether the path that was locked still leads to what holds the lock.
  var isInPlace: Bool { get }
}
