import JSON
import Vocabulary
import WinnowClient

/// What became of the wishes of a search page, for people and for programs.
enum PageText {
  static func lines(_ answer: RankAnswer, _ names: IDNames) -> [String] {
    let page = answer.report.page
    var lines: [String] = []
    for rule in page.rules {
      lines.append(
        "  rule \(rule.name): \(rule.outcome)" + (rule.message.isEmpty ? "" : " · \(rule.message.visible)"))
    }
    for (index, result) in answer.results.enumerated() {
      let moves = page.moves(of: index)
      guard !moves.isEmpty else { continue }
      let reasons = moves.map { "\($0.step) \(signed($0.places))" }.joined(separator: ", ")
      lines.append("  \(page.offset + index + 1). \(names[result.item]): \(reasons) places")
    }
    for step in page.steps {
      lines.append(
        "  \(step.name): \(Text.grouped(step.moved)) moved, logits of the first k \(Text.fixed(-Double(step.cost), 3)), "
          + "probabilities \(Text.fixed(-Double(step.clicksCost), 3))")
    }
    if page.similarity.before != page.similarity.after {
      lines.append(
        "  mean similarity of the first k: \(Text.fixed(Double(page.similarity.before), 3)) → "
          + Text.fixed(Double(page.similarity.after), 3))
    }
    if page.total > 0 || !page.facets.isEmpty {
      lines.append("  \(Text.grouped(page.total)) items pass" + label(answer))
    }
    for facet in page.facets { lines.append(Self.line(facet)) }
    // A list that was arranged without a wish for pages goes on behind k without a token.
    if page.listed > 0, page.offset > 0 || !page.next.isEmpty || page.listed <= answer.results.count {
      let last = page.offset + answer.results.count
      lines.append(
        "  places \(page.offset + 1) to \(last) of \(Text.grouped(page.listed)), \(page.source)"
          + (page.next.isEmpty ? "; this is the last page" : ""))
      if !page.next.isEmpty { lines.append("  next page: --page \(hexadecimal(page.next))") }
    }
    return lines.isEmpty ? [] : [""] + lines
  }

  private static func label(_ answer: RankAnswer) -> String {
    answer.report.isComplete ? "" : ", of \(Text.fixed(Double(answer.report.coverage) / 10_000, 1)) % of the collection"
  }

  private static func line(_ facet: PageOutcome.Facet) -> String {
    var parts = facet.values.map { "\($0.value.visible) \(Text.grouped($0.count))" }
    for range in facet.ranges {
      parts.append("\(range.low.canonical)..\(range.high.canonical) \(Text.grouped(range.count))")
    }
    if facet.other > 0 { parts.append("other \(Text.grouped(facet.other))") }
    return "  \(facet.attribute): " + (parts.isEmpty ? "no value" : parts.joined(separator: " · "))
      + (facet.isExact ? "" : " (not exact: more values than a shard counts)")
  }

  private static func signed(_ places: Int) -> String { places > 0 ? "+\(places)" : "\(places)" }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func json(_ answer: RankAnswer) -> JSON {
    let page = answer.report.page
    return .object([
      ("total", .int(page.total)), ("facets", .list(page.facets.map(json))),
      (
        "steps",
        .list(
          page.steps.map {
            .object([
              ("step", .text($0.name)), ("moved", .int($0.moved)), ("cost", .float($0.cost)),
              ("clicks_cost", .float($0.clicksCost)),
            ])
          })
      ),
      (
        "moves",
        .list(
          answer.results.indices.map { index in
            .object(page.moves(of: index).map { ($0.step, .int($0.places)) })
          })
      ), ("similarity_before", .float(page.similarity.before)), ("similarity_after", .float(page.similarity.after)),
      (
        "rules",
        .list(
          page.rules.map {
            .object([("rule", .text($0.name)), ("outcome", .text($0.outcome)), ("message", .text($0.message))])
          })
      ), ("source", .text(page.source)), ("offset", .int(page.offset)), ("listed", .int(page.listed)),
      ("next", page.next.isEmpty ? .null : .text(hexadecimal(page.next))),
    ])
  }

  private static func json(_ facet: PageOutcome.Facet) -> JSON {
    .object([
      ("attribute", .text(facet.attribute)), ("exact", .bool(facet.isExact)), ("present", .int(facet.present)),
      ("other", .int(facet.other)),
      (
        "values", .list(facet.values.map { .object([("value", .text($0.value)), ("count", .int($0.count))]) })
      ),
      (
        "ranges",
        .list(
          facet.ranges.map {
            .object([("low", .number($0.low)), ("high", .number($0.high)), ("count", .int($0.count))])
          })
      ),
    ])
  }
}

extension Double {
  /// The shortest digits, without a point where there is no fraction.
  fileprivate var canonical: String {
    let text = "\(self)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
