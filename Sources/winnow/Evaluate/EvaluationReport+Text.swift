import Evaluation

extension EvaluationReport {
  /// The report for people.
  var text: String {
    var text = title + "\n"
    for note in notes { text += "  ! \(note)\n" }
    for rival in rivals { text += "\n" + pair(final, over: rival) }
    if let lever { text += "\n" + pair(lever, over: final) }
    let beside = systems.filter { $0.name != final && $0.name != lever && !rivals.contains($0.name) }
    if !beside.isEmpty { text += "\n" + besideTable(beside) }
    text += (fairness?.text ?? "") + (cold?.text ?? "")
    for tradeOff in tradeOffs { text += "\n" + TradeOffText.text(tradeOff) }
    if !liveText.isEmpty { text += "\n\(liveText)" }
    if !requirements.isEmpty {
      text += "\n"
      for (requirement, value) in requirements {
        let found = value.map { Text.fixed($0, 4) } ?? "not known"
        text += "\(requirement.holds(for: value) ? "PASS" : "FAIL")  \(requirement.text): \(found)\n"
      }
    }
    return text
  }

  /// Two systems side by side, with what the first is ahead by.
  private func pair(_ name: String, over other: String) -> String {
    guard let system = system(name), let base = self.system(other), let difference = difference(name, other) else {
      return ""
    }
    var table = Table([("", .left), (other, .left), (name, .left), ("difference", .left)], widthMax: 60)
    for (index, metric) in metrics.enumerated() where system.intervals[index] != nil {
      table.add([
        metric.name, Self.interval(base.intervals[index]), Self.interval(system.intervals[index]),
        Self.interval(difference.intervals[index], signed: true),
      ])
    }
    for (index, k) in ks.enumerated() where system.coverage[index] != nil {
      table.add(["coverage@\(k)", Self.percent(base.coverage[index]), Self.percent(system.coverage[index]), ""])
    }
    return table.text
  }

  /// Other systems by their means, with how far the final one is ahead in the first NDCG.
  private func besideTable(_ systems: [System]) -> String {
    let shown = metrics.indices.filter { index in systems.contains { $0.intervals[index] != nil } }
    let lead = metrics.firstIndex(of: .ndcg(ks[0])) ?? 0
    var table = Table(
      [("beside", .left)] + shown.map { (metrics[$0].name, .right) }
        + [("\(final) is ahead in \(metrics[lead].name) by", .left)], widthMax: 60)
    for system in systems {
      table.add(
        [system.name] + shown.map { system.intervals[$0].map { Text.fixed($0.mean, 4) } ?? "–" }
          + [difference(final, system.name).map { Self.interval($0.intervals[lead], signed: true) } ?? ""])
    }
    return table.text
  }

  static func interval(_ interval: Bootstrap.Interval?, signed: Bool = false) -> String {
    guard let interval else { return "–" }
    let number = { (value: Double) in (signed && value >= 0 ? "+" : "") + Text.fixed(value, 4) }
    return "\(number(interval.mean)) (\(number(interval.low))…\(number(interval.high)))"
  }

  static func percent(_ share: Double?) -> String { share.map { Text.fixed(100 * $0, 1) + " %" } ?? "–" }
}
