import Evaluation
import JSON

/// The figures of searches by words, ready to print.
struct SearchReport {
  /// Some searches by one way of searching.
  private struct Row {
    let name: String
    let count: Int
    let intervals: [Bootstrap.Interval]
  }

  private struct Block {
    let title: String
    let rows: [Row]
  }

  var title = ""
  var facts: [(String, JSON)] = []
  var notes: [String] = []
  private let blocks: [Block]
  private let parts: [Row]
  /// How far one way is ahead of another in NDCG@10.
  private let differences: [(name: String, interval: Bootstrap.Interval)]
  private let unionMean: Double
  private let results: [Bootstrap.Interval]
  private var requirements: [(requirement: Requirement, value: Double)] = []

  init(_ outcome: SearchOutcome, count: Int, threads: Int) {
    func row(_ name: String, _ figures: SearchFigures) -> Row {
      Row(
        name: name, count: figures.ndcg.count, intervals: Bootstrap.intervals(figures.columns, threads: threads))
    }
    func block(_ title: String, _ figures: [SearchFigures]) -> Block {
      Block(title: title, rows: zip(SearchOutcome.Arm.allCases, figures).map { row($0.rawValue, $1) })
    }
    let personal = outcome.personal.map { block("with the shopper", $0) }
    blocks = [personal, block("without the shopper", outcome.alone)].compactMap { $0 }
    parts = outcome.parts.filter { !$0.cases.isEmpty && $0.cases.count < count }.map {
      row($0.name, outcome.results.part($0.cases))
    }
    let (figures, all) = (outcome.personal ?? outcome.alone, SearchOutcome.Arm.allCases)
    func ndcg(_ figures: [SearchFigures], _ arm: SearchOutcome.Arm) -> [Double] {
      all.firstIndex(of: arm).map { figures[$0].ndcg } ?? []
    }
    var differences = [
      ("fused over words", Bootstrap.paired(ndcg(figures, .fused), ndcg(figures, .words))),
      ("re-ranked over fused", Bootstrap.paired(ndcg(figures, .reranked), ndcg(figures, .fused))),
    ]
    if let own = outcome.personal {
      for arm in [SearchOutcome.Arm.fused, .reranked] {
        differences.append(
          ("\(arm.rawValue), shopper over none", Bootstrap.paired(ndcg(own, arm), ndcg(outcome.alone, arm))))
      }
    }
    self.differences = differences
    unionMean = outcome.unionMean
    results = Bootstrap.intervals(outcome.results.columns, threads: threads)
  }

  /// Adds a bound that a mean of the results has to keep.
  ///
  /// - Returns: Whether there is such a metric.
  mutating func require(_ requirement: Requirement) -> Bool {
    guard let place = Self.keys.firstIndex(of: requirement.key) else { return false }
    requirements.append((requirement, results[place].mean))
    return true
  }

  /// Whether all bounds are kept.
  var passed: Bool { requirements.allSatisfy { $0.requirement.holds(for: $0.value) } }

  private static let keys = SearchFigures.names.map { $0.lowercased() }

  /// The report for people.
  var text: String {
    var text = title + "\n"
    for note in notes { text += "  ! \(note)\n" }
    for block in blocks { text += "\n" + table(block.title, block.rows) }
    text += "\n  the union has \(Text.fixed(unionMean, 1)) items on average, all of which count for its Recall@100\n"
    if !parts.isEmpty { text += "\n" + table("results, searches", parts, counted: true) }
    var table = Table([("NDCG@10, ahead by", .left), ("", .left)], widthMax: 60)
    for (name, interval) in differences { table.add([name, EvaluationReport.interval(interval, signed: true)]) }
    text += "\n" + table.text
    if !requirements.isEmpty { text += "\n" }
    for (requirement, value) in requirements {
      text += "\(requirement.holds(for: value) ? "PASS" : "FAIL")  \(requirement.text): \(Text.fixed(value, 4))\n"
    }
    return text
  }

  private func table(_ title: String, _ rows: [Row], counted: Bool = false) -> String {
    var table = Table(
      [(title, .left)] + (counted ? [("", .right)] : []) + SearchFigures.names.map { ($0, .left) }, widthMax: 60)
    for row in rows {
      table.add(
        [row.name] + (counted ? [Text.grouped(row.count)] : [])
          + row.intervals.map { EvaluationReport.interval($0) })
    }
    return table.text
  }

  /// The report for programs.
  var json: JSON {
    func named(_ intervals: [Bootstrap.Interval]) -> [(String, JSON)] {
      zip(Self.keys, intervals).map { ($0, EvaluationReport.json($1)) }
    }
    func list(_ rows: [Row]) -> JSON {
      .list(rows.map { .object([("name", .text($0.name)), ("searches", .int($0.count))] + named($0.intervals)) })
    }
    return .object(
      facts + [
        ("union_items", .number(unionMean)), ("notes", .list(notes.map { .text($0) })),
        ("arms", .object(blocks.map { ($0.title.replacing(" the ", with: "_"), list($0.rows)) })),
        ("parts", list(parts)),
        (
          "differences",
          .list(
            differences.map {
              .object([("name", .text($0.name)), ("ndcg@10", EvaluationReport.json($0.interval))])
            })
        ),
        (
          "requirements",
          .list(
            requirements.map { requirement, value in
              .object([
                ("requirement", .text(requirement.text)), ("value", .number(value)),
                ("passed", .bool(requirement.holds(for: value))),
              ])
            })
        ),
      ])
  }
}
