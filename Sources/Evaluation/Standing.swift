import Vocabulary

/// How one system did on all cases.
package struct Standing: Sendable {
  package let name: String
  package let cases: [RankedCase]

  package init(_ name: String, _ cases: [RankedCase]) {
    self.name = name
    self.cases = cases
  }

  /// A metric of every case; `nil` if the system does not say enough for it.
  package func values(_ metric: Metric) -> [Double]? {
    let values = cases.compactMap { metric.value($0) }
    return values.count == cases.count ? values : nil
  }

  /// The means with their 95 % intervals over users, in the order of the metrics; `nil` where a metric is not known.
  package func intervals(_ metrics: [Metric], threads: Int = 1) -> [Bootstrap.Interval?] {
    Self.intervals(metrics.map { values($0) }, threads: threads)
  }

  /// The mean differences to another system on the same cases, with their paired intervals.
  package func differences(
    to other: Standing, _ metrics: [Metric], threads: Int = 1
  ) -> [Bootstrap.Interval?] {
    let columns = metrics.map { metric -> [Double]? in
      guard let ours = values(metric), let theirs = other.values(metric) else { return nil }
      precondition(ours.count == theirs.count, "the same cases")
      return zip(ours, theirs).map { $0 - $1 }
    }
    return Self.intervals(columns, threads: threads)
  }

  /// How many different items stand among the first k of any case.
  package func covered(_ k: Int) -> Int {
    cases.reduce(into: Set<ItemID>()) { $0.formUnion($1.first.prefix(k)) }.count
  }

  private static func intervals(_ columns: [[Double]?], threads: Int) -> [Bootstrap.Interval?] {
    let known = columns.compactMap { $0 }
    guard !known.isEmpty else { return columns.map { _ in nil } }
    var intervals = Bootstrap.intervals(known, threads: threads).makeIterator()
    return columns.map { $0 == nil ? nil : intervals.next() }
  }
}
