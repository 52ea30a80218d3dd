import Vocabulary
import WinnowClient

/// An answer as a person reads it: the results with the reasons for their order, coverage, and where the time went.
struct AnswerText {
  private let answer: RankAnswer
  private let query: RankQuery
  private let names: IDNames

  init(_ answer: RankAnswer, of query: RankQuery, _ names: IDNames = IDNames()) {
    self.answer = answer
    self.query = query
    self.names = names
  }

  var text: String {
    var lines = [heading] + WordsText.lines(answer) + [""]
    lines += answer.results.isEmpty ? ["  nothing passes"] : results
    lines += PageText.lines(answer, names)
    if let explanation = ExplanationText(answer, names) { lines += [""] + explanation.lines }
    lines += [""] + coverage + [""] + WaterfallText.lines(answer.report)
    if answer.explanation != nil { lines.append("request \(Text.hexadecimal(answer.report.requestID))") }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The heading: the shopper and the query.
  private var heading: String {
    var parts = ["\(query.collection)"]
    if !query.words.isEmpty { parts.append("words: \(query.words.visible)") }
    parts.append(Self.who(query, names))
    parts.append("k \(query.k) of depth \(Self.depth(answer, of: query))")
    if !query.filter.isEmpty { parts.append("filter: \(query.filter)") }
    return parts.joined(separator: " · ")
  }

  /// The depth that the answer was made with, and that it is not the one asked for.
  static func depth(_ answer: RankAnswer, of query: RankQuery) -> String {
    answer.report.depth < query.depth
      ? "\(answer.report.depth), reduced from \(query.depth) under load" : "\(query.depth)"
  }

  static func who(_ query: RankQuery, _ names: IDNames = IDNames()) -> String {
    if !query.vector.isEmpty { return "a vector of \(query.vector.count)" }
    if let user = query.user { return "user \(names[user])" }
    if query.sessionItems.isEmpty, !query.words.isEmpty || !query.page.sort.isEmpty { return "any shopper" }
    return "\(query.sessionItems.count) session items"
  }

  private var results: [String] {
    let shown = Self.shownAttributes(answer)
    let hasWords = answer.results.contains { $0.lexicalScore != nil }
    var table = Table(
      [("#", .right), ("was", .right), ("item", .right)]
        + shown.map { ($0, Self.isNumber($0, answer) ? Table.Alignment.right : .left) }
        + (hasWords ? [("words", .right)] : []) + [("retrieval", .right), ("logit", .right), ("probability", .right)])
    let before = Self.ranksByRetrieval(answer)
    for (index, result) in answer.results.enumerated() {
      let attributes = shown.map { name in Text.value(result.attributes.first { $0.name == name }?.value) }
      table.add(
        ["\(answer.report.page.offset + index + 1)", Self.move(from: before[index], to: index + 1), names[result.item]]
          + attributes
          + (result.lexicalScore.map { [Text.fixed(Double($0), 3)] } ?? (hasWords ? ["–"] : [])) + [
            Text.fixed(Double(result.retrievalScore), 4), result.logit.map { Text.fixed(Double($0), 3) } ?? "–",
            result.probability.map { Text.fixed($0, 4) } ?? "–",
          ])
    }
    return table.lines + ["  was: the place among these by retrieval score alone, before the model re-ranked them"]
  }

  /// The place before and which way the item went.
  static func move(from before: Int, to now: Int) -> String {
    before == now ? "=" : "\(before) \(before > now ? "↑" : "↓")"
  }

  /// The place that each result would have by retrieval score, higher first, then by id.
  static func ranksByRetrieval(_ answer: RankAnswer) -> [Int] {
    let results = answer.results
    let order = results.indices.sorted { a, b in
      results[a].retrievalScore != results[b].retrievalScore
        ? results[a].retrievalScore > results[b].retrievalScore : results[a].item < results[b].item
    }
    var ranks = [Int](repeating: 0, count: results.count)
    for (rank, index) in order.enumerated() { ranks[index] = rank + 1 }
    return ranks
  }

  /// The attributes that say most about an item: title, category, brand and price if it has them, else the first four.
  static func shownAttributes(_ answer: RankAnswer) -> [String] {
    let names = answer.results.first?.attributes.map(\.name) ?? []
    let known = ["title", "category", "brand", "price"].filter(names.contains)
    return known.isEmpty || names.count <= 4 ? Array(names.prefix(6)) : known
  }

  private static func isNumber(_ name: String, _ answer: RankAnswer) -> Bool {
    answer.results.contains { result in
      switch result.attributes.first(where: { $0.name == name })?.value {
      case .int, .float: true
      default: false
      }
    }
  }

  /// The coverage of the answer.
  private var coverage: [String] { CoverageText.lines(answer) }
}
