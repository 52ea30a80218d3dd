import Arguments
import Foundation
import Testing

@testable import winnow

/// A verb reads only flags that it has, and has only flags that it reads.
///
/// The code is read as text, type by type: a type reads the flags that it names by their type, and those of each type
/// that it hands its session to.
@Suite struct FlagUseTests {
  /// The source of the program, by type.
  private struct Code {
    var texts: [String: String] = [:]
    /// The name of each flag and positional, by its type and property.
    var names: [String: String] = [:]
    /// The words of each line with a type's name, such as `Self.verb` and `session`, by type.
    var lines: [String: [[Substring]]] = [:]

    init(_ folder: URL) throws {
      let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      for case let url as URL in found ?? .init() where url.pathExtension == "swift" {
        let text = try String(contentsOf: url, encoding: .utf8)
        var type = ""
        for line in text.split(separator: "\n") where !line.utf8.drop(while: { $0 == 0x20 }).starts(with: [0x2F, 0x2F])
        {
          if line.first != " ", let match = line.firstMatch(of: #/^(?:final )?(?:enum|struct|class|extension) (\w+)/#) {
            type = String(match.1)
          }
          texts[type, default: ""] += line + "\n"
          lines[type, default: []].append(Self.words(line))
        }
      }
      for (type, text) in texts where text.contains("static let ") {
        for match in text.matches(of: #/static let (\w+) = (?:Flag|Positional)(?:\.\w+)?\(\s*"([^"]+)"/#) {
          names["\(type).\(match.1)"] = String(match.2)
        }
      }
      // A flag made of another one has its name.
      for (type, text) in texts where text.contains(".with(") {
        for match in text.matches(of: #/static let (\w+) = (\w+)\.(\w+)\.with\(/#) {
          names["\(type).\(match.1)"] = names["\(match.2).\(match.3)"]
        }
      }
    }

    private static func words(_ line: Substring) -> [Substring] {
      line.utf8.split { byte in
        !(0x30...0x39).contains(byte) && !(0x41...0x5A).contains(byte) && !(0x61...0x7A).contains(byte) && byte != 0x2E
      }.map { Substring($0) }
    }

    /// The names of the flags that a type names itself.
    func named(by type: String) -> Set<String> {
      var found: Set<String> = []
      for word in (lines[type] ?? []).joined() where word.utf8.contains(0x2E) {
        let parts = word.split(separator: ".")
        guard parts.count > 1 else { continue }
        if parts[0] == "session", parts[1] == "collection" { found.insert("collection") }
        if let name = names["\(parts[0] == "Self" ? Substring(type) : parts[0]).\(parts[1])"] { found.insert(name) }
      }
      return found
    }

    /// The types that a type hands its session to: those that stand before `session` in a line.
    func helpers(of type: String) -> Set<String> {
      var found: Set<String> = []
      for words in lines[type] ?? [] {
        guard let end = words.lastIndex(where: { $0 == "session" || $0.hasPrefix("session.") }) else { continue }
        for word in words[..<end] {
          let owner = String(word.prefix { $0 != "." })
          if texts[owner] != nil { found.insert(owner) }
        }
      }
      return found
    }

    /// The names of the flags that a type and all its helpers name.
    func reach(of type: String) -> Set<String> {
      var (seen, open, found): (Set<String>, [String], Set<String>) = ([type], [type], [])
      while let next = open.popLast() {
        found.formUnion(named(by: next))
        for helper in helpers(of: next) where seen.insert(helper).inserted { open.append(helper) }
      }
      return found
    }
  }

  private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

  @Test func verbsReadTheFlagsThatTheyHave() throws {
    let code = try Code(Self.sources.appending(path: "winnow"))
    #expect(code.names.count > 150)
    // The table names the verbs in the order in which it has them.
    let table = try #require(code.texts["Program"]?.split(separator: "static let groups = [").last)
    let types = table.prefix { $0 != "}" }.matches(of: #/\b(\w+Verbs?)\.\w+/#).map { String($0.1) }
    let commands = Program.groups.flatMap(\.verbs).map(\.command)
    try #require(types.count == commands.count)
    let general = Set(Program.command.flags.map(\.name))
    for (type, members) in Dictionary(grouping: zip(types, commands), by: \.0) {
      let own = Set(members.flatMap { $0.1.flags + $0.1.positionals }.map(\.name))
      let read = code.reach(of: type).subtracting(general)
      #expect(read.subtracting(own).isEmpty, "\(type) reads what its commands do not have")
      #expect(own.subtracting(read).isEmpty, "\(type) has flags that it does not read")
    }
  }

  @Test func nodesReadTheFlagsThatTheyHave() throws {
    let folder = Self.sources.appending(path: "winnowd")
    let names = try Code(folder).names
    func text(_ file: String) throws -> String {
      try String(contentsOf: folder.appending(path: "\(file).swift"), encoding: .utf8)
    }
    func read(_ files: [String]) throws -> Set<String> {
      let found = try files.flatMap { try text($0).matches(of: #/\bCommands\.\w+/#).map { String($0.0) } }
      return Set(found.filter { names[$0] != nil })
    }
    let table = try text("Commands")
    func listed(_ list: String) throws -> Set<String> {
      let start = try #require(table.range(of: "static let \(list): [any Argument] ="))
      let rest = table[start.upperBound...]
      let body = rest[..<(rest.range(of: "static let ")?.lowerBound ?? rest.endIndex)]
      return Set(body.matches(of: #/\w+/#).map { "Commands.\($0.0)" }.filter { names[$0] != nil })
    }
    let (work, shared) = (try listed("work"), try read(["Node", "AdminPort"]))
    #expect(work.count > 2 && shared.count > 10)
    // A shard takes certificates of all that connect.
    let shard = try read(["Shard", "NodeTLS"]).subtracting(["Commands.tlsClients"])
    #expect(try listed("shardFlags").union(work) == shard.union(shared))
    let coordinator = try read(["Coordinator", "MetadataPlace", "NodeTLS", "NodeKeys", "NodeSecurity"])
    #expect(try listed("coordinatorFlags").union(work) == coordinator.union(shared))
  }
}
