import Arguments
import Foundation
import Support
import Testing

@testable import winnow

/// Where a snapshot is written nothing of a person is lost.
@Suite struct SnapshotPlaceTests {
  private let directory = TemporaryDirectory()
  private var place: String { "\(directory.path)/day" }

  private func write(_ name: String, _ text: String = "mine") throws {
    let url = URL(filePath: "\(directory.path)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func names(_ name: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/\(name)"))
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(directory.path)/\(name)", withDestinationPath: "\(directory.path)/\(target)")
  }

  private func refusal() -> String? {
    do throws(Failure) {
      _ = try SnapshotPlace(place)
      return nil
    } catch {
      #expect(error.code == .conflict && !error.advice.isEmpty, "\(error.message)")
      return error.message
    }
  }

  @Test(arguments: [
    "config.json", "notes.sha256", "model.safetensors", "weights.safetensors", "users.safetensors", "a.json.bak",
    "shard-x.segment", "shard-01.segment", "shard-65536.segment", "shard-.segment", "shard-1.segment.new",
    "other.segment", "Shop.manifest.json", "a.b.weights.safetensors", ".manifest.json", "manifest.json.old",
    "shop.items.safetensors", "photos/one.jpg", "shard-2.segment/one.jpg", "manifest.json",
  ]) func filesOfAPersonStay(name: String) throws {
    for own in ["a.manifest.json", "shard-1.segment.incoming", "z.users.safetensors"] {
      try write("day.incoming/\(own)")
    }
    try write("day.incoming/\(name)", #"{"name": "snapshot"}"#)
    let before = try names("day.incoming")
    let message = try #require(refusal())
    #expect(message.contains("day.incoming/\(name.split(separator: "/")[0])"), "\(message)")
    #expect(try names("day.incoming") == before && before.count == 4)
  }

  @Test func whatAnEarlierTryLeftIsRemoved() throws {
    for name in [
      "shard-0.segment", "shard-65535.segment.incoming", "shop.manifest.json", "my-shop_2.weights.safetensors",
      "shop.users.safetensors.new", "manifest.sha256", "manifest.json.new",
    ] { try write("day.incoming/\(name)") }
    try write("day.incoming/manifest.json", #"{"format": 1, "snapshot": 7"#)
    #expect(refusal() == nil)
    #expect(try names("day.incoming").isEmpty)
  }

  @Test func linksAreNotFollowed() throws {
    try write("mine/shard-1.segment")
    try link("day", to: "nothing")
    #expect(try #require(refusal()).hasSuffix("day is a link"))
    #expect(!FileManager.default.fileExists(atPath: "\(place).incoming"))
    try FileManager.default.removeItem(atPath: place)
    try link("day.incoming", to: "mine")
    #expect(try #require(refusal()).contains("day.incoming is a link"))
    try FileManager.default.removeItem(atPath: "\(place).incoming")
    try write("day.incoming/manifest.sha256")
    try link("day.incoming/shard-1.segment", to: "mine/shard-1.segment")
    #expect(try #require(refusal()).contains("shard-1.segment is not of a snapshot"))
    #expect(try names("day.incoming").count == 2 && names("mine").count == 1)
    try FileManager.default.removeItem(atPath: "\(place).incoming")
    try write("day.incoming")
    #expect(try #require(refusal()).contains("is no directory"))
  }

  @Test func ofTwoAtOnceTheSecondIsTold() throws {
    var first: SnapshotPlace? = try SnapshotPlace(place)
    try first?.write("manifest.sha256", [1])
    let message = try #require(refusal())
    #expect(message.contains("another snapshot is being written to \(place)"))
    #expect(try names("day.incoming") == ["manifest.sha256"])
    #expect(try SnapshotListVerb.find(directory.path).damaged.isEmpty, "one under way is not damaged")
    first = nil
    #expect(try SnapshotListVerb.find(directory.path).damaged.map(\.path) == ["\(place).incoming"])
    let second = try SnapshotPlace(place + "/")
    second.leaveIfEmpty()
    #expect(!FileManager.default.fileExists(atPath: "\(place).incoming"))
  }
}
