import Foundation
import Testing

/// The tables of `proto-spec/09-arithmetic.md`.
enum SpecPage {
  /// The cells of each row of the table under a heading.
  static func rows(under heading: String) throws -> [[String]] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "proto-spec/09-arithmetic.md"), encoding: .utf8)
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0 == "### \(heading)" })
    let table = lines[(start + 1)...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
    return table.dropFirst(2).map { $0.dropFirst(2).dropLast(2).components(separatedBy: " | ") }
  }

  /// A vector written as the bits of its elements.
  static func floats(_ cell: String) throws -> [Float] {
    try cell.split(separator: " ").map { Float(bitPattern: try #require(UInt32($0, radix: 16))) }
  }
}

/// The bits of floats, with every NaN alike, as the spec has them.
func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern } }

func bits(_ value: Float) -> UInt32 { bits([value])[0] }
