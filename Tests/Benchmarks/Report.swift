import Foundation

/// A measurement beside its bar, for people and for programs.
struct Report {
  private let benchmark: Benchmark
  private let median, minimum, maximum: Double
  private let samples: Int
  private let peer: Double?
  private let peerMinimum: Double
  private let resultHash: String
  /// The bar speaks of the full size only.
  private let bar: Double?
  private let figures: [Measurement.Figure]
  private let size: BenchmarkSize

  init(_ benchmark: Benchmark, _ measurement: Measurement, _ size: BenchmarkSize) {
    self.benchmark = benchmark
    median = Measurement.median(measurement.microseconds) ?? .nan
    minimum = measurement.microseconds.min() ?? .nan
    maximum = measurement.microseconds.max() ?? .nan
    samples = measurement.microseconds.count
    peer = Measurement.median(measurement.peerMicroseconds)
    peerMinimum = measurement.peerMicroseconds.min() ?? .nan
    resultHash = measurement.resultHash
    bar = size == .full ? benchmark.bar : nil
    figures = measurement.figures
    self.size = size
  }

  private var ratio: Double? { peer.map { median / $0 } }

  private var holds: Bool? {
    let figuresHold = figures.allSatisfy(\.holds)
    if let ratio, let bar { return ratio <= bar && figuresHold }
    // Without a peer the figures are all that has bars.
    return size == .full && benchmark.peer == nil && !figures.isEmpty ? figuresHold : nil
  }

  /// Whether a bar does not hold that must.
  var fails: Bool { benchmark.failsBeyondBars && holds == false }

  /// One JSON object in one line; `null` where there is no peer or no bar.
  var json: String {
    func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "null" }
    var fields = [
      ("name", "\"\(benchmark.name)\""), ("unit", "\"us\""), ("median", number(median)), ("min", number(minimum)),
      ("max", number(maximum)), ("samples", "\(samples)"), ("peer", number(peer)), ("ratio", number(ratio)),
      ("bar", number(bar)), ("holds", holds.map { "\($0)" } ?? "null"), ("result", "\"\(resultHash)\""),
    ]
    let others = figures.map { figure in
      "{\"name\":\"\(figure.name)\",\"unit\":\"\(figure.unit)\",\"value\":\(number(figure.value)),"
        + (figure.spread.map { "\"spread\":\($0.isFinite ? number($0) : "null")," } ?? "")
        + "\"bar\":\(size == .full ? number(figure.bar) : "null")}"
    }
    if !others.isEmpty { fields.append(("figures", "[\(others.joined(separator: ","))]")) }
    return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
  }

  /// A few lines for people.
  var text: String {
    func time(_ value: Double) -> String { String(format: "%10.1f µs", value) }
    var lines = [
      "\(benchmark.name): \(benchmark.what)",
      "  median \(time(median))   min \(time(minimum))   max \(time(maximum))   of \(samples)",
    ]
    if let peer, let ratio, let name = benchmark.peer {
      lines.append("  peer   \(time(peer))   min \(time(peerMinimum))   \(name)")
      let verdict = bar.map { String(format: ", bar %.2f: ", $0) + (holds == true ? "holds" : "does not hold") } ?? ""
      lines.append(String(format: "  ratio  %10.2f", ratio) + verdict)
    }
    for figure in figures {
      let words = figure.holds ? "holds" : "does not hold"
      let digits = figure.spread == nil && figure.bar >= 1 ? 1 : 3
      func text(_ value: Double) -> String { String(format: "%.\(digits)f", value) }
      let spread = figure.spread.map { " ± \(text($0))" } ?? ""
      let verdict = size == .full ? ", bar \(text(figure.bar)): \(words)" : ""
      lines.append("  \(figure.name) \(text(figure.value))\(spread) \(figure.unit)\(verdict)")
    }
    lines.append("  result \(resultHash.prefix(16))")
    return lines.joined(separator: "\n")
  }
}
