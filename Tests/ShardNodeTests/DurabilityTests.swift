import ShardNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A shard that keeps what it acknowledges, on a disk that does what it shall.
struct DurabilityTests {
  private func files(_ run: DurableRun, _ prefix: String) -> [String] {
    run.disk.sizes.map(\.path).filter { $0.hasPrefix(DurableRun.directory + "/" + prefix) }
  }

  @Test func whatWasAcknowledgedIsThereAfterALossOfPower() async throws {
    let run = DurableRun()
    try await run.open()
    var random = SeededRandom(seed: 1)
    for round in 0..<5 {
      for _ in 0..<20 {
        let ids = Array(Set((0..<5).map { _ in random.next() % 48 }))
        #expect(try await run.write(ids, isDelete: random.next() % 4 == 0) == nil)
      }
      if round == 2 { #expect(await run.node?.upkeep.checkpoint() == true) }
      run.disk.losePower()
      try await run.open()
      try await run.verify()
    }
    #expect(run.replayedRecords == 40)
  }

  @Test func aShardThatKeptItsDataKeepsItsIncarnationAndItsPlace() async throws {
    let run = DurableRun()
    try await run.open()
    let first = try #require(run.node?.identity)
    try await run.restart()
    let second = try #require(run.node?.identity)
    #expect((second.incarnation, second.clusterID, second.epoch) == (first.incarnation, first.clusterID, first.epoch))
    #expect(second.epoch == Epoch(1))
    let other = DurableRun(seed: 2)
    try await other.open()
    #expect(other.node?.identity.incarnation != first.incarnation)
  }

  @Test func anOpThatComesAgainAfterARestartAnswersTheSame() async throws {
    for isCheckpointed in [false, true] {
      let run = DurableRun()
      let shard = try await run.open()
      let first = try await shard.ask(DurableRun.upsert([1, 2], op: 7, shard))
      if isCheckpointed { await run.node?.upkeep.checkpoint() }
      try await run.restart()
      let again = try #require(run.shard)
      var second = try await again.ask(DurableRun.upsert([1, 2], op: 7, again))
      #expect(second.isReplayed)
      second.isReplayed = false
      #expect(second == first)
      #expect(await again.error(DurableRun.upsert([1, 2], op: 6, again)) == .conflict)
      let third = try await again.ask(DurableRun.upsert([1], op: 8, again))
      #expect(third.versions[0] > first.versions[0])
    }
  }

  @Test func manyWritersAtOnceAreAllDurable() async throws {
    let run = DurableRun(fileSize: 65_536)
    let shard = try await run.open()
    await withTaskGroup(of: Bool.self) { group in
      for writer in 1...40 as ClosedRange<UInt64> {
        group.addTask {
          for op in 1...5 as ClosedRange<UInt64> {
            guard (try? await shard.ask(shard.upsert([writer], op: op, writer: writer)))?.durability == .disk else {
              return false
            }
          }
          return true
        }
      }
      for await isDurable in group { #expect(isDurable) }
    }
    run.disk.losePower()
    let again = try await run.open()
    #expect(try await again.ask(again.search(limit: 100)).ids.count == 40)
  }

  @Test func aCheckpointWritesWhatChangedAndFreesTheLog() async throws {
    let run = DurableRun()
    try await run.open()
    #expect(try await run.write(Array(0..<40)) == nil)
    await run.node?.upkeep.checkpoint()
    let base = files(run, "rows-")
    #expect(base.count == 1)
    for id in 0..<400 as Range<UInt64> { #expect(try await run.write([id % 3], isDelete: id > 397) == nil) }
    #expect(files(run, "log-").count > 2)
    await run.node?.upkeep.checkpoint()
    #expect(files(run, "log-").count <= 2)
    #expect(files(run, "rows-").starts(with: base))
    #expect(files(run, "rows-").count == 2)
    #expect(files(run, "state-").count == 1)
    await run.node?.upkeep.checkpoint()
    #expect(files(run, "rows-").count == 2)
    try await run.restart()
    #expect(run.replayedRecords == 0)
    try await run.verify()
    // More than half of the base has changed: all is written anew.
    #expect(try await run.write(Array(0..<30)) == nil)
    await run.node?.upkeep.checkpoint()
    #expect(files(run, "rows-").count == 1)
    try await run.restart()
    try await run.verify()
  }

  @Test func aDroppedCollectionFreesItsFilesAtTheNextCheckpoint() async throws {
    let run = DurableRun()
    let shard = try await run.open()
    #expect(try await run.write([1, 2, 3]) == nil)
    await run.node?.upkeep.checkpoint()
    let rows = files(run, "rows-")
    _ = try await shard.ask(CollectionDropRequest(generation: Generation(1), name: "shop"))
    _ = try await shard.ask(CollectionCreateRequest(generation: Generation(1), name: "shop", schema: shard.schema))
    _ = try await shard.ask(DurableRun.upsert([9], op: 50, shard))
    await run.node?.upkeep.checkpoint()
    #expect(!files(run, "rows-").contains(rows[0]))
    try await run.restart()
    let again = try #require(run.shard)
    #expect(try await again.ask(again.search(limit: 10)).ids == [9])
  }

  @Test func upkeepMarksALogThatRestsAndBoundsItsFiles() async throws {
    let run = DurableRun()
    for _ in 0..<8 {
      try await run.open()
      #expect(try await run.write([1]) == nil)
      run.disk.restart()
    }
    try await run.open()
    #expect(files(run, "log-").count > 5)
    await run.node?.upkeep.tend()
    #expect(files(run, "log-").count <= 3)
    #expect(try await run.write([2]) == nil)
    for _ in 0..<3 { await run.node?.upkeep.tend() }
    // The mark proves that the record before it was durable: without it, damage to that record would pass for a tear.
    let log = try #require(files(run, "log-").filter { !$0.hasSuffix("spare") }.last)
    run.disk.restart()
    run.disk.flip(bit: (48 + 40) * 8, of: log)
    await #expect(throws: StorageError.self) { try await run.open() }
  }
}
