import Evaluation

/// A drawing of trade-offs for people: NDCG with its intervals against what a step brings, a panel each, in the reader's
/// light or dark.
struct TradeOffPlot {
  /// The drawing in words, for people who cannot see it.
  static let label = "NDCG against what a step behind the logits brings"

  private static let (width, height) = (440.0, 280.0)
  private static let (left, top, right, bottom) = (66.0, 40.0, 20.0, 56.0)

  private let tradeOffs: [TradeOff]

  init(_ tradeOffs: [TradeOff]) { self.tradeOffs = tradeOffs }

  /// The picture, as an SVG document of its own.
  var svg: String {
    let panels = tradeOffs.enumerated().map { panel($1, x: Double($0) * Self.width) }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.number(Double(tradeOffs.count) * Self.width)) \
      \(Self.number(Self.height))" role="img" aria-label="\(Self.label)">
      <style>
      :root { color-scheme: light dark; --back: #ffffff; --ink: #1f2430; --grid: #d9dde5; --c1: #2563c9; }
      @media (prefers-color-scheme: dark) { :root { --back: #14171d; --ink: #e4e7ee; --grid: #363c48; --c1: #77aaff; } }
      .back { fill: var(--back); } .axis { stroke: var(--ink); } .grid { stroke: var(--grid); }
      text { fill: var(--ink); font: 11px system-ui, sans-serif; } .title { font-size: 13px; font-weight: 600; }
      .curve { fill: none; stroke: var(--c1); stroke-width: 1.8; } .bar { stroke: var(--c1); } .dot { fill: var(--c1); }
      </style>
      <rect class="back" width="100%" height="100%"/>
      \(panels.joined(separator: "\n"))
      </svg>

      """
  }

  private func panel(_ tradeOff: TradeOff, x: Double) -> String {
    let points = tradeOff.points
    let across = CurvePlot.ticks(points.map(\.measure).min() ?? 0, points.map(\.measure).max() ?? 1)
    let up = CurvePlot.ticks(points.map(\.ndcg.low).min() ?? 0, points.map(\.ndcg.high).max() ?? 1)
    let (start, end) = (x + Self.left, x + Self.width - Self.right)
    let floor = Self.height - Self.bottom
    func place(_ measure: Double) -> Double {
      start + (measure - across[0]) / (across[across.count - 1] - across[0]) * (end - start)
    }
    func height(_ ndcg: Double) -> Double { floor - (ndcg - up[0]) / (up[up.count - 1] - up[0]) * (floor - Self.top) }
    func line(_ kind: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
      "<line class=\"\(kind)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" "
        + "y2=\"\(Self.number(y2))\"/>"
    }
    func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String, title: Bool = false) -> String {
      "<text\(title ? " class=\"title\"" : "") x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
        + "text-anchor=\"\(anchor)\">\(text)</text>"
    }
    var parts = [text("NDCG@\(tradeOff.k)", start, 22, "start", title: true)]
    for tick in up {
      parts.append(line("grid", start, height(tick), end, height(tick)))
      parts.append(text(Text.fixed(tick, 4), start - 6, height(tick) + 4, "end"))
    }
    for tick in across { parts.append(text(Text.fixed(tick, 3), place(tick), floor + 16, "middle")) }
    parts.append(text(TradeOffText.measure(tradeOff), (start + end) / 2, floor + 36, "middle"))
    parts.append(line("axis", start, Self.top, start, floor))
    parts.append(line("axis", start, floor, end, floor))
    let path = points.map { "\(Self.number(place($0.measure))),\(Self.number(height($0.ndcg.mean)))" }
    parts.append("<polyline class=\"curve\" points=\"\(path.joined(separator: " "))\"/>")
    for point in points {
      let at = place(point.measure)
      parts.append(line("bar", at, height(point.ndcg.low), at, height(point.ndcg.high)))
      parts.append(
        "<circle class=\"dot\" cx=\"\(Self.number(at))\" cy=\"\(Self.number(height(point.ndcg.mean)))\" r=\"3\"/>")
      parts.append(text("\(point.strength)", at + 5, height(point.ndcg.mean) - 5, "start"))
    }
    return parts.joined(separator: "\n")
  }

  /// A place, to a tenth of a point.
  private static func number(_ value: Double) -> String { Text.fixed(value, 1) }
}
