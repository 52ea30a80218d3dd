import Foundation
import Testing

/// Rooms and arrows are as `Sources/Architecture.md` says.
@Suite struct HouseRoomTests {
  /// Arrows that stay on a floor, by `Sources/Architecture.md`.
  private static let sideways: Set<String> = [
    "Placement → Bytes", "JSON → Bytes", "Ranking → Towers", "Names → Storage", "DataSets → Names",
    "DataSets → Storage", "Evaluation → DataSets", "Evaluation → Names", "Evaluation → Storage", "Learning → DataSets",
    "Learning → Evaluation", "Learning → Names", "Learning → Storage", "LoadClient → WinnowClient", "Text → Bytes",
    "Learning → Privacy", "Privacy → DataSets", "Privacy → Names", "Privacy → Storage", "Answers → Storage",
  ]
  private static let system: Set<String> = ["Glibc", "Synchronization", "FoundationEssentials", "Dispatch"]

  @Test func everyRoomIsAFolderAndARow() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: House.root.appending(path: "Sources").path)
    #expect(
      Set(folders).subtracting(["Architecture.md", "Changes.md", "Contributing.md"]) == Set(try House.rooms().keys))
  }

  @Test func arrowsPointDown() throws {
    let rooms = try House.rooms()
    var sideways: Set<String> = []
    for room in rooms.values {
      for name in room.imports {
        let below = try #require(rooms[name], "\(room.name) imports \(name), which has no row")
        if below.floor == room.floor { sideways.insert("\(room.name) → \(name)") }
        #expect(below.floor <= room.floor, "\(room.name) → \(name) points up")
      }
    }
    #expect(sideways == Self.sideways)
    let page = try House.text("Sources/Architecture.md").replacingOccurrences(of: "`", with: "")
    for arrow in sideways { #expect(page.contains(arrow)) }
  }

  @Test func thePackageDeclaresWhatTheTableSays() throws {
    let manifest = try House.text("Package.swift")
    let pattern = #/(?:room\(\s*"(\w+)"|executableTarget\(\s*name: "(\w+)",\s*dependencies:)\s*,?\s*(?:\[([^\]]*)\])?/#
    var declared: [String: Set<String>] = [:]
    for match in manifest.matches(of: pattern) {
      guard let name = match.1 ?? match.2 else { continue }
      let dependencies = (match.3 ?? "").matches(of: #/"(\w+)"/#).map { String($0.1) }
      declared[String(name)] = Set(dependencies)
    }
    for room in try House.rooms().values where !room.name.hasPrefix("C") || room.name == "CoordinatorNode" {
      #expect(declared[room.name] == room.imports, "\(room.name)")
    }
  }

  @Test func importsObeyTheTable() throws {
    let rooms = try House.rooms()
    for source in try House.sources("Sources") {
      let room = try #require(rooms[source.room], "\(source.path) is in no room")
      for name in try source.captures(#"^\s*(?:@\w+ )?(?:public |package |internal |private )?import (?:\w+ )?(\w+)"#) {
        #expect(
          room.imports.contains(name) || Self.system.contains(name), "\(source.path) imports \(name)")
        if name == "Glibc", room.floor <= 2 {
          #expect(try House.roomsAllowed("Glibc on floors 0–2").contains(room.name), "\(source.path)")
        }
        if name == "FoundationEssentials", room.floor <= 3 {
          #expect(try House.roomsAllowed("FoundationEssentials on floors 0–3").contains(room.name), "\(source.path)")
        }
      }
    }
  }

  @Test func unsafeCodeLivesInFewRoomsAndSaysWhyItIsSafe() throws {
    let allowed = try House.roomsAllowed("unsafe code")
    for source in try House.sources("Sources") {
      let isUnsafe = try !source.matches(#"\bunsafe\b|@unchecked Sendable|nonisolated\(unsafe\)"#).isEmpty
      guard isUnsafe else { continue }
      #expect(allowed.contains(source.room), "\(source.path) has unsafe code")
      let saysWhy = source.text.contains("SAFETY:")
      #expect(saysWhy, "\(source.path) does not say why it is safe")
    }
  }

  @Test func floorsBelowMotionAreWithoutTasksAndClocks() throws {
    let rooms = try House.rooms()
    for source in try House.sources("Sources") {
      guard let room = rooms[source.room], room.floor <= 2 else { continue }
      let found = try source.matches(
        #"\b(async|await|Task|ContinuousClock|SuspendingClock|FileManager|ProcessInfo)\b.*"#)
      #expect(found.isEmpty, "\(found)")
      let state = try source.matches(#"^(?:  )?(?:package |public |private |fileprivate )?(?:static )?var \w+[^{]*$"#)
        .filter { $0.contains("static var") }
      #expect(state.isEmpty, "\(state)")
    }
  }

  @Test func onlyTheClientIsPublic() throws {
    let allowed = try House.roomsAllowed("public")
    for source in try House.sources("Sources") where !allowed.contains(source.room) {
      let found = try source.matches(#"^\s*public (?!import).*"#)
      #expect(found.isEmpty, "\(found)")
    }
  }
}
