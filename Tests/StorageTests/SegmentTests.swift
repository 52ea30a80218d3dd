import Glibc
import Storage
import Support
import Testing

@Suite struct SegmentTests {
  private static func blocks(_ count: Int) -> [[UInt8]] {
    (1...max(1, count)).prefix(count).map { LogRun.payload(UInt64($0), max: 2000) }
  }

  private static func write(_ blocks: [[UInt8]], to path: String, on disk: any Disk, number: UInt64 = 3) throws
    -> SegmentDigest
  {
    var writer = try SegmentWriter(path, on: disk, owner: 7, number: number)
    for block in blocks { try writer.write(block, rows: 2) }
    return try writer.finish()
  }

  private static func read(
    _ path: String, on disk: any Disk, owner: UInt64 = 7, number: UInt64 = 3, expecting: SegmentDigest? = nil
  ) throws(StorageError) -> (SegmentDigest, [[UInt8]]) {
    var blocks: [[UInt8]] = []
    let digest = try SegmentReader.read(path, on: disk, owner: owner, number: number, expecting: expecting) {
      blocks.append($0)
    }
    return (digest, blocks)
  }

  private static func isDamaged<Value>(_ body: () throws(StorageError) -> Value) -> Bool {
    if case .damaged = TwoGenerationFileTests.error(of: body) { true } else { false }
  }

  @Test(arguments: DiskTests.Kind.allCases, [0, 1, 9])
  func blocksComeBack(kind: DiskTests.Kind, count: Int) throws {
    let place = try DiskTests.Place(kind)
    let path = place.path + "/segment"
    let written = try Self.write(Self.blocks(count), to: path, on: place.disk)
    #expect(written.rows == UInt64(2 * count) && written.blocks == UInt64(count))
    let (digest, blocks) = try Self.read(path, on: place.disk, expecting: written)
    #expect(digest == written && blocks == Self.blocks(count))
    #expect(try place.disk.list(place.path) == ["segment"])
  }

  @Test func anotherOwnersOrAnotherSegmentIsRefused() throws {
    let disk = MemoryDisk()
    let digest = try Self.write(Self.blocks(3), to: "/s", on: disk)
    #expect(
      TwoGenerationFileTests.error { () throws(StorageError) in try Self.read("/s", on: disk, owner: 8) }
        == .foreign(path: "/s"))
    #expect(
      TwoGenerationFileTests.error { () throws(StorageError) in try Self.read("/s", on: disk, number: 4) }
        == .foreign(path: "/s"))
    let other = try Self.write(Self.blocks(4), to: "/s", on: disk)
    #expect(other != digest)
    #expect(Self.isDamaged { () throws(StorageError) in try Self.read("/s", on: disk, expecting: digest) })
    #expect(Self.isDamaged { () throws(StorageError) in try Self.read("/absent", on: disk) })
  }

  @Test func everyFlippedBitAndEveryCutIsFound() throws {
    let disk = MemoryDisk()
    let digest = try Self.write(Self.blocks(3), to: "/s", on: disk)
    let bytes = try #require(try disk.read("/s", limit: 1 << 20))
    let padding = Self.paddingBits(Self.blocks(3), in: bytes)
    for bit in stride(from: 0, to: bytes.count * 8, by: 3) where !padding.contains(bit / 8) {
      let other = disk.copy()
      other.flip(bit: bit, of: "/s")
      #expect(
        Self.isDamaged { () throws(StorageError) in try Self.read("/s", on: other, expecting: digest) }, "bit \(bit)")
    }
    for count in stride(from: 0, to: bytes.count, by: 7) {
      let other = MemoryDisk()
      try other.replace("/s", with: Array(bytes.prefix(count)))
      #expect(Self.isDamaged { () throws(StorageError) in try Self.read("/s", on: other) }, "cut at \(count)")
      #expect(Self.endsAreDamaged(digest, other), "cut at \(count)")
    }
    let longer = MemoryDisk()
    try longer.replace("/s", with: bytes + [0])
    #expect(Self.isDamaged { () throws(StorageError) in try Self.read("/s", on: longer) })
    #expect(Self.endsAreDamaged(digest, longer) && !Self.endsAreDamaged(digest, disk))
    let other = try Self.write(Self.blocks(4), to: "/s", on: longer)
    #expect(Self.endsAreDamaged(digest, longer) && !Self.endsAreDamaged(other, longer))
  }

  private static func endsAreDamaged(_ digest: SegmentDigest, _ disk: MemoryDisk) -> Bool {
    isDamaged { () throws(StorageError) in
      try SegmentReader.checkEnds("/s", on: disk, owner: 7, number: 3, expecting: digest)
    }
  }

  /// The bytes that nobody reads: up to seven zeros behind each block.
  private static func paddingBits(_ blocks: [[UInt8]], in bytes: [UInt8]) -> Set<Int> {
    var padding: Set<Int> = []
    var offset = 32
    for _ in blocks {
      let stored = (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
      let end = offset + 12 + stored
      offset = end + (-(12 + stored) & 7)
      padding.formUnion(end..<offset)
    }
    return padding
  }

  @Test func crashBeforeTheNameLeavesTheOldSegment() throws {
    let old = MemoryDisk()
    let digest = try Self.write(Self.blocks(2), to: "/s", on: old)
    let calls = old.callCount
    for call in 1...20 {
      let disk = old.copy()
      disk.failAll(from: call, .broken)
      let result = Result { try Self.write(Self.blocks(5), to: "/s", on: disk) }
      disk.losePower()
      let (found, _) = try Self.read("/s", on: disk)
      #expect(try found == (result.isSuccess ? result.get() : digest), "call \(call) of \(calls)")
    }
  }
}

extension Result {
  fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
