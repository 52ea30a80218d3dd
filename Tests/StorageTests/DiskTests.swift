import Glibc
import Storage
import Support
import Testing

/// What both disks promise, run on both.
@Suite struct DiskTests {
  enum Kind: CaseIterable { case real, memory }

  /// A disk and an empty directory on it.
  final class Place {
    let disk: any Disk
    let path: String
    private let temporary: TemporaryDirectory?

    init(_ kind: Kind) throws {
      switch kind {
      case .real:
        let temporary = TemporaryDirectory()
        (disk, path, self.temporary) = (RealDisk(), temporary.path, temporary)
      case .memory:
        (disk, path, temporary) = (MemoryDisk(), "/data", nil)
        try disk.makeDirectory(path)
      }
    }
  }

  static func error<Result>(of body: () throws(DiskError) -> Result) -> DiskError? {
    do throws(DiskError) {
      _ = try body()
      return nil
    } catch { return error }
  }

  @Test(arguments: Kind.allCases) func replacedFilesComeBack(kind: Kind) throws {
    let place = try Place(kind)
    let path = place.path + "/file"
    #expect(try place.disk.read(path, limit: 100) == nil)
    for bytes: [UInt8] in [[1, 2, 3], [], [UInt8](repeating: 7, count: 100_000), [9]] {
      try place.disk.replace(path, with: bytes)
      #expect(try place.disk.read(path, limit: 100_000) == bytes)
      #expect(try place.disk.list(place.path) == ["file"])
    }
  }

  @Test(arguments: Kind.allCases) func filesAboveTheLimitAreRefused(kind: Kind) throws {
    let place = try Place(kind)
    let path = place.path + "/file"
    try place.disk.replace(path, with: [UInt8](repeating: 1, count: 1000))
    #expect(try place.disk.read(path, limit: 1000)?.count == 1000)
    #expect(Self.error { () throws(DiskError) in try place.disk.read(path, limit: 999) }?.isTooLarge == true)
    #expect(Self.error { () throws(DiskError) in try place.disk.read(path, limit: 0) }?.isTooLarge == true)
  }

  @Test(arguments: Kind.allCases) func overwritingCutsWhatWasLonger(kind: Kind) throws {
    let place = try Place(kind)
    let path = place.path + "/file"
    let missing = Self.error { () throws(DiskError) in try place.disk.overwrite(path, with: [1]) }
    #expect(missing?.isMissing == true && missing?.operation == .open && missing?.path == path)
    try place.disk.replace(path, with: [1, 2, 3, 4])
    try place.disk.overwrite(path, with: [9, 8])
    #expect(try place.disk.read(path, limit: 10) == [9, 8])
    try place.disk.overwrite(path, with: [1, 2, 3, 4, 5])
    #expect(try place.disk.read(path, limit: 10) == [1, 2, 3, 4, 5])
  }

  @Test(arguments: Kind.allCases) func appendedBytesFollowThoseThatAreThere(kind: Kind) throws {
    let place = try Place(kind)
    let path = place.path + "/log"
    for round in 0..<3 {
      let file = try place.disk.openForAppending(path)
      #expect(file.count == round * 4)
      try file.append([1, 2])
      try file.append([])
      try file.append([3, 4])
      try file.sync()
      #expect(file.count == round * 4 + 4)
    }
    #expect(try place.disk.read(path, limit: 100) == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
  }

  @Test(arguments: Kind.allCases) func directoriesAreMadeWithTheirParents(kind: Kind) throws {
    let place = try Place(kind)
    let deep = place.path + "/a/b/c"
    try place.disk.makeDirectory(deep)
    try place.disk.makeDirectory(deep)
    try place.disk.replace(deep + "/file", with: [1])
    #expect(try place.disk.list(place.path + "/a/b") == ["c"])
    #expect(try place.disk.list(deep) == ["file"])
    #expect(Self.error { () throws(DiskError) in try place.disk.list(place.path + "/none") }?.isMissing == true)
    #expect(
      Self.error { () throws(DiskError) in try place.disk.replace(place.path + "/none/x", with: []) }?.isMissing == true
    )
  }

  @Test(arguments: Kind.allCases) func filesAreRenamedAndRemoved(kind: Kind) throws {
    let place = try Place(kind)
    try place.disk.replace(place.path + "/b", with: [1])
    try place.disk.replace(place.path + "/a", with: [2])
    #expect(try place.disk.list(place.path) == ["a", "b"])
    try place.disk.rename(place.path + "/a", to: place.path + "/b")
    #expect(try place.disk.read(place.path + "/b", limit: 10) == [2])
    #expect(try place.disk.list(place.path) == ["b"])
    let again = Self.error { () throws(DiskError) in try place.disk.rename(place.path + "/a", to: place.path + "/b") }
    #expect(again?.isMissing == true && again?.operation == .rename)
    try place.disk.remove(place.path + "/b")
    try place.disk.remove(place.path + "/b")
    #expect(try place.disk.list(place.path) == [])
  }

  @Test(arguments: Kind.allCases) func aDirectoryHasOneLock(kind: Kind) throws {
    let place = try Place(kind)
    let first = try place.disk.lock(place.path)
    #expect(Self.error { () throws(DiskError) in try place.disk.lock(place.path) }?.isLocked == true)
    first.release()
    first.release()
    do { _ = try place.disk.lock(place.path) }
    // The lock above is gone with its last reference.
    let second = try DataDirectory(place.path, on: place.disk)
    let refused = Self.error { () throws(DiskError) in try DataDirectory(place.path, on: place.disk) }
    #expect(refused?.isLocked == true && refused?.operation == .lock)
    second.unlock()
    _ = try DataDirectory(place.path + "/new", on: place.disk)
  }

  @Test func aFileHasOneLockAndWhatReplacesItAnother() throws {
    let place = try Place(.real)
    let (disk, path) = (RealDisk(), place.path + "/file")
    func refusal() -> DiskError? {
      Self.error { () throws(DiskError) in try disk.lock(file: path, isMade: false) }
    }
    #expect(refusal()?.isMissing == true)
    let first = try disk.lock(file: path, isMade: true)
    #expect(refusal()?.isLocked == true)
    try disk.replace(path, with: [1])
    let second = try disk.lock(file: path, isMade: false)
    #expect(refusal()?.isLocked == true)
    first.release()
    #expect(refusal()?.isLocked == true)
    second.release()
    #expect(refusal() == nil)
  }

  @Test func realErrorsNameOperationPathAndReason() {
    let error = Self.error { () throws(DiskError) in try RealDisk().replace("/proc/no/such", with: [1]) }
    #expect(error?.text == "cannot open /proc/no/such.new: No such file or directory")
    let directory = Self.error { () throws(DiskError) in try RealDisk().read("/tmp", limit: 1 << 30) }
    #expect(directory?.code == EISDIR)
  }

  @Test func fullDiskIsToldApart() {
    // Every write to /dev/full fails with ENOSPC.
    let error = Self.error { () throws(DiskError) in try RealDisk().overwrite("/dev/full", with: [1]) }
    #expect(error?.isFull == true && error?.operation == .write)
    #expect(error?.text == "cannot write /dev/full: No space left on device")
    #expect(!DiskError(.write, "x", code: EIO).isFull)
  }

  @Test func filesThatGrowWhileReadHoldTheLimit() {
    // /dev/zero says that it has no bytes and never ends.
    let error = Self.error { () throws(DiskError) in try RealDisk().read("/dev/zero", limit: 10_000) }
    #expect(error?.isTooLarge == true)
    #expect(throws: Never.self) {
      try #require(try RealDisk().read("/proc/self/status", limit: 100_000)?.count ?? 0 > 100)
    }
  }
}
