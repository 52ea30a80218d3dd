import Foundation
import Testing

/// Every file keeps the habits of `Sources/Architecture.md` that a machine can check.
@Suite struct HouseRuleTests {
  @Test(arguments: ["Sources", "Tests"])
  func bannedWordsAreAbsent(folder: String) throws {
    let banned = [
      #"\btry!.*"#, #"\bas!.*"#, #"\bfatalError\(.*"#, #"\bTask\.detached\b.*"#, #"\bTask(\.immediate)?\s*\{.*"#,
      #"[\w\)\]\}>?]!(?![=\w]).*"#, #"\bMutex[<(].*"#,
      #"\b(class|struct|enum|actor|protocol) \w*(Utils?|Utilities|Helpers?|Manager|Common|Legacy)\b.*"#,
    ]
    for source in try House.sources(folder) {
      for pattern in banned {
        let found = try source.matches(pattern)
        #expect(found.isEmpty, "\(found)")
      }
      if source.path != "Tests/SpecTests/HouseRuleTests.swift" {
        let found = try source.textMatches(#"\b(TODO|FIXME|XXX)\b.*"#)
        #expect(found.isEmpty, "\(found)")
      }
    }
  }

  /// What a person names as an output goes through one door, which refuses to destroy what is theirs.
  @Test func onlyOutputsWriteFilesOfPeople() throws {
    let writing =
      #"\bO_(CREAT|TRUNC|WRONLY|RDWR)\b.*|\bFileManager\.default\.(create|remove|copy|move|link|set|trash|replace)\w*.*|\bfopen\(.*|"#
      + #"\.(makeNew|openExisting|openForAppending|openSized|makeZeroed|makeDirectory|removeDirectory|overwrite)\(.*|"#
      + #"\b([dD]isk|RealDisk\(\))\.(replace|rename|remove)\(.*"#
    for source in try House.sources("Sources/winnow") where !source.path.hasPrefix("Sources/winnow/Outputs/") {
      // A snapshot's directory is new, and its files are written as they come.
      guard source.path != "Sources/winnow/Snapshot/SnapshotPlace.swift" else { continue }
      let found = try source.matches(writing)
      #expect(found.isEmpty, "\(found)")
    }
    #expect(try !HouseSource(path: "x", text: "disk.replace(path, with: bytes)").matches(writing).isEmpty)
  }

  /// What there is one of, and the file that has it; a second one would part from it.
  @Test(arguments: [
    (#"0x9E37_?79B9_?7F4A_?7C15|0xBF58_?476D_?1CE4_?E5B9"#, "Sources/Vocabulary/SplitMix64.swift"),
    (#"\bProcessInfo\b|\bgetenv\(|\benviron\b"#, "Sources/SocketTransport/ProcessContext.swift"),
    (#"\bcurrentDirectoryPath\b|\bgetcwd\("#, "Sources/SocketTransport/ProcessContext.swift"),
  ])
  func thereIsOneOf(pattern: String, path: String) throws {
    let found = try House.sources("Sources").flatMap { try $0.matches(pattern) }
    let elsewhere = found.filter { !$0.hasPrefix("\(path):") }
    #expect(!found.isEmpty && elsewhere.isEmpty, "\(elsewhere): use \(path)")
  }

  @Test func theVersionStandsInOnePlace() throws {
    let version = #""\d+\.\d+\.\d+""#
    let found = try House.sources("Sources").flatMap { try $0.textMatches(version) }
    #expect(found.count == 1 && found[0].hasPrefix("Sources/Vocabulary/Version.swift:"), "\(found)")
  }

  @Test(arguments: ["Sources", "Tests"])
  func filesAreShort(folder: String) throws {
    for source in try House.sources(folder) {
      let lines = source.text.utf8.count { $0 == UInt8(ascii: "\n") }
      #expect(lines <= 500, "\(source.path) has \(lines) lines")
    }
  }

  @Test func whatOtherRoomsSeeIsDocumented() throws {
    let witnesses = try witnessNames()
    let declaration =
      #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|package)\s+(?:[a-z]+(?:\(\w+\))?\s+)*?(?<kind>struct|enum|class|actor|protocol|func)\s+(?<name>[^\s(<:]+)/#
    for source in try House.sources("Sources") {
      let lines = source.text.components(separatedBy: "\n")
      for (index, line) in lines.enumerated() where line.contains("package ") || line.contains("public ") {
        guard let match = line.firstMatch(of: declaration) else { continue }
        if match.kind == "func", witnesses.contains(String(match.name)) { continue }
        let above = lines[..<index].last { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("@") } ?? ""
        let isDocumented = above.trimmingCharacters(in: .whitespaces).hasPrefix("///")
        #expect(isDocumented, "\(source.path):\(index + 1) \(match.name)")
      }
    }
  }

  /// Functions that a protocol asks for: they are documented there.
  private func witnessNames() throws -> Set<String> {
    var names: Set<String> = [
      "==", "<", "hash", "encode", "next", "makeAsyncIterator", "makeIterator", "enqueue", "checkIsolated",
      "isSameExclusiveExecutionContext", "isIsolatingCurrentContext",
    ]
    for source in try House.sources("Sources") {
      var depth = 0
      for line in source.code.components(separatedBy: "\n") {
        let opens = line.utf8.count { $0 == UInt8(ascii: "{") }
        let closes = line.utf8.count { $0 == UInt8(ascii: "}") }
        if depth == 0, line.contains(#/\bprotocol \w+/#) {
          depth = opens - closes
          continue
        }
        guard depth > 0 else { continue }
        if let match = line.firstMatch(of: #/\bfunc (\w+)/#) { names.insert(String(match.1)) }
        depth += opens - closes
      }
    }
    return names
  }

  @Test func theTopLevelIsSmall() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: House.root.path)
    let shown = names.filter { !$0.hasPrefix(".") }.sorted()
    #expect(shown == ["Package.swift", "README.md", "Sources", "Tests", "cluster", "proto-spec"])
  }

  @Test func linksOfPagesLeadSomewhere() throws {
    let pages = try ["Sources", "Tests", "proto-spec", "cluster"].flatMap { try House.files($0, suffix: ".md") }
    for page in pages + ["README.md"] {
      let folder = House.root.appending(path: page).deletingLastPathComponent()
      for match in try House.text(page).matches(of: #/\]\(([^)\s]+)\)/#) {
        let target = String(match.1)
        guard !target.hasPrefix("http://"), !target.hasPrefix("https://"), !target.hasPrefix("#") else { continue }
        let path = target.components(separatedBy: "#")[0]
        #expect(
          FileManager.default.fileExists(atPath: folder.appending(path: path).path), "\(page) links to \(target)")
      }
    }
  }

  @Test func promisesOfTheReadmeNameTestsThatExist() throws {
    let tests = try House.sources("Tests")
    let promises = try House.text("README.md").matches(of: #/`(\w+Tests)(?:\.(\w+))?`/#)
    #expect(promises.count > 10)
    for promise in promises {
      let file = tests.first { $0.path.hasSuffix("/\(promise.1).swift") }
      let isThere = file.map { file in promise.2.map { file.code.contains("func \($0)(") } ?? true } ?? false
      #expect(isThere, "README.md promises \(promise.0)")
    }
  }
}
