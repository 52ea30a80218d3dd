import Bytes
import Metadata
import Placement
import Storage
import Support
import Testing
import Vocabulary

@Suite struct FileShardMapStoreTests {
  static func map(epoch: UInt32) throws -> ShardMap {
    let first = try ShardMap.first(clusterID: [UInt8](repeating: 7, count: 16), addresses: ["h:1", "h:2", "h:3"])
    return try ShardMap(epoch: Epoch(epoch), clusterID: first.clusterID, shards: first.shards, owners: first.owners)
  }

  static func open(_ disk: any Disk, _ path: String = "/data") throws -> FileShardMapStore {
    try FileShardMapStore(DataDirectory(path, on: disk))
  }

  static func error<Result>(of body: () throws(ShardMapStoreError) -> Result) -> ShardMapStoreError? {
    do throws(ShardMapStoreError) {
      _ = try body()
      return nil
    } catch { return error }
  }

  @Test func mapsSurviveReopening() throws {
    let temporary = TemporaryDirectory()
    for (disk, path) in [(MemoryDisk(), "/data"), (RealDisk(), temporary.path + "/data")] as [(any Disk, String)] {
      var revision: UInt64?
      for epoch: UInt32 in 1...4 {
        let store = try Self.open(disk, path)
        #expect(try store.get()?.revision == revision)
        #expect(store.damagedPath == nil)
        let stored = try store.compareAndSet(try Self.map(epoch: epoch), expected: revision)
        #expect(try store.get() == stored)
        #expect(stored.map.epoch == Epoch(epoch))
        revision = stored.revision
      }
      #expect(try Self.open(disk, path).get()?.map == Self.map(epoch: 4))
    }
  }

  @Test func staleRevisionsConflict() throws {
    let store = try Self.open(MemoryDisk())
    let map = try Self.map(epoch: 1)
    #expect(Self.error { () throws(ShardMapStoreError) in try store.compareAndSet(map, expected: 1) } == .conflict(nil))
    let first = try store.compareAndSet(map, expected: nil)
    let second = try store.compareAndSet(try Self.map(epoch: 2), expected: first.revision)
    for stale in [nil, first.revision, second.revision + 1] {
      let error = Self.error { () throws(ShardMapStoreError) in try store.compareAndSet(map, expected: stale) }
      #expect(error == .conflict(second))
    }
    #expect(try store.get() == second)
  }

  @Test func oneOfManyWritersWins() async throws {
    let store = try Self.open(MemoryDisk())
    let maps = try (1...16).map { try Self.map(epoch: $0) }
    let wins = await withTaskGroup(of: Bool.self) { group in
      for map in maps { group.addTask { (try? store.compareAndSet(map, expected: nil)) != nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(wins == 1)
  }

  @Test func aFailedWriteKeepsTheOldMap() throws {
    let disk = MemoryDisk()
    let store = try Self.open(disk)
    let first = try store.compareAndSet(try Self.map(epoch: 1), expected: nil)
    disk.fail(call: disk.callCount + 3, .full)
    let next = try Self.map(epoch: 2)
    let error = Self.error { () throws(ShardMapStoreError) in try store.compareAndSet(next, expected: first.revision) }
    guard case .storage(.disk(let cause)) = error else {
      Issue.record("the write did not fail: \(String(describing: error))")
      return
    }
    #expect(cause.isFull)
    #expect(try store.get() == first)
    #expect(try store.compareAndSet(next, expected: first.revision).map == next)
  }

  @Test(arguments: 1...8, [false, true]) func afterAFailedWriteTheStoreSaysWhatThereIs(call: Int, isDone: Bool) throws {
    let disk = MemoryDisk()
    let (first, next) = (try Self.map(epoch: 1), try Self.map(epoch: 2))
    let store = try Self.open(disk)
    let stored = try store.compareAndSet(first, expected: nil)
    disk.fail(call: disk.callCount + call, .init(code: 5, isDone: isDone))
    let error = Self.error { () throws(ShardMapStoreError) in
      try store.compareAndSet(next, expected: stored.revision)
    }
    // The read back may meet the fault itself; it is asked again, as a coordinator does.
    let found = try #require(try (try? store.get()) ?? store.get())
    #expect(error == nil ? found.map == next : found.map == first || found.map == next)
    // What it said once stays true, through a loss of power too.
    #expect(try store.get() == found)
    disk.losePower()
    #expect(try Self.open(disk).get()?.map == found.map)
  }

  @Test func damageIsNeverAnEmptyStore() throws {
    let disk = MemoryDisk()
    do { _ = try Self.open(disk).compareAndSet(try Self.map(epoch: 1), expected: nil) }
    for side in ["a", "b"] { try disk.overwrite("/data/shard-map.\(side)", with: [1, 2, 3]) }
    #expect(throws: ShardMapStoreError.self) { try Self.open(disk) }
    // Whole bytes that are no shard map.
    for side in ["a", "b"] { try disk.remove("/data/shard-map.\(side)") }
    _ = try TwoGenerationFile(disk: disk, path: "/data/shard-map", limit: 100).write([1, 2, 3])
    #expect(throws: ShardMapStoreError.notAShardMap) { try Self.open(disk) }
  }

  @Test func aTornGenerationIsReported() throws {
    let disk = MemoryDisk()
    do {
      let store = try Self.open(disk)
      let first = try store.compareAndSet(try Self.map(epoch: 1), expected: nil)
      _ = try store.compareAndSet(try Self.map(epoch: 2), expected: first.revision)
    }
    try disk.overwrite("/data/shard-map.a", with: [0])
    let store = try Self.open(disk)
    #expect(store.damagedPath == "/data/shard-map.a")
    #expect(try store.get()?.map.epoch == Epoch(2))
  }

  @Test func watchersSeeThePresentMapAndTheNewest() async throws {
    let store = try Self.open(MemoryDisk())
    var early = store.watch().makeAsyncIterator()
    let first = try store.compareAndSet(try Self.map(epoch: 1), expected: nil)
    #expect(await early.next() == first)
    let second = try store.compareAndSet(try Self.map(epoch: 2), expected: first.revision)
    let third = try store.compareAndSet(try Self.map(epoch: 3), expected: second.revision)
    var late = store.watch().makeAsyncIterator()
    #expect(await early.next() == third)
    #expect(await late.next() == third)
  }

  @Test func watchersEndWithTheStore() async throws {
    var store: FileShardMapStore? = try Self.open(MemoryDisk())
    let stream = try #require(store?.watch())
    store = nil
    for await _ in stream { Issue.record("a store that is gone gave a map") }
  }
}
