package import DataSets
import Vocabulary

/// How well a system does for each group of users.
package struct UserGroups: Sendable {
  /// One group.
  package struct Group: Sendable {
    package let label: String
    package let cases: Int
    package let value: Bootstrap.Interval
    /// How far its mean is above the mean of all.
    package let gap: Double
  }

  package let name: String
  /// The largest gaps first.
  package let groups: [Group]

  /// A metric by an attribute of users; or by `activity`, quarters of the users by their events before the test.
  ///
  /// - Returns: `nil` if there is no such attribute, or the system does not say enough for the metric.
  package init?(
    _ name: String, _ standing: Standing, _ test: TestSet, _ data: DataSet, metric: Metric, threads: Int = 1
  ) {
    guard let values = standing.values(metric), let labels = Self.labels(name, test, data) else { return nil }
    self.name = name
    let mean = values.reduce(0, +) / Double(values.count)
    var members: [ExactText: [Double]] = [:]
    for (value, label) in zip(values, labels) { members[label.exact, default: []].append(value) }
    groups = members.sorted { $0.key < $1.key }.map { label, values in
      let value = Bootstrap.intervals([values], threads: threads)[0]
      return Group(label: label.text, cases: values.count, value: value, gap: value.mean - mean)
    }.sorted { (abs($1.gap), $0.label.exact) < (abs($0.gap), $1.label.exact) }
  }

  /// The label of each case.
  private static func labels(_ name: String, _ test: TestSet, _ data: DataSet) -> [String]? {
    if let labels = data.userLabels(name) { return test.cases.map { labels[$0.user] } }
    guard name == "activity" else { return nil }
    let counts = test.cases.map { test.known[$0.user].count }
    let sorted = counts.sorted()
    let tops = (1...4).map { sorted[(sorted.count * $0 + 3) / 4 - 1] }
    return counts.map { count in
      let quarter = tops.firstIndex { count <= $0 } ?? 3
      return "\(quarter + 1): up to \(tops[quarter]) events"
    }
  }
}
