import Evaluation
import JSON

extension EvaluationReport {
  /// The report for programs.
  var json: JSON {
    var fields = facts
    fields.append(("notes", .list(notes.map { .text($0) })))
    fields.append(
      (
        "systems",
        .list(
          systems.map { system in
            var fields: [(String, JSON)] = [("name", .text(system.name))]
            fields += named(system.intervals)
            for (k, share) in zip(ks, system.coverage) {
              fields.append(("coverage@\(k)", share.map { .number($0) } ?? .null))
            }
            return .object(fields)
          })
      ))
    fields.append(
      (
        "differences",
        .list(
          differences.map { difference in
            .object(
              [("system", .text(difference.system)), ("other", .text(difference.other))] + named(difference.intervals))
          })
      ))
    if let fairness { fields.append(("fairness", fairness.json)) }
    if let cold { fields.append(("cold", cold.json)) }
    if !tradeOffs.isEmpty { fields.append(("trade_offs", .list(tradeOffs.map(TradeOffText.json)))) }
    fields.append(
      (
        "requirements",
        .list(
          requirements.map { requirement, value in
            .object([
              ("requirement", .text(requirement.text)), ("value", value.map { .number($0) } ?? .null),
              ("passed", .bool(requirement.holds(for: value))),
            ])
          })
      ))
    return .object(fields)
  }

  private func named(_ intervals: [Bootstrap.Interval?]) -> [(String, JSON)] {
    zip(metrics, intervals).map { ($0.key, Self.json($1)) }
  }

  /// An interval as an object; null where there is none.
  static func json(_ interval: Bootstrap.Interval?) -> JSON {
    interval.map { .object([("mean", .number($0.mean)), ("low", .number($0.low)), ("high", .number($0.high))]) }
      ?? .null
  }
}
