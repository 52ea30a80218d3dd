import Evaluation
import JSON

/// The result of an evaluation, ready to print.
struct EvaluationReport {
  /// One system's figures.
  struct System {
    let name: String
    /// In the order of the report's metrics; `nil` where one is not known.
    let intervals: [Bootstrap.Interval?]
    /// The share of the catalogue among the first k of all users, for each k; `nil` where nothing is listed.
    let coverage: [Double?]
  }

  /// How far one system is ahead of another, with paired intervals.
  struct Difference {
    let system, other: String
    let intervals: [Bootstrap.Interval?]
  }

  /// The system that is evaluated: both phases.
  let final = "re-ranked"
  let metrics: [Metric]
  let ks: [Int]
  /// The subject of the evaluation and its method, for the first line and for the JSON form.
  var title = ""
  var facts: [(String, JSON)] = []
  var notes: [String] = []
  /// The systems that the final one is shown beside in full, with paired differences.
  var rivals: [String] = []
  /// The system that has the final one's results under a cap, if there is one.
  var lever: String?
  var fairness: FairnessReport?
  /// How shoppers that the model does not know are served.
  var cold: ColdReport?
  /// What steps behind the logits cost and bring.
  var tradeOffs: [TradeOff] = []
  private(set) var systems: [System] = []
  private(set) var differences: [Difference] = []
  private(set) var requirements: [(requirement: Requirement, value: Double?)] = []
  /// Whether some answers of a cluster were partial.
  private(set) var isDegraded = false
  /// How a cluster's answers compare; empty if none was asked.
  private(set) var liveText = ""
  private let threads: Int

  /// The name of a running cluster among the systems; under a cap, the other.
  static let live = "live"
  static let cappedLive = "live, capped"

  init(ks: [Int], threads: Int) {
    self.ks = ks
    self.threads = threads
    metrics = Metric.all(ks)
  }

  /// Adds a system.
  ///
  /// - Parameter itemCount: Items of its catalogue; `nil` if it only ranked listed ones.
  mutating func add(_ standing: Standing, itemCount: Int?) {
    systems.append(
      System(
        name: standing.name, intervals: standing.intervals(metrics, threads: threads),
        coverage: ks.map { k in itemCount.map { Double(standing.covered(k)) / Double(max($0, 1)) } }))
  }

  /// Adds how far a system is ahead of another.
  mutating func compare(_ standing: Standing, with other: Standing) {
    differences.append(
      Difference(
        system: standing.name, other: other.name,
        intervals: standing.differences(to: other, metrics, threads: threads)))
  }

  /// Adds what a running cluster answered, beside what it should answer.
  ///
  /// - Parameter model: The model that should have answered.
  mutating func add(
    _ live: LiveEvaluation.Outcome, name: String, beside offline: Standing, itemCount: Int?, model: UInt64
  ) {
    let whole = live.cases.compactMap { $0 }
    let same = zip(live.cases, offline.cases).count { $0?.first == $1.first }
    if whole.count < live.cases.count { isDegraded = true }
    let partial = live.partial.sorted { $0.key < $1.key }
    facts.append(
      (
        name,
        .object([
          ("answers", .int(live.cases.count)), ("whole", .int(whole.count)), ("same", .int(same)),
          ("unanswered", .int(live.unansweredCount)),
          ("partial", .object(partial.map { ($0.key, .int($0.value)) })),
        ])
      ))
    liveText +=
      "\(name): \(Text.grouped(same)) of \(Text.grouped(live.cases.count)) answers are those of the offline path\n"
    for (cause, count) in partial {
      notes.append("\(name): \(Text.grouped(count)) answers are partial and not counted: \(cause)")
    }
    if live.models.contains(where: { $0 != model }) { notes.append("\(name): the cluster answered by another model") }
    guard !whole.isEmpty else { return }
    add(Standing(name, whole), itemCount: itemCount)
    if whole.count == live.cases.count { compare(Standing(name, whole), with: offline) }
  }

  /// Adds a bound that a mean of the cluster, or else of the final system, has to keep.
  ///
  /// - Returns: Whether there is such a metric.
  mutating func require(_ requirement: Requirement) -> Bool {
    guard let found = system(Self.live) ?? system(final) else { return false }
    if let index = metrics.firstIndex(where: { $0.key == requirement.key }) {
      requirements.append((requirement, found.intervals[index]?.mean))
      return true
    }
    guard let index = ks.firstIndex(where: { "coverage@\($0)" == requirement.key }) else { return false }
    requirements.append((requirement, found.coverage[index]))
    return true
  }

  /// Whether all bounds are kept.
  var passed: Bool { requirements.allSatisfy { $0.requirement.holds(for: $0.value) } }

  func system(_ name: String) -> System? { systems.first { $0.name == name } }

  func difference(_ system: String, _ other: String) -> Difference? {
    differences.first { $0.system == system && $0.other == other }
  }
}
