import Foundation
import Testing

/// The pages and vectors of `proto-spec/`.
enum SpecFolder {
  static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "proto-spec")

  /// The text of a page.
  static func page(_ path: String) throws -> String {
    try String(contentsOf: url.appending(path: path), encoding: .utf8)
  }

  /// Paths of all pages, relative to the folder.
  static func pages() throws -> [String] {
    try #require(FileManager.default.enumerator(atPath: url.path)).compactMap { $0 as? String }
      .filter { $0.hasSuffix(".md") }.sorted()
  }

  /// The cells of every table row of a page that has so many columns, without headings.
  static func rows(_ path: String, columns: Int) throws -> [[String]] {
    try page(path).split(separator: "\n").filter { $0.hasPrefix("| ") && $0.hasSuffix("|") }.map { line in
      line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }.filter { $0.count == columns }
  }

  /// The vectors of all files, in order.
  static func vectors() throws -> [Vector] {
    let folder = url.appending(path: "vectors")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".jsonl") }
    return try files.sorted().flatMap { file in
      try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n").map { line in
        try JSONDecoder().decode(Vector.self, from: Data(line.utf8))
      }
    }
  }
}
