import Foundation
import Testing

/// Pages for people: short, in lines that fit a screen, with commands that are run.
@Suite struct HousePageTests {
  /// A page line by line, each with the language of the block that it is in.
  private static func lines(_ page: String) throws -> [(text: String, block: String?)] {
    var block: String?
    return try House.text(page).components(separatedBy: "\n").map { line in
      guard line.hasPrefix("```") else { return (line, block) }
      block = block == nil ? String(line.dropFirst(3)) : nil
      return (line, "")
    }
  }

  /// Pages whose commands `cluster/test` runs.
  private static func pagesWithCommands() throws -> [String] {
    ["README.md"] + (try House.files("cluster", suffix: ".md"))
  }

  @Test func theReadmeIsReadInFiveMinutes() throws {
    #expect(try House.text("README.md").utf8.count { $0 == UInt8(ascii: "\n") } <= 250)
  }

  /// As code; rows of tables, pictures and blocks are as long as they have to be.
  @Test func textWrapsAsCode() throws {
    for page in try Self.pagesWithCommands() + (try House.files("Sources", suffix: ".md")) {
      for (index, line) in try Self.lines(page).enumerated() where line.block == nil {
        guard !line.text.hasPrefix("|"), !line.text.hasPrefix("![") else { continue }
        #expect(line.text.count <= 120, "\(page):\(index + 1)")
      }
    }
  }

  /// Blocks are shell or Python, which are run, or without a language, which are shown.
  @Test func everyBlockIsRunOrShown() throws {
    for page in try Self.pagesWithCommands() {
      let languages = Set(try Self.lines(page).compactMap(\.block))
      #expect(languages.subtracting(["sh", "python", ""]).isEmpty, "\(page)")
      #expect(languages.contains("sh"), "\(page) has no command")
    }
  }

  /// A command stands on the pages as a person types it at the ports of the quickstart; `cluster/test` changes them.
  @Test func commandsUseThePortsOfTheQuickstart() throws {
    for page in try Self.pagesWithCommands() {
      for line in try Self.lines(page) where line.block == "sh" || line.block == "python" {
        for port in line.text.matches(of: #/127\.0\.0\.1:(\d+)/#) {
          #expect(port.1.hasPrefix("77") && port.1.count == 4, "\(page): \(line.text)")
        }
      }
    }
  }

  @Test func scriptsThatAPageNamesAreThere() throws {
    let scripts = try Set(
      FileManager.default.contentsOfDirectory(atPath: House.root.appending(path: "cluster").path))
    for page in try Self.pagesWithCommands() {
      let text = try House.text(page)
      for match in text.matches(of: #/\bcluster\/([a-z]+)\b/#) {
        #expect(scripts.contains(String(match.1)) || scripts.contains("\(match.1).md"), "\(page): \(match.0)")
      }
    }
  }

  @Test func everyScriptSaysWhatItDoesInItsSecondLine() throws {
    let folder = House.root.appending(path: "cluster")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !name.contains(".") {
      guard let text = try? House.text("cluster/\(name)") else { continue }
      let lines = text.components(separatedBy: "\n")
      #expect(lines[0] == "#!/usr/bin/env bash" && lines[1].hasPrefix("# cluster/\(name)"), "cluster/\(name)")
    }
  }
}
