import CoordinatorNode
import Metadata
import Placement
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct MovePlanTests {
  private static func plan(_ drained: MovePlan.Drained? = nil) throws -> MovePlan {
    let slots = try [0, 7, 4095].map { try #require(Slot(rawValue: UInt16($0))) }
    return MovePlan(
      id: 9, kind: 4,
      placement: PlacementPlan(targets: [slots[0]: ShardID(3), slots[1]: ShardID(0), slots[2]: ShardID(3)]),
      verifies: true, bytesPerSecond: 77, drained: drained)
  }

  @Test func aPlanComesBackAsItWas() throws {
    var plan = try Self.plan(.init(shard: ShardID(2), weight: 100))
    #expect(try MovePlan(bytes: plan.bytes) == plan)
    (plan.isPaused, plan.isCancelled) = (true, true)
    #expect(try MovePlan(bytes: plan.bytes) == plan)
    #expect(try MovePlan(bytes: Self.plan().bytes) == Self.plan())
    for count in 0..<plan.bytes.count {
      #expect(throws: WireError.self) { try MovePlan(bytes: Array(plan.bytes[..<count])) }
    }
  }

  /// As version 1 wrote it: every later version reads it.
  @Test func theFormatStaysAsItIs() throws {
    let plan = try Self.plan(.init(shard: ShardID(2), weight: 100))
    let head: [UInt8] = [1, 4, 9, 0, 2, 0, 100, 0, 9, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0]
    var slots = [UInt8](repeating: 0xFF, count: 2 * 4096)
    for (slot, target) in [(0, 3), (7, 0), (4095, 3)] {
      (slots[2 * slot], slots[2 * slot + 1]) = (UInt8(target), 0)
    }
    #expect(plan.bytes == head + slots)
    #expect(try MovePlan(bytes: head + slots) == plan)
  }

  /// The plan as the files of a directory have it.
  private static func store(_ directory: DataDirectory, _ executor: ManualExecutor) async throws -> AgreedValue<
    MovePlan?
  > {
    let surroundings = Coordinator.Surroundings(
      timers: executor, random: SeededRandomSource(seed: 1), compute: executor, directory: directory,
      metadata: try FileMetadataStore(directory))
    return try await AgreedValue(MovePlan?.form, surroundings, patienceMicroseconds: 0) { (nil, nil) }
  }

  @Test func theStoreKeepsAPlanThroughARestartAndForgetsItWhenItIsDone() throws {
    let disk = MemoryDisk()
    let plan = try Self.plan()
    let executor = ManualExecutor()
    // A directory without a map is no coordinator's.
    try executor.run {
      let directory = try DataDirectory("/data", on: disk)
      _ = try FileMetadataStore(directory).compareAndSet(.init(.shardMap, [], expected: nil, writer: 1, number: 1))
      let store = try await Self.store(directory, executor)
      #expect(store.current == nil)
      try await store.update { $0 = plan }
      disk.fail(call: disk.callCount + 1, .full)
      await #expect(throws: WireError.self) { try await store.update { $0 = nil } }
      #expect(store.current == plan)
      disk.losePower()
    }
    try executor.run {
      let directory = try DataDirectory("/data", on: disk)
      let store = try await Self.store(directory, executor)
      #expect(store.current == plan)
      try await store.update { $0 = nil }
      disk.losePower()
    }
    try executor.run {
      let directory = try DataDirectory("/data", on: disk)
      #expect(try await Self.store(directory, executor).current == nil)
    }
  }
}
