/// A picture of figures side by side, as SVG inside a page: a row each with a strong bar inside a soft one.
struct BarChart {
  /// One row: the inner bar is the shorter.
  struct Row {
    let name: String
    let inner: Double
    let outer: Double
  }

  private static let (width, rowHeight) = (640.0, 26.0)
  private static let (left, right, bottom) = (170.0, 110.0, 34.0)

  let title: String
  let innerName: String
  let outerName: String
  let unit: String
  let rows: [Row]

  /// The picture; empty if there is nothing to show.
  var svg: String {
    guard let most = rows.map(\.outer).max(), most > 0 else { return "" }
    let floor = Double(rows.count) * Self.rowHeight
    var parts: [String] = []
    for (index, row) in rows.enumerated() {
      let y = Double(index) * Self.rowHeight
      func width(_ value: Double) -> Double { value / most * (Self.width - Self.left - Self.right) }
      parts.append(Self.text(row.name, Self.left - 8, y + 17, "end"))
      parts.append(Self.bar("soft", Self.left, y + 5, width(row.outer), 16))
      parts.append(Self.bar("strong", Self.left, y + 9, width(row.inner), 8))
      let figures = "\(Text.fixed(row.inner, 2)) · \(Text.fixed(row.outer, 2)) \(unit)"
      parts.append(Self.text(figures, Self.left + width(row.outer) + 6, y + 17, "start"))
    }
    parts.append(Self.bar("strong", Self.left, floor + 16, 18, 8))
    parts.append(Self.text(innerName, Self.left + 24, floor + 24, "start"))
    parts.append(Self.bar("soft", Self.left + 120, floor + 12, 18, 16))
    parts.append(Self.text(outerName, Self.left + 144, floor + 24, "start"))
    return """
      <figure><figcaption>\(Chart.escaped(title))</figcaption>
      <svg viewBox="0 0 \(Text.fixed(Self.width, 0)) \(Text.fixed(floor + Self.bottom, 0))" role="img" \
      aria-label="\(Chart.escaped(title))">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  private static func bar(_ kind: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
    "<rect class=\"\(kind)\" x=\"\(Text.fixed(x, 1))\" y=\"\(Text.fixed(y, 1))\" width=\"\(Text.fixed(width, 1))\" "
      + "height=\"\(Text.fixed(height, 1))\"/>"
  }

  private static func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
    "<text x=\"\(Text.fixed(x, 1))\" y=\"\(Text.fixed(y, 1))\" text-anchor=\"\(anchor)\">\(Chart.escaped(text))</text>"
  }
}
