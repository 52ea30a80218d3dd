import Foundation

/// The tables of `proto-spec/09-arithmetic.md`.
package enum SpecPage {
  /// What a test looks for on the page and does not find.
  private struct Missing: Error {
    let heading: String
  }

  /// The cells of each row of the table under a heading.
  package static func rows(under heading: String) throws -> [[String]] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "proto-spec/09-arithmetic.md"), encoding: .utf8)
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "### \(heading)") else { throw Missing(heading: heading) }
    let table = lines[(start + 1)...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
    return table.dropFirst(2).map { $0.dropFirst(2).dropLast(2).components(separatedBy: " | ") }
  }

  /// A vector written as the bits of its elements.
  package static func floats(_ cell: String) throws -> [Float] {
    try cell.split(separator: " ").map { Float(bitPattern: try number($0)) }
  }

  private static func number(_ text: Substring) throws -> UInt32 {
    guard let number = UInt32(text, radix: 16) else { throw Missing(heading: String(text)) }
    return number
  }
}
