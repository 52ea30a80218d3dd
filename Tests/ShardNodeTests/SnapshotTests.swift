import Placement
import Testing
import Vocabulary
import Wire

struct SnapshotTests {
  private let key = InstanceKey(name: "shop", generation: Generation(1))

  @Test func aSnapshotIsOneMomentAndWritesGoOn() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert(Array(1...40), op: 1))
    let begin = SnapshotRequest(snapshot: 5, step: .begin(collections: [key]))
    for _ in 0..<2 { #expect(try await shard.ask(begin).items == 40) }
    let other = SnapshotRequest(snapshot: 6, step: .begin(collections: [key]))
    #expect(await shard.error(other) == .overloaded)
    _ = try await shard.ask(shard.upsert(Array(30...60), op: 2))
    var versions: [UInt64: UInt64] = [:]
    var slots: [TransferPart.SlotVersion] = []
    var number: UInt64 = 1
    while true {
      let read = SnapshotRequest(snapshot: 5, step: .read(shard: ShardID(0), part: number))
      let reply = try await shard.ask(read)
      if let part = reply.contents {
        #expect(reply.part == number)
        #expect(try await shard.ask(read).contents == part)
        for (id, version) in zip(part.ids, part.versions) { #expect(versions.updateValue(version, forKey: id) == nil) }
        slots += part.slotVersions
        number += 1
      }
      if reply.state == .complete { break }
    }
    #expect(versions.keys.sorted() == Array(1...40))
    #expect(versions.values.allSatisfy { $0 == 1 })
    #expect(slots.allSatisfy { $0.version == 1 })
    _ = try await shard.ask(SnapshotRequest(snapshot: 5, step: .end))
    let late = SnapshotRequest(snapshot: 5, step: .read(shard: ShardID(0), part: number))
    #expect(await shard.error(late) == .unknownUpload)
    #expect(try await shard.ask(other).items == 60)
  }

  @Test func whatIsWrittenKeepsItsVersions() async throws {
    let first = try await ShardFixture()
    _ = try await first.ask(first.upsert([1, 2, 3], op: 1))
    _ = try await first.ask(first.upsert([2], op: 2))
    _ = try await first.ask(SnapshotRequest(snapshot: 5, step: .begin(collections: [key])))
    let second = try await ShardFixture()
    for number in 1...2 as ClosedRange<UInt64> {
      let read = SnapshotRequest(snapshot: 5, step: .read(shard: ShardID(0), part: number))
      let part = try #require(try await first.ask(read).contents)
      for _ in 0..<2 { _ = try await second.ask(SnapshotRequest(snapshot: 0, step: .write(part))) }
    }
    var get = GetRequest(collection: "shop", ids: [1, 2, 3])
    get.generation = Generation(1)
    #expect(try await second.ask(get).versions == [1, 2, 1])
    #expect(try await second.ask(second.upsert([2], op: 1)).versions == [3])
  }
}
