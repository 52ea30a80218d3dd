import DataSets
import Foundation

/// Amazon reviews of beauty articles as sequences, where somebody has put them.
struct Beauty {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/amazon-beauty/sequences.txt").standardizedFileURL

  let log: Interactions

  init?() throws {
    guard FileManager.default.fileExists(atPath: Self.file.path) else { return nil }
    var log = Interactions()
    for (user, line) in try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n").enumerated() {
      for item in line.split(separator: " ").dropFirst().compactMap({ Int($0) }) {
        log.append(user: user, item: item - 1)
      }
    }
    self.log = log
  }
}
