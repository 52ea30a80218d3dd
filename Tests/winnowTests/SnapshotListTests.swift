import Foundation
import Support
import Testing

@testable import winnow

/// One directory that cannot be read does not hide the snapshots beside it.
@Suite struct SnapshotListTests {
  private let directory = TemporaryDirectory()
  private var folder: String { directory.path }

  private func write(_ path: String, _ text: String) throws {
    let url = URL(filePath: "\(folder)/\(path)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  @Test func theOthersAreListedAndEachDamagedOneIsNamed() throws {
    try GoldenFolder("snapshot-1").copy(to: "\(folder)/a")
    try GoldenFolder("snapshot-1").copy(to: "\(folder)/d")
    // Beside them: the manifest of something else, a damaged one, one under way, a file, a directory of a person.
    try write("manifest.json", "{}")
    try write("b/manifest.json", "{}")
    try GoldenFolder("snapshot-1").copy(to: "\(folder)/c")
    try write("c/manifest.json", "not what was written")
    try write("e.incoming/manifest.json", "{}")
    try write("notes.txt", "mine")
    try write("photos/one.jpg", "mine")
    let found = try SnapshotListVerb.find(folder)
    #expect(found.snapshots.map(\.path) == ["\(folder)/a", "\(folder)/d"])
    #expect(found.damaged.map(\.path) == [folder, "\(folder)/b", "\(folder)/c"])
    #expect(found.damaged.allSatisfy { !$0.reason.isEmpty })
  }

  @Test func aSnapshotItselfIsListedAlone() throws {
    try GoldenFolder("snapshot-1").copy(to: "\(folder)/a")
    let found = try SnapshotListVerb.find("\(folder)/a")
    #expect(found.snapshots.map(\.path) == ["\(folder)/a"])
    #expect(found.damaged.isEmpty)
  }
}
