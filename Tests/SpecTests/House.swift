import Foundation
import Vocabulary

/// The repository as files: what the house rules are tested on.
enum House {
  /// A row of the table of rooms.
  struct Room {
    let floor: Int
    let name: String
    let imports: Set<String>
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Folders that were read before: many tests read the same, and to find comments and literals takes seconds.
  private static let read = Lock<[String: [HouseSource]]>([:])

  /// All Swift files below a folder of the top level.
  static func sources(_ folder: String) throws -> [HouseSource] {
    if let sources = read.withLock({ $0[folder] }) { return sources }
    let sources = try files(folder, suffix: ".swift").map { try HouseSource(path: $0, text: text($0)) }
    read.withLock { $0[folder] = sources }
    return sources
  }

  /// The rooms of `Sources/Architecture.md`, by name.
  static func rooms() throws -> [String: Room] {
    let rows = try table("| floor | room |")
    return Dictionary(
      uniqueKeysWithValues: rows.compactMap { cells in
        guard cells.count == 4, let floor = Int(cells[0]) else { return nil }
        return (cells[1], Room(floor: floor, name: cells[1], imports: names(cells[3])))
      })
  }

  /// The rooms that may do something, by the table "Who may do what".
  static func roomsAllowed(_ what: String) throws -> Set<String> {
    try table("| what | rooms |").first { $0[0] == what }.map { names($0[1]) } ?? []
  }

  /// The cells of each row of a table of `Sources/Architecture.md`, without backticks.
  private static func table(_ heading: String) throws -> [[String]] {
    let lines = try text("Sources/Architecture.md").components(separatedBy: "\n")
    return lines.drop { !$0.hasPrefix(heading) }.dropFirst(2).prefix { $0.hasPrefix("|") }.map { line in
      line.dropFirst().dropLast().components(separatedBy: "|").map {
        $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "`", with: "")
      }
    }
  }

  private static func names(_ cell: String) -> Set<String> {
    Set(cell.components(separatedBy: ", ").filter { $0 != "—" && !$0.isEmpty })
  }

  /// Paths below a folder, from the root on, sorted; hidden ones are left out.
  static func files(_ folder: String, suffix: String) throws -> [String] {
    let base = folder.isEmpty ? root : root.appending(path: folder)
    let found = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    return (found?.compactMap { $0 as? URL } ?? []).map { String($0.path.dropFirst(root.path.count)) }
      .map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }.filter { $0.hasSuffix(suffix) }.sorted()
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}
