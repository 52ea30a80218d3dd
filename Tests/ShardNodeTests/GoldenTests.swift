import ShardNode
import Storage
import Support
import Testing

/// The data directory that version 1 wrote: every later version has to open it.
struct GoldenTests {
  /// What the writer of the golden directory did.
  private func write(_ run: DurableRun) async throws {
    try await run.open()
    #expect(try await run.write(Array(0..<20)) == nil)
    await run.node?.upkeep.checkpoint()
    #expect(try await run.write([1, 2]) == nil)
    #expect(try await run.write([3, 4], isDelete: true) == nil)
    await run.node?.upkeep.checkpoint()
    for id in 5..<9 as Range<UInt64> { #expect(try await run.write([id, id + 30], isDelete: id == 7) == nil) }
    await run.node?.upkeep.close()
    run.disk.restart()
  }

  @Test func theDirectoryOfVersionOneOpens() async throws {
    let run = DurableRun(seed: 11)
    try await write(run)
    let folder = GoldenFolder("shard-1")
    let disk = MemoryDisk()
    try disk.makeDirectory(DurableRun.directory)
    let files = try folder.files()
    for (name, bytes) in files { try disk.replace("\(DurableRun.directory)/\(name)", with: bytes) }
    #expect(files.contains { $0.name.hasPrefix("rows-") } && files.contains { $0.name.hasPrefix("log-") })
    let copy = run.copy(on: disk)
    try await copy.open()
    #expect(copy.replayedRecords == 4)
    try await copy.verify()
    #expect(try await copy.write([1, 40]) == nil)
    try await copy.verify()
  }
}
