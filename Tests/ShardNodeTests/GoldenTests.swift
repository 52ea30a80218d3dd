import Foundation
import ShardNode
import Storage
import Support
import Testing

/// The data directory that version 1 wrote: every later version has to open it.
struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../proto-spec/08-files/golden/shard-1")

  /// What the writer of the golden directory did.
  private func write(_ run: DurableRun) async throws {
    try await run.open()
    #expect(try await run.write(Array(0..<20)) == nil)
    await run.node?.checkpoint()
    #expect(try await run.write([1, 2]) == nil)
    #expect(try await run.write([3, 4], isDelete: true) == nil)
    await run.node?.checkpoint()
    for id in 5..<9 as Range<UInt64> { #expect(try await run.write([id, id + 30], isDelete: id == 7) == nil) }
    await run.node?.close()
    run.disk.restart()
  }

  @Test func theDirectoryOfVersionOneOpens() async throws {
    let run = DurableRun(seed: 11)
    try await write(run)
    if ProcessInfo.processInfo.environment["WINNOW_WRITE_GOLDEN"] != nil {
      for (path, _) in run.disk.sizes where !path.hasSuffix("spare") {
        let bytes = try #require(try run.disk.read(path, limit: 1 << 20))
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        let name = path.dropFirst(DurableRun.directory.count + 1)
        try Data(bytes).write(to: Self.folder.appending(path: String(name)))
      }
    }
    let disk = MemoryDisk()
    try disk.makeDirectory(DurableRun.directory)
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    for name in names {
      let bytes = try Data(contentsOf: Self.folder.appending(path: name))
      try disk.replace("\(DurableRun.directory)/\(name)", with: Array(bytes))
    }
    #expect(names.contains { $0.hasPrefix("rows-") } && names.contains { $0.hasPrefix("log-") })
    let copy = run.copy(on: disk)
    try await copy.open()
    #expect(copy.replayedRecords == 4)
    try await copy.verify()
    #expect(try await copy.write([1, 40]) == nil)
    try await copy.verify()
  }
}
