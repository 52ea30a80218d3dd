import DataSets
import Learning

/// A drawing of a run for people: loss beside metrics over the epochs, in the reader's light or dark.
struct CurvePlot {
  /// One line of a panel.
  private struct Curve {
    let name: String
    /// `nil` where there is no figure.
    let values: [Double?]
    /// The class of its colour.
    let colour: Int
  }

  /// The drawing in words, for people who cannot see it.
  static let label = "Loss and metrics over the epochs"

  private static let (width, height) = (440.0, 260.0)
  private static let (left, top, right, bottom) = (58.0, 40.0, 14.0, 70.0)

  private let epochs: [EpochRecord]
  private let bestEpoch: Int?

  init(_ record: TrainingRecord) {
    epochs = record.epochs
    bestEpoch = record.bestEpoch
  }

  /// The picture, as an SVG document of its own.
  var svg: String {
    let panels = [
      panel(
        "Loss",
        [
          Curve(name: "training", values: epochs.map(\.loss), colour: 1),
          Curve(name: "validation", values: epochs.map(\.validationLoss), colour: 2),
        ], x: 0),
      panel(
        "Metrics", note: "validation: \(HoldOut.strict)",
        [
          Curve(name: "accuracy", values: epochs.map(\.accuracy), colour: 1),
          Curve(name: "val. accuracy", values: epochs.map(\.validationAccuracy), colour: 2),
          Curve(name: "val. NDCG@10", values: epochs.map { $0.validation?.ndcg }, colour: 3),
          Curve(name: "val. HR@10", values: epochs.map { $0.validation?.hitRate }, colour: 4),
        ], x: Self.width),
    ]
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.number(2 * Self.width)) \(Self.number(Self.height))" \
      role="img" aria-label="\(Self.label)">
      <style>
      :root { color-scheme: light dark; --back: #ffffff; --ink: #1f2430; --grid: #d9dde5; \
      --c1: #2563c9; --c2: #d2601a; --c3: #16803c; --c4: #9333a8; }
      @media (prefers-color-scheme: dark) { :root { --back: #14171d; --ink: #e4e7ee; --grid: #363c48; \
      --c1: #77aaff; --c2: #ff9d5c; --c3: #5fd38a; --c4: #d79bea; } }
      .back { fill: var(--back); } .axis { stroke: var(--ink); fill: none; } .grid { stroke: var(--grid); }
      text { fill: var(--ink); font: 11px system-ui, sans-serif; } .title { font-size: 13px; font-weight: 600; }
      .curve { fill: none; stroke-width: 1.8; } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } \
      .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); }
      .best { stroke: var(--ink); stroke-dasharray: 3 3; }
      </style>
      <rect class="back" width="100%" height="100%"/>
      \(panels.joined(separator: "\n"))
      </svg>

      """
  }

  private func panel(_ title: String, note: String = "", _ curves: [Curve], x: Double) -> String {
    let values = curves.flatMap { $0.values.compactMap(\.self) }.filter(\.isFinite)
    let ticks = Self.ticks(values.min() ?? 0, values.max() ?? 1)
    let (low, high) = (ticks[0], ticks[ticks.count - 1])
    let (innerWidth, innerHeight) = (
      Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom
    )
    func across(_ epoch: Int) -> Double {
      x + Self.left + (epochs.count > 1 ? Double(epoch - 1) / Double(epochs.count - 1) : 0.5) * innerWidth
    }
    func up(_ value: Double) -> Double { Self.top + innerHeight * (1 - (value - low) / (high - low)) }
    func line(_ kind: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
      "<line class=\"\(kind)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" "
        + "y2=\"\(Self.number(y2))\"/>"
    }
    func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String, title: Bool = false) -> String {
      "<text\(title ? " class=\"title\"" : "") x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
        + "text-anchor=\"\(anchor)\">\(text)</text>"
    }
    let (start, end, floor) = (x + Self.left, x + Self.width - Self.right, Self.top + innerHeight)
    var parts = [text(title, start, 22, "start", title: true)]
    if !note.isEmpty { parts.append(text(note, end, 22, "end")) }
    for tick in ticks {
      parts.append(line("grid", start, up(tick), end, up(tick)))
      parts.append(text(Self.label(tick, step: ticks[1] - ticks[0]), start - 6, up(tick) + 4, "end"))
    }
    let step = max(1, (epochs.count + 9) / 10)
    for epoch in Swift.stride(from: 1, through: epochs.count, by: step) {
      parts.append(line("axis", across(epoch), floor, across(epoch), floor + 4))
      parts.append(text("\(epoch)", across(epoch), floor + 16, "middle"))
    }
    parts.append(text("epoch", (start + end) / 2, floor + 31, "middle"))
    parts.append(line("axis", start, Self.top, start, floor))
    parts.append(line("axis", start, floor, end, floor))
    if let bestEpoch {
      parts.append(line("best", across(bestEpoch), Self.top, across(bestEpoch), floor))
      parts.append(text("best", across(bestEpoch), Self.top - 5, "middle"))
    }
    var legend = start
    for curve in curves where curve.values.contains(where: { $0 != nil }) {
      let points = curve.values.enumerated().compactMap { index, value in
        value.map { "\(Self.number(across(index + 1))),\(Self.number(up($0)))" }
      }
      parts.append("<polyline class=\"curve c\(curve.colour)\" points=\"\(points.joined(separator: " "))\"/>")
      parts.append(line("curve c\(curve.colour)", legend, floor + 50, legend + 16, floor + 50))
      parts.append(text(curve.name, legend + 20, floor + 54, "start"))
      legend += 96
    }
    return parts.joined(separator: "\n")
  }

  /// Round numbers from at most `low` to at least `high`, two or more.
  static func ticks(_ low: Double, _ high: Double) -> [Double] {
    let span = max(high - low, abs(high) * 1e-3, 1e-6)
    var step = 1.0
    while step < span / 5 { step *= 10 }
    while step > span / 5 { step /= 10 }
    step *= [1, 2, 5, 10].first { step * $0 >= span / 5 } ?? 10
    let first = (low / step).rounded(.down)
    let last = max((high / step).rounded(.up), first + 1)
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  private static func label(_ value: Double, step: Double) -> String {
    var digits = 0
    var size = step
    while size < 0.999, digits < 8 {
      size *= 10
      digits += 1
    }
    return Text.fixed(value, digits)
  }

  /// A place, to a tenth of a point.
  private static func number(_ value: Double) -> String { Text.fixed(value, 1) }
}
