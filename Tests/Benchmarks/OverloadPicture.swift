import Foundation

/// An overload second by second, as lines of text and as a picture.
struct OverloadPicture {
  private struct Curve {
    let name: String
    let colour: String
    let values: [Double]
  }

  private static let (width, height, left, top) = (820.0, 190.0, 60.0, 28.0)

  private let tally: OverloadTally
  private let peak: Double
  private let factors: [Double]

  init(_ tally: OverloadTally, peak: Double, phases: [OverloadLoad.Phase]) {
    self.tally = tally
    self.peak = peak
    factors = phases.flatMap { phase in Array(repeating: phase.rate / peak, count: Int(phase.seconds)) }
  }

  private func milliseconds(_ values: [UInt64], _ share: Double) -> Double {
    OverloadTally.percentile(values, share) / 1000
  }

  /// A line a second: a mark for every fortieth of the best load.
  var text: [String] {
    let seconds = tally.seconds.prefix(factors.count)
    return ["  s  load   asked in time refused other   p50    p99   refused p99"]
      + seconds.enumerated().map { index, second in
        func marks(_ count: Int, _ mark: String) -> String {
          String(repeating: mark, count: Int((Double(count) / peak * 20).rounded()))
        }
        let figures = String(
          format: "%3d %4.1f× %7d %7d %7d %5d %5.0f ms %4.0f ms %5.1f ms  ", index, factors[index], second.dueCount,
          second.goodCount, second.refusedCount, second.failedCount + second.lessCount,
          milliseconds(second.latencies, 0.5), milliseconds(second.latencies, 0.99), milliseconds(second.refusals, 0.99)
        )
        return figures + marks(second.goodCount, "█") + marks(second.lessCount + second.failedCount, "x")
          + marks(second.refusedCount, "·")
      }
  }

  /// Three charts over one time.
  var svg: String {
    let seconds = Array(tally.seconds.prefix(factors.count))
    let charts = [
      chart(
        0, "queries a second",
        [
          Curve(name: "asked", colour: "#888888", values: seconds.map { Double($0.dueCount) }),
          Curve(name: "answered in full and in time", colour: "#0a7d33", values: seconds.map { Double($0.goodCount) }),
          Curve(name: "refused", colour: "#c2410c", values: seconds.map { Double($0.refusedCount) }),
          Curve(name: "the best load", colour: "#2563eb", values: seconds.map { _ in peak }),
        ]),
      chart(
        1, "latency of answers since they were due, ms",
        [
          Curve(name: "p50", colour: "#0a7d33", values: seconds.map { milliseconds($0.latencies, 0.5) }),
          Curve(name: "p99", colour: "#2563eb", values: seconds.map { milliseconds($0.latencies, 0.99) }),
        ]),
      chart(
        2, "time of a refusal, ms",
        [
          Curve(name: "p50", colour: "#c2410c", values: seconds.map { milliseconds($0.refusals, 0.5) }),
          Curve(name: "p99", colour: "#7c2d12", values: seconds.map { milliseconds($0.refusals, 0.99) }),
        ]),
    ]
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(3 * Self.height + 30))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      \(charts.joined(separator: "\n"))
      <text x="\(Int(Self.left))" y="\(Int(3 * Self.height + 18))">seconds; load by the clock: \(phases)</text>
      </svg>

      """
  }

  private var phases: String {
    var words: [String] = []
    for (second, factor) in factors.enumerated() where second == 0 || factors[second - 1] != factor {
      words.append(String(format: "%.1f× from %d s", factor, second))
    }
    return words.joined(separator: ", ")
  }

  private func chart(_ row: Int, _ title: String, _ curves: [Curve]) -> String {
    let base = Double(row) * Self.height
    let most = max(curves.flatMap(\.values).max() ?? 1, 1)
    let (inner, floor) = (Self.height - Self.top - 30, base + Self.height - 30)
    let step = (Self.width - Self.left - 20) / Double(max(1, factors.count - 1))
    func place(_ index: Int, _ value: Double) -> String {
      String(format: "%.1f,%.1f", Self.left + Double(index) * step, floor - value / most * inner)
    }
    var parts = [
      "<text x=\"\(Int(Self.left))\" y=\"\(Int(base + 14))\" font-weight=\"bold\">\(title)</text>",
      "<line x1=\"\(Self.left)\" y1=\"\(floor)\" x2=\"\(Self.width - 20)\" y2=\"\(floor)\" stroke=\"#999\"/>",
    ]
    for share in [0.0, 0.5, 1] {
      let text = String(format: most < 20 ? "%.1f" : "%.0f", most * share)
      parts.append(
        "<text x=\"\(Int(Self.left - 6))\" y=\"\(Int(floor - share * inner + 4))\" text-anchor=\"end\">\(text)</text>")
    }
    for second in stride(from: 0, to: factors.count, by: max(1, factors.count / 10)) {
      parts.append(
        "<text x=\"\(Int(Self.left + Double(second) * step))\" y=\"\(Int(floor + 14))\" text-anchor=\"middle\">\(second)</text>"
      )
    }
    for (number, curve) in curves.enumerated() {
      let points = curve.values.enumerated().map { place($0, $1) }.joined(separator: " ")
      parts.append("<polyline fill=\"none\" stroke=\"\(curve.colour)\" stroke-width=\"1.5\" points=\"\(points)\"/>")
      let x = Int(Self.left) + 300 + number * 120 + (number > 1 ? 70 : 0)
      parts.append("<text x=\"\(x)\" y=\"\(Int(base + 14))\" fill=\"\(curve.colour)\">\(curve.name)</text>")
    }
    return parts.joined(separator: "\n")
  }
}
