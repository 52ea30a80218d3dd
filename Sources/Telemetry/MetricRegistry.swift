import Vocabulary

/// The metrics of one process, by name and labels, as Prometheus reads them.
///
/// Names start with `winnow_`, or with `process_` where every Prometheus client has the same, and those of counters end in `_total`; units are base units and stand in the name
/// (`_seconds`, `_bytes`). A broken name is our own mistake and traps.
package final class MetricRegistry: Sendable {
  /// A label's name and value, such as `("shard", "3")`.
  package typealias Label = (name: String, value: String)

  /// Series that one name may have. Label values can come from peers, and so may not grow without end: what is beyond
  /// is counted in one series whose label values are `_other`.
  package static let seriesMax = 1000

  private enum Metric: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case measured(@Sendable () -> Double)
    case histogram(Histogram)
  }

  private struct Family: Sendable {
    let help: String
    let type: String
    /// By the labels as they are written.
    var series: [String: Metric] = [:]
  }

  private let families = Lock<[String: Family]>([:])

  /// A registry without metrics.
  package init() {}

  /// The counter of that name and these labels, made the first time it is asked for.
  package func counter(_ name: String, help: String, labels: [Label] = []) -> Counter {
    precondition(name.hasSuffix("_total"), "\(name) is a counter and must end in _total")
    let metric = metric(name, help, "counter", labels) { .counter(Counter()) }
    guard case .counter(let counter) = metric else { preconditionFailure("\(name) is no counter") }
    return counter
  }

  /// The gauge of that name and these labels, made the first time it is asked for.
  package func gauge(_ name: String, help: String, labels: [Label] = []) -> Gauge {
    let metric = metric(name, help, "gauge", labels) { .gauge(Gauge()) }
    guard case .gauge(let gauge) = metric else { preconditionFailure("\(name) is no gauge that is set") }
    return gauge
  }

  /// A gauge whose reading is taken when the metrics are written; the first one of its name and labels stays.
  package func gauge(
    _ name: String, help: String, labels: [Label] = [], measuredBy read: @escaping @Sendable () -> Double
  ) {
    _ = metric(name, help, "gauge", labels) { .measured(read) }
  }

  /// A counter whose count is kept elsewhere and taken when the metrics are written; the first one of its name and labels
  /// stays.
  package func counter(
    _ name: String, help: String, labels: [Label] = [], measuredBy read: @escaping @Sendable () -> Double
  ) {
    precondition(name.hasSuffix("_total"), "\(name) is a counter and must end in _total")
    _ = metric(name, help, "counter", labels) { .measured(read) }
  }

  /// Shows readings that were just taken in place of all that the name had before: of what is gone nothing stays.
  ///
  /// - Parameter isCounter: Whether they only grow, as the name must say then.
  package func show(
    _ name: String, help: String, isCounter: Bool = false, _ readings: [(labels: [Label], value: Double)]
  ) {
    check(name, readings.flatMap(\.labels))
    precondition(name.hasSuffix("_total") == isCounter, "\(name) says something else than it is")
    var family = Family(help: help, type: isCounter ? "counter" : "gauge")
    for (labels, value) in readings.prefix(Self.seriesMax) { family.series[written(labels)] = .measured { value } }
    families.withLock { $0[name] = family }
  }

  /// Shows a histogram that another part of the program fills.
  package func histogram(_ name: String, help: String, labels: [Label] = [], shown: Histogram) {
    _ = metric(name, help, "histogram", labels) { .histogram(shown) }
  }

  /// The histogram of that name and these labels, made the first time it is asked for.
  package func histogram(
    _ name: String, help: String, labels: [Label] = [], bounds: [Double] = Histogram.secondsBounds
  ) -> Histogram {
    let metric = metric(name, help, "histogram", labels) { .histogram(Histogram(bounds: bounds)) }
    guard case .histogram(let histogram) = metric else { preconditionFailure("\(name) is no histogram") }
    return histogram
  }

  /// All metrics in the text format of Prometheus 0.0.4, ascending by name and then by labels.
  package func text() -> String {
    var lines: [String] = []
    for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      lines.append("# HELP \(name) \(escaped(help: family.help))")
      lines.append("# TYPE \(name) \(family.type)")
      for (labels, metric) in family.series.sorted(by: { $0.key < $1.key }) {
        switch metric {
        case .counter(let counter): lines.append("\(name)\(braced(labels)) \(counter.value)")
        case .gauge(let gauge): lines.append("\(name)\(braced(labels)) \(number(gauge.value))")
        case .measured(let read):
          // What cannot be read now is left out: a rule that divides by it must not meet a number that is none.
          let value = read()
          if !value.isNaN { lines.append("\(name)\(braced(labels)) \(number(value))") }
        case .histogram(let histogram): lines += Self.lines(of: histogram, name, labels)
        }
      }
    }
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
  }

  private func metric(
    _ name: String, _ help: String, _ type: String, _ labels: [Label], _ make: () -> Metric
  ) -> Metric {
    check(name, labels)
    precondition(Set(labels.map(\.name)).count == labels.count, "\(name) has a label twice")
    let key = written(labels)
    return families.withLock { families in
      var family = families[name] ?? Family(help: help, type: type)
      precondition(family.type == type, "\(name) is a \(family.type)")
      var place = key
      if family.series[place] == nil, family.series.count >= Self.seriesMax {
        place = written(labels.map { ($0.name, "_other") })
      }
      if let metric = family.series[place] { return metric }
      let metric = make()
      family.series[place] = metric
      families[name] = family
      return metric
    }
  }

  private func check(_ name: String, _ labels: [Label]) {
    let isOurs = name.hasPrefix("winnow_") || name.hasPrefix("process_")
    precondition(isOurs && isMetricName(name), "\(name) is no name of a metric")
    precondition(labels.allSatisfy { isLabelName($0.name) }, "\(name) has a broken label")
  }

  private static func lines(of histogram: Histogram, _ name: String, _ labels: String) -> [String] {
    let snapshot = histogram.snapshot
    var cumulative: UInt64 = 0
    var lines: [String] = []
    for (bound, count) in zip(histogram.bounds.map(number) + ["+Inf"], snapshot.counts) {
      cumulative += count
      let separator = labels.isEmpty ? "" : ","
      lines.append("\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(cumulative)")
    }
    lines.append("\(name)_sum\(braced(labels)) \(number(snapshot.sum))")
    lines.append("\(name)_count\(braced(labels)) \(cumulative)")
    return lines
  }
}
