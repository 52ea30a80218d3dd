import ShardNode
import Storage
import Support
import Testing
import Vocabulary
import Wire

/// A shard on a disk that is full, broken, damaged, or not its own.
struct DiskFailureTests {
  @Test func aFullDiskRefusesUpsertsAndUnblocksByItself() async throws {
    let run = DurableRun()
    run.disk.setCapacity(4 * 16_384)
    try await run.open()
    var refusal: ErrorCode?
    var writes = 0
    while refusal == nil, writes < 1000 {
      refusal = try await run.write([UInt64(writes % 48)])
      writes += 1
    }
    #expect(refusal == .storageFull)
    #expect(try await run.write([1], isDelete: true) == nil)
    #expect(try await run.write([2]) == .storageFull)
    try await run.verify()
    run.disk.setCapacity(nil)
    #expect(try await run.write([2]) == .storageFull)
    run.clock.advance(microseconds: 1_000_001)
    #expect(try await run.write([2]) == nil)
    try await run.verify()
    run.disk.losePower()
    try await run.open()
    try await run.verify()
  }

  @Test func aShardStartsOnAFullDiskAndServesWhatItHas() async throws {
    let run = DurableRun()
    run.disk.setCapacity(4 * 16_384)
    try await run.open()
    var writes: UInt64 = 0
    while try await run.write([writes % 48]) == nil, writes < 1000 { writes += 1 }
    #expect(await run.node?.report.obstacles().contains { $0.contains("takes no writes: the disk") } == true)
    for _ in 0..<3 {
      // The disk has room for the small files that a start writes, and for no file of the log.
      run.disk.setCapacity(run.disk.sizes.reduce(0) { $0 + $1.size } - 16_384)
      if try run.disk.read(DurableRun.directory + "/log-spare", limit: 1 << 20) != nil {
        try run.disk.remove(DurableRun.directory + "/log-spare")
      }
      run.disk.losePower()
      try await run.open()
      try await run.verify()
      #expect(await run.node?.report.obstacles().contains { $0.contains("takes no writes: the disk") } == true)
      #expect(try await run.write([2]) == .storageFull)
      #expect(try await run.write([1], isDelete: true) == .storageFull)
      await run.node?.upkeep.tend()
      await run.node?.upkeep.close()
    }
    run.disk.setCapacity(nil)
    run.clock.advance(microseconds: 1_000_001)
    #expect(try await run.write([1], isDelete: true) == nil)
    #expect(try await run.write([2]) == nil)
    #expect(await run.node?.report.obstacles().contains { $0.contains("takes no writes") } == false)
    try await run.verify()
    run.disk.losePower()
    try await run.open()
    try await run.verify()
  }

  @Test func aCheckpointThatFindsNoRoomIsMadeLater() async throws {
    let run = DurableRun()
    try await run.open()
    #expect(try await run.write(Array(0..<40)) == nil)
    await run.node?.upkeep.checkpoint()
    #expect(try await run.write([1, 2]) == nil)
    #expect(try await run.write([3], isDelete: true) == nil)
    let size = run.disk.sizes.reduce(0) { $0 + $1.size }
    run.disk.setCapacity(size + 100)
    #expect(await run.node?.upkeep.checkpoint() == false)
    #expect(run.disk.sizes.reduce(0) { $0 + $1.size } == size)
    run.disk.setCapacity(nil)
    #expect(await run.node?.upkeep.checkpoint() == true)
    try await run.restart()
    #expect(run.replayedRecords == 0)
    try await run.verify()
  }

  @Test func aFailedSyncEndsAcknowledgement() async throws {
    let run = DurableRun()
    try await run.open()
    #expect(try await run.write([1]) == nil)
    let failures = try #require(run.node?.upkeep.storageFailures)
    run.disk.fail(call: run.disk.callCount + 2, .broken)
    #expect(try await run.write([2]) == .storageFailed)
    // The disk is well again, but nobody knows what it holds.
    #expect(try await run.write([3]) == .storageFailed)
    #expect(try await run.write([1], isDelete: true) == .storageFailed)
    var seen: [StorageError] = []
    for await failure in failures { seen.append(failure) }
    #expect(seen.count == 1)
  }

  @Test func aDirectoryThatIsNotTheShardsIsRefused() async throws {
    let run = DurableRun()
    try await run.open()
    await #expect(throws: DiskError.self) { try await DurableRun(run.disk).open() }
    let others = MemoryDisk()
    try others.makeDirectory(DurableRun.directory)
    try others.replace(DurableRun.directory + "/shard-map.a", with: [1, 2, 3])
    let error = await #expect(throws: StorageError.self) { try await DurableRun(others).open() }
    #expect(error?.text.contains("shard-map.a") == true)
    #expect(others.sizes.count == 1)
  }

  @Test func theDirectoryOfAnotherShardDoesNotTakeThePlaceOfThisOne() async throws {
    let run = DurableRun()
    try await run.open(shard: 1, of: 2)
    run.disk.restart()
    let error = await #expect(throws: WireError.self) { try await run.open(shard: 0, of: 2) }
    #expect(error?.code == .conflict)
  }

  /// A shard with a checkpoint, a log behind it, and something of each kind of file.
  private func filled(seed: UInt64) async throws -> DurableRun {
    let run = DurableRun(seed: seed)
    try await run.open()
    #expect(try await run.write(Array(0..<40)) == nil)
    await run.node?.upkeep.checkpoint()
    #expect(try await run.write([1, 2, 3]) == nil)
    #expect(try await run.write([4], isDelete: true) == nil)
    await run.node?.upkeep.checkpoint()
    for id in 5..<25 as Range<UInt64> { #expect(try await run.write([id, id + 10]) == nil) }
    await run.node?.upkeep.close()
    run.disk.restart()
    return run
  }

  @Test func aFileOfAnotherShardIsRefused() async throws {
    let (one, two) = (try await filled(seed: 1), try await filled(seed: 2))
    let names = one.disk.sizes.map(\.path)
    #expect(names == two.disk.sizes.map(\.path))
    for name in names where !name.hasSuffix("spare") && !name.hasSuffix(".a") && !name.hasSuffix(".b") {
      let disk = one.disk.copy()
      let bytes = try #require(try two.disk.read(name, limit: 1 << 20))
      try disk.replace(name, with: bytes)
      await #expect(throws: StorageError.foreign(path: name)) { try await one.copy(on: disk).open() }
    }
    for name in ["identity.a", "manifest.b"] {
      let disk = one.disk.copy()
      for side in [".a", ".b"] {
        let path = DurableRun.directory + "/" + name.dropLast(2) + side
        try disk.replace(path, with: try #require(try two.disk.read(path, limit: 1 << 20)))
      }
      await #expect(throws: StorageError.self, "\(name)") { try await one.copy(on: disk).open() }
    }
  }

  @Test func aFileThatIsTruncatedOrMissingIsRefusedOrHarmless() async throws {
    let run = try await filled(seed: 1)
    var refused: Set<String> = []
    for (path, size) in run.disk.sizes {
      for cut in [nil, 0, 1, size / 3, size / 2, size - 1] {
        let disk = run.disk.copy()
        if let cut {
          try disk.replace(path, with: Array(try #require(try disk.read(path, limit: 1 << 20)).prefix(cut)))
        } else {
          try disk.remove(path)
        }
        let copy = run.copy(on: disk)
        do { try await copy.open() } catch {
          #expect(error is StorageError)
          refused.insert(String(path.dropFirst(DurableRun.directory.count + 1)))
          continue
        }
        try await copy.verify("\(path) cut at \(cut.map(String.init) ?? "nothing")")
      }
    }
    #expect(refused.contains { $0.hasPrefix("rows-") } && refused.contains { $0.hasPrefix("state-") })
    #expect(refused.contains { $0.hasPrefix("log-") })
  }
}
