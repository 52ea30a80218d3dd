import Vocabulary
import WinnowClient

/// The answers to one query of two shoppers, side by side.
struct ComparisonText {
  private static let columnWidth = 58

  private let left: (query: RankQuery, answer: RankAnswer)
  private let right: (query: RankQuery, answer: RankAnswer)

  private let names: IDNames

  init(_ left: (RankQuery, RankAnswer), _ right: (RankQuery, RankAnswer), _ names: IDNames = IDNames()) {
    self.left = left
    self.right = right
    self.names = names
  }

  var text: String {
    let columns = [column(left.answer), column(right.answer)]
    var lines = [
      "\(left.query.collection)" + (left.query.words.isEmpty ? "" : " · words: \(left.query.words.visible)")
        + " · k \(left.query.k) of depth \(left.query.depth)"
        + (left.query.filter.isEmpty ? "" : " · filter: \(left.query.filter)")
    ]
    lines += WordsText.lines(left.answer) + [""]
    let heads = [left, right].map { AnswerText.who($0.query, names) }
    lines.append("  " + heads[0].padded(Self.columnWidth) + "  │ " + heads[1])
    for row in 0..<max(columns[0].count, columns[1].count) {
      let cells = columns.map { row < $0.count ? $0[row] : "" }
      lines.append(("  " + cells[0].padded(Self.columnWidth) + "  │ " + cells[1]).trimmingEnd())
    }
    let common = Set(left.answer.results.map(\.item)).intersection(right.answer.results.map(\.item))
    lines += ["", "\(common.count) of \(left.query.k) items in both answers", ""]
    for (query, answer) in [left, right] {
      lines.append("\(AnswerText.who(query, names)):")
      lines += (CoverageText.lines(answer) + WaterfallText.lines(answer.report)).map { "  " + $0 }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func column(_ answer: RankAnswer) -> [String] {
    let before = AnswerText.ranksByRetrieval(answer)
    let shown = AnswerText.shownAttributes(answer)
    let hasWords = answer.results.contains { $0.lexicalScore != nil }
    var table = Table(
      [("#", .right), ("was", .right), ("item", .left), (hasWords ? "logit" : "p", .right)],
      widthMax: Self.columnWidth - 20)
    for (index, result) in answer.results.enumerated() {
      let words = shown.compactMap { name in result.attributes.first { $0.name == name }?.value }.map { Text.value($0) }
      table.add([
        "\(index + 1)", AnswerText.move(from: before[index], to: index + 1),
        words.isEmpty ? names[result.item] : words.joined(separator: " · "),
        (hasWords ? result.logit.map(Double.init) : result.probability).map { Text.fixed($0, 3) } ?? "–",
      ])
    }
    return table.lines.map { String($0.dropFirst(2)) }
  }
}
