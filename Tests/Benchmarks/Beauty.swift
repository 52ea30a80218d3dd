import DataSets
import Foundation
import Vocabulary

/// Amazon reviews of beauty articles as sequences, where somebody has put them.
struct Beauty {
  private static func file(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../shared/data/amazon-beauty/\(name)").standardizedFileURL
  }

  let log: Interactions

  init?() throws {
    let file = Self.file("sequences.txt")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    var log = Interactions()
    for (user, line) in try String(contentsOf: file, encoding: .utf8).split(separator: "\n").enumerated() {
      for item in line.split(separator: " ").dropFirst().compactMap({ Int($0) }) {
        log.append(user: user, item: item - 1)
      }
    }
    self.log = log
  }

  /// What the articles are, in the order of the log: their attributes and words.
  static func catalogue() throws -> AttributeColumns? {
    let file = file("items.tsv")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }.sorted { (Int($0[0]) ?? 0) < (Int($1[0]) ?? 0) }
    return AttributeColumns(
      ids: rows.indices.map { ItemID(UInt64($0)) },
      definitions: [
        AttributeDefinition(name: "attribute_ids", type: .keywordSet), AttributeDefinition(name: "text", type: .text),
      ],
      columns: [
        rows.map { .keywordSet($0[3].split(separator: ",").map(String.init)) }, rows.map { .text(String($0[2])) },
      ])
  }
}
