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
    // Beside them: manifests of something else, a damaged one, one that was not finished, a file, directories of a person.
    try write("manifest.json", "{}")
    try write("b/manifest.json", #"{"format": "winnow-model", "name": "snapshot"}"#)
    try write("b/weights.safetensors", "mine")
    try GoldenFolder("snapshot-1").copy(to: "\(folder)/c")
    try write("c/manifest.json", "not what was written")
    try write("e.incoming/manifest.json", "{}")
    try write("f.incoming/shard-0.segment.incoming", "")
    try write("notes.txt", "mine")
    try write("photos/one.jpg", "mine")
    let found = try SnapshotListVerb.find(folder)
    #expect(found.snapshots.map(\.path) == ["\(folder)/a", "\(folder)/d"])
    #expect(found.damaged.map(\.path) == ["\(folder)/c", "\(folder)/f.incoming"])
    #expect(found.damaged.allSatisfy { !$0.reason.isEmpty })
  }

  @Test(arguments: try GoldenFolder.names(below: GoldenFolder("snapshot-1").path))
  func aFileThatIsCutOrMissingIsNamed(name: String) throws {
    for isMissing in [false, true] {
      let path = "\(folder)/\(isMissing)/day"
      try FileManager.default.createDirectory(atPath: "\(folder)/\(isMissing)", withIntermediateDirectories: true)
      try GoldenFolder("snapshot-1").copy(to: path)
      let url = URL(filePath: "\(path)/\(name)")
      let bytes = try Data(contentsOf: url)
      try FileManager.default.removeItem(at: url)
      if !isMissing { try bytes.dropLast(8).write(to: url) }
      let found = try SnapshotListVerb.find("\(folder)/\(isMissing)")
      // Without a manifest a directory is none of ours.
      let isNamed = !(isMissing && name == "manifest.json")
      #expect(found.snapshots.isEmpty)
      #expect(found.damaged.map(\.path) == (isNamed ? [path] : []))
      #expect(found.damaged.allSatisfy { $0.reason.contains(path) })
    }
  }

  @Test func aSnapshotItselfIsListedAlone() throws {
    try GoldenFolder("snapshot-1").copy(to: "\(folder)/a")
    let found = try SnapshotListVerb.find("\(folder)/a")
    #expect(found.snapshots.map(\.path) == ["\(folder)/a"])
    #expect(found.damaged.isEmpty)
  }
}
