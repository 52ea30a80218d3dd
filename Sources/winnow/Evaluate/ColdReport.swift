import Evaluation
import JSON

/// How shoppers that the model does not know are served: by the number of their known events, beside popularity.
struct ColdReport {
  /// One number of known events.
  private struct Row {
    let known, cases: Int
    let model, popularity, differences: [Bootstrap.Interval?]
  }

  private let metrics: [Metric]
  private let rows: [Row]
  private let probabilities: ProbabilityBins?

  init(_ test: ColdTest, k: Int, threads: Int) {
    let metrics: [Metric] = [.hitRate(k), .ndcg(k), .logLoss]
    self.metrics = metrics
    probabilities = test.probabilities
    rows = test.rows.filter { !$0.model.cases.isEmpty }.map { row in
      Row(
        known: row.known, cases: row.model.cases.count, model: row.model.intervals(metrics, threads: threads),
        popularity: row.popularity.intervals(metrics, threads: threads),
        differences: row.model.differences(to: row.popularity, metrics, threads: threads))
    }
  }

  var text: String {
    var table = Table(
      [("shoppers unknown to the model", .left), ("cases", .right)] + metrics.map { ($0.name, .left) }
        + [("popularity", .right), ("ahead in \(metrics[1].name) by", .left)], widthMax: 60)
    for row in rows {
      table.add(
        ["\(row.known) known event\(row.known == 1 ? "" : "s")", Text.grouped(row.cases)]
          + row.model.map { EvaluationReport.interval($0) }
          + [
            row.popularity[1].map { Text.fixed($0.mean, 4) } ?? "–",
            EvaluationReport.interval(row.differences[1], signed: true),
          ])
    }
    return "\n" + table.text + (probabilities.map { "\n" + Self.text($0) } ?? "")
  }

  var json: JSON {
    func named(_ intervals: [Bootstrap.Interval?]) -> JSON {
      .object(zip(metrics, intervals).map { ($0.key, EvaluationReport.json($1)) })
    }
    return .object([
      (
        "rows",
        .list(
          rows.map { row in
            .object([
              ("known_events", .int(row.known)), ("cases", .int(row.cases)), ("model", named(row.model)),
              ("popularity", named(row.popularity)), ("differences", named(row.differences)),
            ])
          })
      ), ("probabilities", Self.json(probabilities)),
    ])
  }

  /// Predicted and observed rates side by side.
  static func text(_ probabilities: ProbabilityBins) -> String {
    let columns = probabilities.bins.map { (Text.fixed($0.predicted, 3), Text.fixed($0.observed, 3)) }
    return "probabilities of shoppers without a known event, in tenths of the pairs: at most "
      + "\(Text.fixed(probabilities.gapMax, 3)) beside the rate, log loss \(Text.fixed(probabilities.logLoss, 4))\n"
      + "  predicted  \(columns.map(\.0).joined(separator: "  "))\n"
      + "  observed   \(columns.map(\.1).joined(separator: "  "))\n"
  }

  static func json(_ probabilities: ProbabilityBins?) -> JSON {
    guard let probabilities else { return .null }
    return .object([
      ("log_loss", .number(probabilities.logLoss)), ("gap_max", .number(probabilities.gapMax)),
      (
        "bins",
        .list(
          probabilities.bins.map {
            .object([
              ("pairs", .int($0.pairs)), ("predicted", .number($0.predicted)), ("observed", .number($0.observed)),
            ])
          })
      ),
    ])
  }
}
