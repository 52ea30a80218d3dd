import Foundation
import Testing

/// The page for operators, the code and the alert rules speak of the same metrics and alerts.
@Suite struct MetricPageTests {
  private static func rows(of heading: String) throws -> Set<String> {
    let lines = try House.text("cluster/operators.md").components(separatedBy: "\n")
    let section = lines.drop { $0 != "## \(heading)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
    return Set(section.compactMap { $0.firstMatch(of: #/^\| `(\w+)` \|/#).map { String($0.1) } })
  }

  @Test func everyMetricOfTheCodeIsExplainedAndNoOther() throws {
    var named: Set<String> = []
    for source in try House.sources("Sources") {
      for match in source.text.matches(of: #/"((?:winnow|process)_[a-z_]+)"/#) { named.insert(String(match.1)) }
    }
    let explained = try Self.rows(of: "Metrics")
    #expect(named.count > 40)
    #expect(named == explained, "\(named.symmetricDifference(explained).sorted())")
  }

  @Test(arguments: ["alerts.yml", "dashboard.json"])
  func whatIsShownAndWarnedOfAreMetricsThatExist(file: String) throws {
    let metrics = try Self.rows(of: "Metrics")
    let text = try House.text("cluster/prometheus/\(file)")
    let used = text.matches(of: #/\b(?:winnow|process)_[a-z_]+\b/#).map { String($0.output) }
    #expect(used.count > 10)
    for name in used {
      let family = name.replacing(#/_(bucket|sum|count)$/#, with: "")
      #expect(metrics.contains(name) || metrics.contains(family), "\(name)")
    }
  }

  @Test func everyAlertIsExplainedAndNoOther() throws {
    let alerts = Set(
      try House.text("cluster/prometheus/alerts.yml").matches(of: #/- alert: (\w+)/#).map { String($0.1) })
    #expect(alerts.count > 10)
    #expect(try Self.rows(of: "Alerts") == alerts)
    // What each rule says of measurements is promtool's to test.
    let tested = Set(
      try House.text("cluster/prometheus/alerts-test.yml").matches(of: #/alertname="(\w+)"/#).map { String($0.1) })
    #expect(tested == alerts, "\(tested.symmetricDifference(alerts).sorted())")
  }
}
