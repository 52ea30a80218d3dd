import Metadata
import Storage
import Support
import Testing

@Suite struct FileMetadataStoreTests {
  static func open(_ disk: any Disk, _ path: String = "/data") throws -> FileMetadataStore {
    try FileMetadataStore(DataDirectory(path, on: disk))
  }

  /// A change whose value and number are `value`.
  static func change(_ value: UInt8, expected: UInt64?) -> MetadataChange {
    MetadataChange(.shardMap, [value, value, value], expected: expected, writer: 1, number: UInt64(value))
  }

  static func error<Result>(of body: () throws(MetadataError) -> Result) -> MetadataError? {
    do throws(MetadataError) {
      _ = try body()
      return nil
    } catch { return error }
  }

  @Test func valuesSurviveReopening() throws {
    let temporary = TemporaryDirectory()
    for (disk, path) in [(MemoryDisk(), "/data"), (RealDisk(), temporary.path + "/data")] as [(any Disk, String)] {
      var revision: UInt64?
      for value: UInt8 in 1...4 {
        let store = try Self.open(disk, path)
        #expect(try store.get(.shardMap)?.revision == revision)
        #expect(store.damagedPaths.isEmpty)
        let stored = try store.compareAndSet(Self.change(value, expected: revision))
        #expect(try store.get(.shardMap) == stored)
        #expect(stored.bytes == [value, value, value])
        revision = stored.revision
      }
      #expect(try Self.open(disk, path).get(.shardMap)?.bytes == [4, 4, 4])
    }
  }

  @Test func staleRevisionsConflict() throws {
    let store = try Self.open(MemoryDisk())
    let early = Self.error { () throws(MetadataError) in try store.compareAndSet(Self.change(1, expected: 1)) }
    #expect(early == .conflict(nil))
    let first = try store.compareAndSet(Self.change(1, expected: nil))
    let second = try store.compareAndSet(Self.change(2, expected: first.revision))
    for stale in [nil, first.revision, second.revision + 1] {
      let error = Self.error { () throws(MetadataError) in try store.compareAndSet(Self.change(3, expected: stale)) }
      #expect(error == .conflict(second))
    }
    #expect(try store.get(.shardMap) == second)
  }

  @Test func aChangeThatIsAskedForAgainIsMadeOnce() throws {
    let store = try Self.open(MemoryDisk())
    let change = Self.change(1, expected: nil)
    let first = try store.compareAndSet(change)
    #expect(try store.compareAndSet(change) == first)
  }

  @Test func oneOfManyWritersWins() async throws {
    let store = try Self.open(MemoryDisk())
    let wins = await withTaskGroup(of: Bool.self) { group in
      for value: UInt8 in 1...16 {
        group.addTask { (try? store.compareAndSet(Self.change(value, expected: nil))) != nil }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(wins == 1)
  }

  @Test func aFailedWriteKeepsTheOldValue() throws {
    let disk = MemoryDisk()
    let store = try Self.open(disk)
    let first = try store.compareAndSet(Self.change(1, expected: nil))
    disk.fail(call: disk.callCount + 3, .full)
    let next = Self.change(2, expected: first.revision)
    let error = Self.error { () throws(MetadataError) in try store.compareAndSet(next) }
    guard case .storage(.disk(let cause)) = error else {
      Issue.record("the write did not fail: \(String(describing: error))")
      return
    }
    #expect(cause.isFull)
    #expect(try store.get(.shardMap) == first)
    #expect(try store.compareAndSet(next).bytes == next.bytes)
  }

  @Test(arguments: 1...8, [false, true]) func afterAFailedWriteTheStoreSaysWhatThereIs(call: Int, isDone: Bool) throws {
    let disk = MemoryDisk()
    let store = try Self.open(disk)
    let stored = try store.compareAndSet(Self.change(1, expected: nil))
    disk.fail(call: disk.callCount + call, .init(code: 5, isDone: isDone))
    let next = Self.change(2, expected: stored.revision)
    let error = Self.error { () throws(MetadataError) in try store.compareAndSet(next) }
    let found = try #require(try store.get(.shardMap))
    switch error {
    case nil: #expect(found.bytes == next.bytes)
    case .storage: #expect(found == stored, "a change that was not made is not there")
    case .undecided: #expect(found == stored || found.bytes == next.bytes)
    default: Issue.record("\(String(describing: error))")
    }
    // What it said once stays true, through a loss of power too.
    #expect(try store.get(.shardMap) == found)
    disk.losePower()
    #expect(try Self.open(disk).get(.shardMap)?.bytes == found.bytes)
  }

  @Test func damageIsNeverAnEmptyStore() throws {
    let disk = MemoryDisk()
    do { _ = try Self.open(disk).compareAndSet(Self.change(1, expected: nil)) }
    for side in ["a", "b"] { try disk.overwrite("/data/shard-map.\(side)", with: [1, 2, 3]) }
    #expect(throws: StorageError.self) { try Self.open(disk) }
  }

  @Test func aTornGenerationIsReported() throws {
    let disk = MemoryDisk()
    do {
      let store = try Self.open(disk)
      let first = try store.compareAndSet(Self.change(1, expected: nil))
      _ = try store.compareAndSet(Self.change(2, expected: first.revision))
    }
    try disk.overwrite("/data/shard-map.a", with: [0])
    let store = try Self.open(disk)
    #expect(store.damagedPaths == ["/data/shard-map.a"])
    #expect(try store.get(.shardMap)?.bytes == [2, 2, 2])
  }

  @Test func watchersSeeThePresentValueAndTheNewest() async throws {
    let store = try Self.open(MemoryDisk())
    var early = store.watch(.shardMap).makeAsyncIterator()
    let first = try store.compareAndSet(Self.change(1, expected: nil))
    #expect(await early.next() == first)
    let second = try store.compareAndSet(Self.change(2, expected: first.revision))
    let third = try store.compareAndSet(Self.change(3, expected: second.revision))
    var late = store.watch(.shardMap).makeAsyncIterator()
    #expect(await early.next() == third)
    #expect(await late.next() == third)
  }

  @Test func watchersEndWithTheStore() async throws {
    var store: FileMetadataStore? = try Self.open(MemoryDisk())
    let stream = try #require(store?.watch(.shardMap))
    store = nil
    for await _ in stream { Issue.record("a store that is gone gave a value") }
  }
}
