import Bytes
import Glibc
import Storage
import Support
import Testing

@Suite struct TwoGenerationFileTests {
  static func file(_ disk: any Disk, limit: Int = 1000) -> TwoGenerationFile {
    TwoGenerationFile(disk: disk, path: "/map", limit: limit)
  }

  static func error<Result>(of body: () throws(StorageError) -> Result) -> StorageError? {
    do throws(StorageError) {
      _ = try body()
      return nil
    } catch { return error }
  }

  @Test func absentIsNil() throws { #expect(try Self.file(MemoryDisk()).read() == nil) }

  @Test func newestValueComesBack() throws {
    let temporary = TemporaryDirectory()
    for (disk, path) in [(MemoryDisk(), "/map"), (RealDisk(), temporary.path + "/map")] as [(any Disk, String)] {
      for round in 1...5 {
        // A new value each time: what counts is on the disk.
        let file = TwoGenerationFile(disk: disk, path: path, limit: 1000)
        let bytes = [UInt8](repeating: UInt8(round), count: 100 * (round % 3))
        #expect(try file.write(bytes) == UInt64(round))
        let contents = try #require(try file.read())
        #expect(contents.bytes == bytes && contents.generation == UInt64(round) && contents.damagedPath == nil)
      }
    }
    #expect(try RealDisk().list(temporary.path) == ["map.a", "map.b"])
  }

  @Test func layoutIsAsWritten() throws {
    let disk = MemoryDisk()
    _ = try Self.file(disk).write([0xAA, 0xBB])
    let head: [UInt8] = Array("WNW2GEN1".utf8) + [1, 0, 0, 0, 0, 0, 0, 0] + [2, 0, 0, 0] + [0xAA, 0xBB]
    var writer = ByteWriter()
    writer.write(bytes: head)
    writer.write(CRC32C.checksum(head))
    #expect(try disk.read("/map.a", limit: 100) == writer.bytes)
    #expect(try disk.read("/map.b", limit: 100) == writer.bytes)
  }

  @Test func damageToOneFileAtRestCostsNothing() throws {
    for path in ["/map.a", "/map.b"] {
      let disk = MemoryDisk()
      for value: UInt8 in 1...3 {
        _ = try Self.file(disk).write([value])
        let other = disk.copy()
        try other.overwrite(path, with: [0xFF])
        #expect(try Self.file(other).read()?.bytes == [value])
        #expect(try Self.file(other).read()?.damagedPath == path)
        _ = try Self.file(other).write([9])
        #expect(try Self.file(other).read()?.damagedPath == nil, "the next write heals it")
      }
    }
  }

  /// What versions that wrote one file at a time have left.
  @Test func aPairOfTwoGenerationsIsTaken() throws {
    let (old, new) = (MemoryDisk(), MemoryDisk())
    _ = try Self.file(old).write([1])
    _ = try Self.file(new).write([1])
    _ = try Self.file(new).write([2])
    for path in ["/map.a", "/map.b"] {
      let disk = new.copy()
      try disk.overwrite(path, with: try #require(try old.read(path, limit: 100)))
      #expect(try Self.file(disk).read()?.bytes == [2])
      #expect(try Self.file(disk).write([3]) == 3)
      #expect(try Self.file(disk).read()?.bytes == [3])
      try disk.remove(path)
      #expect(try Self.file(disk).read()?.bytes == [3])
    }
  }

  @Test func aSecondCopyThatFindsNoRoomIsMadeWithTheNextWrite() throws {
    let disk = MemoryDisk()
    let file = Self.file(disk)
    _ = try file.write([1])
    disk.fail(call: disk.callCount + 4, .full)
    #expect(try file.write([2]) == 2)
    #expect(try file.read()?.bytes == [2])
    #expect(try file.write([3]) == 3)
    #expect(try disk.read("/map.a", limit: 100) == disk.read("/map.b", limit: 100))
    disk.fail(call: disk.callCount + 4, .broken)
    #expect(Self.error { () throws(StorageError) in try file.write([4]) } != nil)
    #expect(try file.read()?.bytes == [4])
  }

  @Test func aWriteTornAnywhereLeavesTheOldValueOrTheNew() throws {
    for torn in 0...30 {
      let disk = MemoryDisk()
      let file = Self.file(disk)
      for value: UInt8 in 1...3 { _ = try file.write([value, value]) }
      disk.fail(call: disk.callCount + 3, .init(code: EIO, bytesWritten: torn))
      #expect(Self.error { () throws(StorageError) in try file.write([4, 4]) } != nil)
      disk.losePower()
      let contents = try #require(try file.read())
      let isWhole = torn >= 26
      #expect(contents.bytes == (isWhole ? [4, 4] : [3, 3]))
      #expect((contents.damagedPath != nil) == (torn >= 9 && !isWhole))
      // The next write goes over the torn file, never over the one that counts.
      #expect(try file.write([5]) == (isWhole ? 5 : 4))
      #expect(try file.read()?.bytes == [5])
      #expect(try file.read()?.damagedPath == nil)
    }
  }

  @Test func everyFailingCallLeavesAValue() throws {
    for call in 1...3 {
      for rounds: UInt8 in 0...3 {
        let disk = MemoryDisk()
        let file = Self.file(disk)
        for value in 0..<rounds { _ = try file.write([value]) }
        disk.fail(call: disk.callCount + call, .full)
        guard case .disk(let error) = Self.error(of: { () throws(StorageError) in try file.write([99]) }) else {
          Issue.record("call \(call) did not fail")
          continue
        }
        #expect(error.isFull)
        #expect(try file.read()?.bytes == (rounds == 0 ? nil : [rounds - 1]))
        #expect(try file.write([100]) == UInt64(rounds) + 1)
        #expect(try file.read()?.bytes == [100])
      }
    }
  }

  @Test func everyFlippedBitIsSeen() throws {
    let disk = MemoryDisk()
    let file = Self.file(disk)
    _ = try file.write([1, 2, 3])
    _ = try file.write([4, 5, 6])
    var bytes = try #require(try disk.read("/map.b", limit: 100))
    for bit in 0..<bytes.count * 8 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      try disk.overwrite("/map.b", with: bytes)
      let contents = try file.read()
      #expect(contents?.bytes == [4, 5, 6] && contents?.damagedPath == "/map.b")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    for count in 0..<bytes.count {
      try disk.overwrite("/map.b", with: Array(bytes[..<count]))
      #expect(try file.read()?.damagedPath == "/map.b")
    }
    try disk.overwrite("/map.b", with: bytes + [0])
    #expect(try file.read()?.damagedPath == "/map.b")
  }

  @Test func bothDamagedIsAnErrorWithAHint() throws {
    let disk = MemoryDisk()
    let file = Self.file(disk)
    _ = try file.write([1])
    try disk.overwrite("/map.a", with: [1, 2, 3])
    try disk.remove("/map.b")
    for _ in 0..<2 {
      guard case .damaged(let path, let hint) = Self.error(of: { () throws(StorageError) in try file.read() }) else {
        Issue.record("damage was not seen")
        return
      }
      #expect(path == "/map.a" && hint.contains("/map.b"))
      // Nothing is written over what could still be repaired.
      #expect(Self.error { () throws(StorageError) in try file.write([2]) } == .damaged(path: path, hint: hint))
      try disk.replace("/map.b", with: [UInt8](repeating: 0xFF, count: 5000))
    }
  }

  @Test func valuesAboveTheLimitAreRefused() throws {
    let disk = MemoryDisk()
    #expect(try Self.file(disk, limit: 3).write([1, 2, 3]) == 1)
    #expect(
      Self.error { () throws(StorageError) in try Self.file(disk, limit: 3).write([1, 2, 3, 4]) }
        == .tooLarge(path: "/map.a", limit: 3))
    #expect(try Self.file(disk, limit: 3).read()?.bytes == [1, 2, 3])
  }

  @Test func theLastGenerationIsNotExceeded() throws {
    var writer = ByteWriter()
    writer.write(bytes: Array("WNW2GEN1".utf8))
    writer.write(UInt64.max)
    writer.write(UInt32(0))
    writer.write(CRC32C.checksum(writer.bytes))
    let disk = MemoryDisk()
    try disk.replace("/map.a", with: writer.bytes)
    #expect(try Self.file(disk).read()?.generation == .max)
    #expect(Self.error { () throws(StorageError) in try Self.file(disk).write([]) } != nil)
  }
}
