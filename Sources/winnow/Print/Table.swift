import Vocabulary

/// Rows of text in columns.
struct Table {
  /// How a column stands.
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]]
  /// Characters of a cell at most.
  private let widthMax: Int

  init(_ columns: [(title: String, alignment: Alignment)], widthMax: Int = 40) {
    alignments = columns.map(\.alignment)
    rows = [columns.map(\.title)]
    self.widthMax = widthMax
  }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The rows, each on a line.
  var lines: [String] {
    let cells = rows.map { $0.map { Self.clipped($0, widthMax) } }
    let widths = alignments.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
      let line = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return alignments[column] == .left ? row[column] + space : space + row[column]
      }.joined(separator: "  ")
      return "  " + line.trimmingEnd()
    }
  }

  /// All lines as one text.
  var text: String { lines.map { $0 + "\n" }.joined() }

  /// A text in one line of at most `most` characters.
  static func clipped(_ text: String, _ most: Int) -> String {
    let line = text.visible
    return line.count <= most ? line : line.prefix(most - 1) + "…"
  }
}

extension String {
  func trimmingEnd() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }

  /// The text in `width` columns.
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
