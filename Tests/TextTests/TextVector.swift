import Foundation
import Testing

/// A line of `proto-spec/vectors/text/analysis.jsonl`.
struct TextVector: Decodable, CustomTestStringConvertible {
  let name: String
  let language: String
  let text: String
  let terms: [String]
  let surfaces: [String]

  var testDescription: String { name }

  static let all: [TextVector] = {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "proto-spec/vectors/text/analysis.jsonl")
    let lines = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    return lines.split(separator: "\n").compactMap { try? JSONDecoder().decode(Self.self, from: Data($0.utf8)) }
  }()
}
