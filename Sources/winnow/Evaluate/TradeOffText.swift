import Evaluation
import JSON

/// A trade-off of NDCG, for people and for programs.
enum TradeOffText {
  /// What a trade-off is drawn against.
  static func measure(_ tradeOff: TradeOff) -> String {
    tradeOff.name == "diversity" ? "mean similarity" : "error of exposure by \(tradeOff.name)"
  }

  private static func strength(_ tradeOff: TradeOff) -> String { tradeOff.name == "diversity" ? "lambda" : "strength" }

  static func text(_ tradeOff: TradeOff) -> String {
    let hasLast = tradeOff.points.contains { $0.lastGroup != nil }
    var table = Table(
      [
        (strength(tradeOff), .right), ("NDCG@\(tradeOff.k)", .left), ("difference", .left), (measure(tradeOff), .right),
      ] + (hasLast ? [("of the last group", .right)] : []), widthMax: 60)
    for point in tradeOff.points {
      table.add(
        [
          "\(point.strength)", EvaluationReport.interval(point.ndcg),
          EvaluationReport.interval(point.difference, signed: true), Text.fixed(point.measure, 4),
        ] + (hasLast ? [point.lastGroup.map { Text.fixed($0, 5) } ?? ""] : []))
    }
    return table.text + "  \(verdict(tradeOff))\n"
  }

  /// Where a tenth of the NDCG would be lost, or where the last group's error is halved.
  private static func verdict(_ tradeOff: TradeOff) -> String {
    if tradeOff.name == "diversity" {
      guard let point = tradeOff.first(where: { $0.ndcg.mean < 0.9 * $1.ndcg.mean }) else {
        return "no lambda up to 0.9 gives up a tenth of the NDCG"
      }
      return "a tenth of the NDCG is given up at lambda \(point.strength)"
    }
    guard let point = tradeOff.first(where: { ($0.lastGroup ?? 0) <= ($1.lastGroup ?? 0) / 2 }) else {
      return "no strength halves the error of the last group"
    }
    let base = tradeOff.points[0].ndcg.mean
    let share = base > 0 ? 100 * (point.ndcg.mean / base - 1) : 0
    let change = share < 0 ? "lower" : "higher"
    return "the error of the last group is halved at strength \(point.strength), where the NDCG is "
      + "\(Text.fixed(abs(share), 2)) % \(change)"
  }

  static func json(_ tradeOff: TradeOff) -> JSON {
    .object([
      ("by", .text(tradeOff.name)), ("k", .int(tradeOff.k)),
      (
        "points",
        .list(
          tradeOff.points.map { point in
            .object([
              ("strength", .number(point.strength)), ("ndcg", EvaluationReport.json(point.ndcg)),
              ("difference", EvaluationReport.json(point.difference)), ("measure", .number(point.measure)),
              ("last_group", point.lastGroup.map { .number($0) } ?? .null),
            ])
          })
      ),
    ])
  }
}
