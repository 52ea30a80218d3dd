import FoundationEssentials
import Support
import Testing
import Vocabulary

@testable import winnow

struct PushMemoryTests {
  private let directory = TemporaryDirectory()

  private var path: String { "\(directory.path)/a/b/pushes.json" }

  private func push(_ collection: String, _ generation: UInt32?, _ directory: String) -> PushMemory.Push {
    .init(coordinator: "h:1", collection: collection, generation: generation, directory: directory)
  }

  @Test func whatWasPushedIsFoundAgain() throws {
    #expect(PushMemory.read(path).pushes.isEmpty)
    PushMemory.change(path) { $0.add(push("shop", 1, "/m/caf\u{E9}")) }
    PushMemory.change(path) { $0.add(push("other", 1, "/other")) }
    let read = PushMemory.read(path)
    #expect(read.directory("h:1", "shop")?.exact == "/m/caf\u{E9}" && read.directory("h:1", "other") == "/other")
    #expect(read.directory("h:2", "shop") == nil && read.directory("h:1", "none") == nil)
    // A directory whose name only looks the same is another one.
    PushMemory.change(path) { $0.add(push("shop", nil, "/m/cafe\u{301}")) }
    #expect(PushMemory.read(path).directory("h:1", "shop")?.exact == "/m/cafe\u{301}")
    PushMemory.change(path) { $0.forget("h:1", "shop") }
    #expect(PushMemory.read(path).directory("h:1", "shop") == nil)
  }

  @Test func aRollBackLeadsToTheDirectoryOfThatGeneration() {
    var memory = PushMemory()
    for generation in 1...6 { memory.add(push("shop", UInt32(generation), "/\(generation)")) }
    memory.add(push("other", 9, "/9"))
    #expect(memory.pushes.count == 5)
    memory.rollBack("h:1", "shop", to: 5)
    #expect(memory.directory("h:1", "shop") == "/5")
    memory.rollBack("h:1", "shop", to: 6)
    #expect(memory.directory("h:1", "shop") == "/6")
    memory.add(push("shop", nil, "/again"))
    memory.rollBack("h:1", "shop", to: 6)
    #expect(memory.directory("h:1", "shop") == "/again")
    memory.rollBack("h:1", "shop", to: 1)
    #expect(memory.directory("h:1", "shop") == nil && memory.directory("h:1", "other") == "/9")
  }

  @Test(arguments: ["", "{", "[]", "{}", #"{"format": "winnow-pushes", "pushes": [{"coordinator": "a"}]}"#])
  func aDamagedFileIsIgnored(text: String) throws {
    try FileManager.default.createDirectory(atPath: "\(directory.path)/a/b", withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
    #expect(PushMemory.read(path).pushes.isEmpty)
    PushMemory.change(path) { $0.add(push("shop", 1, "/m")) }
    #expect(PushMemory.read(path).directory("h:1", "shop") == "/m")
  }

  @Test func theFileIsThePersonsOwn() {
    #expect(PushMemory.path(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/winnow/pushes.json")
    #expect(PushMemory.path(["XDG_STATE_HOME": "s", "HOME": "/h"]) == "/h/.local/state/winnow/pushes.json")
    #expect(PushMemory.path([:]) == nil && PushMemory.path(["HOME": ""]) == nil)
    PushMemory.change(nil) { $0.add(push("shop", 1, "/m")) }
    #expect(PushMemory.read(nil).pushes.isEmpty)
  }
}
