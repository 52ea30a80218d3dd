import Arguments
import Foundation
import Testing

@testable import winnow

/// Advice and complaints name flags that a person can give: to the verb that says so, or to the command that is named
/// beside them.
@Suite struct AdviceTests {
  /// Where a flag is named in the code.
  struct Mention: CustomStringConvertible {
    let path: String
    let line: Int
    let text: String
    let flag: String

    var description: String { "\(path):\(line) names --\(flag): \(text)" }
  }

  /// The verbs that say what stands in a file, by how its path begins below `Sources`; the longest beginning counts.
  /// A flag must be one of each of them.
  private static let verbs: [(beginning: String, verbs: [String])] = [
    ("winnow/Bench/", ["bench"]), ("winnow/Feed/", ["feed"]), ("winnow/Query/", ["query"]),
    ("winnow/Train/", ["train"]), ("winnow/Evaluate/", ["evaluate"]), ("winnow/Model/ModelPush", ["model push"]),
    ("winnow/Model/ModelCompress", ["model compress"]), ("winnow/Items/UserDelete", ["user delete"]),
    ("winnow/Cluster/SlowLog", ["log slow"]), ("winnow/Snapshot/SnapshotCreate", ["snapshot create"]),
    ("winnow/Snapshot/SnapshotRestore", ["snapshot restore"]), ("winnow/Snapshot/SnapshotFill", ["snapshot restore"]),
    ("winnow/Cluster/CollectionVerbs", ["collection drop"]), ("winnow/Import/ImportMovieLens", ["import movielens"]),
    ("winnow/Import/ImportSequences", ["import sequences"]), ("winnow/Import/ImportTable", ["import tsv"]),
    ("winnow/Import/Validate", ["validate"]), ("winnow/Items/ItemUpdate", ["item update"]),
    ("Evaluation/", ["evaluate"]), ("Learning/", ["train"]), ("DataSets/", ["import tsv"]),
    // The one reader of tables for both, so one set of flags.
    ("DataSets/Tables/RecordReader", ["import tsv", "feed"]),
  ]

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Flags by the words of each verb behind `winnow`, those that every verb has included.
  private static let flags: [String: Set<String>] = {
    var flags: [String: Set<String>] = [:]
    func walk(_ command: Command, _ path: [String], _ inherited: Set<String>) {
      var own = inherited
      for flag in command.flags {
        own.insert(flag.name)
        if flag.isSwitch { own.insert("no-\(flag.name)") }
      }
      flags[path.joined(separator: " ")] = own
      for next in command.subcommands { walk(next, path + [next.name], own) }
    }
    walk(Program.command, [], ["help", "version", "config"])
    return flags
  }()

  /// Every flag that the text of the code names, but for the table of flags itself.
  private static func mentions() throws -> [Mention] {
    var mentions: [Mention] = []
    for folder in ["winnow", "DataSets", "Evaluation", "Learning", "WinnowClient", "LoadClient", "Ranking", "Wire"] {
      let base = root.appending(path: "Sources/\(folder)")
      let found = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
      for case let url as URL in found ?? .init() where url.pathExtension == "swift" {
        let path = String(url.path.dropFirst(root.appending(path: "Sources").path.count + 1))
        let lines = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
        for (index, line) in lines.enumerated() {
          let text = line.trimmingCharacters(in: .whitespaces)
          guard !text.hasPrefix("//") else { continue }
          // `--name:` and `var(--name)` are variables of a style sheet.
          for match in line.matches(of: #/(?<before>^|[^\w(-])--(?<flag>[a-z][a-z0-9-]*)(?<colon>:?)/#)
          where match.colon.isEmpty {
            mentions.append(Mention(path: path, line: index + 1, text: text, flag: String(match.flag)))
          }
        }
      }
    }
    return mentions.sorted { ($0.path, $0.line) < ($1.path, $1.line) }
  }

  /// The flags of `winnowd`, which advice about a node may name.
  private static func flagsOfNodes() throws -> Set<String> {
    let base = root.appending(path: "Sources/winnowd")
    var flags: Set<String> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: base.path) {
      let text = try String(contentsOf: base.appending(path: name), encoding: .utf8)
      for match in text.matches(of: #/Flag(?:\.\w+)?\(\s*"([a-z0-9-]+)"/#) { flags.insert(String(match.1)) }
    }
    return flags
  }

  /// Whether a flag is one of a verb that the text names, such as `'winnow import tsv'` or "of import".
  private static func isOfNamedVerb(_ mention: Mention) -> Bool {
    flags.contains { path, flags in
      guard flags.contains(mention.flag), !path.isEmpty else { return false }
      return mention.text.contains("winnow \(path)") || mention.text.contains(": \(path) with")
        || path.hasPrefix("import ") && mention.text.contains(#/\b(of (the|the first) |of )?import\b/#)
    }
  }

  @Test func flagsInTextsAreFlagsOfTheVerbThatSaysThem() throws {
    let (mentions, nodes) = (try Self.mentions(), try Self.flagsOfNodes())
    #expect(mentions.count > 100)
    #expect(nodes.contains("memory-max"))
    for mention in mentions {
      let rule = Self.verbs.filter { mention.path.hasPrefix($0.beginning) }.max {
        $0.beginning.count < $1.beginning.count
      }
      if let rule {
        let missing = rule.verbs.filter { !(Self.flags[$0]?.contains(mention.flag) ?? false) }
        let isOfANode =
          nodes.contains(mention.flag) && mention.text.lowercased().contains(#/\b(coordinator|shard|winnowd)\b/#)
        #expect(missing.isEmpty || isOfANode || Self.isOfNamedVerb(mention), "\(mention), which \(missing) lacks")
      } else {
        let isThere = Self.flags.values.contains { $0.contains(mention.flag) } || nodes.contains(mention.flag)
        #expect(isThere, "\(mention), which no command has")
      }
    }
  }

  @Test func theVerbsAndFilesOfTheTableExist() throws {
    for verb in Self.verbs.flatMap(\.verbs) { #expect(Self.flags[verb] != nil, "\(verb)") }
    let sources = Self.root.appending(path: "Sources")
    let found = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    let paths = (found?.compactMap { $0 as? URL } ?? []).map { String($0.path.dropFirst(sources.path.count + 1)) }
    for (beginning, _) in Self.verbs {
      let isThere = paths.contains { $0.hasPrefix(beginning) && $0.hasSuffix(".swift") }
      #expect(isThere, "no file begins with \(beginning)")
    }
  }
}
