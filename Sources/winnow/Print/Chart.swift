import Vocabulary
import Glibc

/// A picture of a few curves over one axis, as SVG inside a page; colours are the page's.
struct Chart {
  /// One curve.
  struct Curve {
    let name: String
    /// Places on both axes, ascending in x.
    let points: [(x: Double, y: Double)]
    /// Whether each point is marked, for few of them.
    var hasMarks = false
  }

  private static let (width, height) = (640.0, 300.0)
  private static let (left, top, right, bottom) = (64.0, 16.0, 16.0, 64.0)

  let title: String
  let xLabel: String
  let yLabel: String
  /// Places on the x axis with their words; empty: round numbers.
  var xTicks: [(x: Double, label: String)] = []
  /// Whether equal steps up are equal factors.
  var isLogarithmic = false
  let curves: [Curve]

  /// The picture; empty if there is nothing to show.
  var svg: String {
    let points = curves.flatMap(\.points).filter { $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
    guard let first = points.first else { return "" }
    let xs = points.reduce((first.x, first.x)) { (min($0.0, $1.x), max($0.1, $1.x)) }
    let ys = points.reduce((first.y, first.y)) { (min($0.0, $1.y), max($0.1, $1.y)) }
    let xMarks =
      xTicks.isEmpty ? CurvePlot.ticks(xs.0, xs.1).map { ($0, Self.label($0)) } : xTicks.map { ($0.x, $0.label) }
    let yMarks = isLogarithmic ? Self.powers(ys.0, ys.1) : CurvePlot.ticks(min(0, ys.0), ys.1)
    let xEnds = (min(xs.0, xMarks.first?.0 ?? xs.0), max(xs.1, xMarks.last?.0 ?? xs.1))
    let yEnds = (yMarks.first ?? ys.0, yMarks.last ?? ys.1)
    let inner = (width: Self.width - Self.left - Self.right, height: Self.height - Self.top - Self.bottom)
    let floor = Self.top + inner.height
    func across(_ x: Double) -> Double {
      Self.left + (xEnds.1 > xEnds.0 ? (x - xEnds.0) / (xEnds.1 - xEnds.0) : 0.5) * inner.width
    }
    func up(_ y: Double) -> Double {
      let (low, high, at) = isLogarithmic ? (log(yEnds.0), log(yEnds.1), log(y)) : (yEnds.0, yEnds.1, y)
      return floor - (high > low ? (at - low) / (high - low) : 0.5) * inner.height
    }
    var parts = yMarks.flatMap { mark in
      [
        Self.line("grid", Self.left, up(mark), Self.width - Self.right, up(mark)),
        Self.text(Self.label(mark), Self.left - 6, up(mark) + 4, "end"),
      ]
    }
    for (x, label) in xMarks {
      parts.append(Self.line("axis", across(x), floor, across(x), floor + 4))
      parts.append(Self.text(label, across(x), floor + 16, "middle"))
    }
    parts.append(Self.line("axis", Self.left, floor, Self.width - Self.right, floor))
    parts.append(Self.text(xLabel, Self.left + inner.width / 2, floor + 32, "middle"))
    parts.append(Self.text(yLabel, Self.left, Self.top - 4, "start"))
    for (index, curve) in curves.enumerated() {
      let colour = "c\(index % 4 + 1)"
      let shown = curve.points.filter { $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
      let places = shown.map { (across($0.x), up($0.y)) }
      let path = places.map { "\(Self.number($0.0)),\(Self.number($0.1))" }.joined(separator: " ")
      parts.append("<polyline class=\"curve \(colour)\" points=\"\(path)\"/>")
      if curve.hasMarks || places.count == 1 {
        parts += places.map {
          "<circle class=\"mark \(colour)\" cx=\"\(Self.number($0.0))\" cy=\"\(Self.number($0.1))\" r=\"3.5\"/>"
        }
      }
      let legend = Self.left + Double(index) * 190
      parts.append(Self.line("curve \(colour)", legend, floor + 50, legend + 18, floor + 50))
      parts.append(Self.text(curve.name, legend + 24, floor + 54, "start"))
    }
    return """
      <figure><figcaption>\(Self.escaped(title))</figcaption>
      <svg viewBox="0 0 \(Self.number(Self.width)) \(Self.number(Self.height))" role="img" \
      aria-label="\(Self.escaped(title))">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  /// Text as it may stand in a page.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.visible {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  /// 1, 2 and 5 times powers of ten from at most `low` to at least `high`.
  static func powers(_ low: Double, _ high: Double) -> [Double] {
    let decades = Int(Glibc.floor(log10(low)))...Int(max(Glibc.ceil(log10(high)), Glibc.floor(log10(low)) + 1))
    let steps = decades.count > 4 ? [1.0] : [1.0, 2, 5]
    let all = decades.flatMap { decade in steps.map { $0 * pow(10, Double(decade)) } }
    let first = all.lastIndex { $0 <= low } ?? 0
    let last = all.firstIndex { $0 >= high } ?? all.count - 1
    return Array(all[first...max(last, min(first + 1, all.count - 1))])
  }

  private static func label(_ value: Double) -> String {
    let size = abs(value)
    if size >= 10_000 { return Text.grouped(Int(min(value, 1e15))) }
    return Text.fixed(value, size == 0 || value == value.rounded() ? 0 : size < 0.1 ? 3 : size < 1 ? 2 : 1)
  }

  private static func line(_ kind: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    "<line class=\"\(kind)\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\"/>"
  }

  private static func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>"
  }

  private static func number(_ value: Double) -> String { Text.fixed(value, 1) }
}
