import Vocabulary
import WinnowClient

/// The explanation of each result, as a table with a bar for each part.
struct ExplanationText {
  /// Columns of a bar on either side of its middle.
  private static let barWidth = 12
  /// A part that would be printed as zero has no row of its own.
  private static let leastShown: Float = 0.0005

  private let answer: RankAnswer
  private let explanation: RankExplanation
  private let names: IDNames

  /// - Returns: `nil` if the answer was not to be explained.
  init?(_ answer: RankAnswer, _ names: IDNames = IDNames()) {
    guard let explanation = answer.explanation else { return nil }
    self.answer = answer
    self.explanation = explanation
    self.names = names
  }

  var lines: [String] {
    var lines = ["why"]
    switch explanation.state {
    case .complete: break
    case .partial: lines.append("  time ended before every result was explained: give more with --timeout")
    case .withoutModel: lines.append("  no model: the order is that of retrieval, and there are no parts to show")
    case .unknown(let number): lines.append("  explained as far as state \(number), which this program does not know")
    }
    // One scale for all, so that bars can be compared between results.
    let greatest = explanation.items.flatMap(\.parts).map { abs($0.logit) }.max() ?? 0
    for (index, item) in explanation.items.enumerated() where index < answer.results.count {
      let result = answer.results[index]
      lines +=
        [""] + Self.lines(item, result, names[result.item], place: index + 1, base: explanation.base, greatest)
      if let matched = answer.report.words?.matched(index) {
        lines.append(
          "    words: " + (matched.isEmpty ? "none of them" : matched.map(\.visible).joined(separator: ", ")))
      }
    }
    if explanation.items.count < answer.results.count {
      lines += ["", "  the first \(explanation.items.count) results are explained"]
    }
    return lines + footnotes
  }

  private static func lines(
    _ item: RankExplanation.Item, _ result: RankAnswer.Result, _ name: String, place: Int, base: Float?,
    _ greatest: Float
  ) -> [String] {
    var heading = "  #\(place) item \(name) · retrieval \(Text.fixed(Double(result.retrievalScore), 4))"
    heading += ", place \(item.place) · shard \(item.shard.rawValue), \(item.phase)"
    guard let logit = result.logit else { return [heading] }
    if let probability = result.probability { heading += " · probability \(Text.fixed(probability, 4))" }
    guard let base, !item.parts.isEmpty else {
      return [heading, "    logit \(Text.fixed(Double(logit), 3)), without parts"]
    }
    var table = Table([("input", .left), ("value", .right), ("part", .right), ("", .left)])
    let parts = item.parts.sorted { abs($0.logit) > abs($1.logit) }
    for part in parts where abs(part.logit) >= leastShown {
      table.add([
        self.name(part.input), value(part.value, of: part.input), signed(part.logit), bar(part.logit, greatest),
      ])
    }
    let silent = parts.filter { abs($0.logit) < leastShown }.map {
      "\(self.name($0.input)) \(value($0.value, of: $0.input))"
    }
    let sum = "    logit \(Text.fixed(Double(logit), 3)) = base \(Text.fixed(Double(base), 3)) \(signed(logit - base))"
    let rest = silent.isEmpty ? [] : ["    no part: " + silent.joined(separator: ", ")]
    return [heading, sum] + table.lines.dropFirst().map { "  " + $0 } + rest
  }

  private var footnotes: [String] {
    guard explanation.base != nil else { return [] }
    let shared = explanation.inputs.compactMap { input in
      input.shared.map { "\(Self.name(input)) \(Self.value($0, of: input))" }
    }
    var lines = [
      "",
      "  parts: what an input changes in the place of that of the mean of the \(answer.report.reranked) re-ranked candidates,",
      "  whose logit is the base; sampled Shapley values, which sum to the logit less the base",
    ]
    if !shared.isEmpty {
      lines.append("  the same for every candidate, so without a part: " + shared.joined(separator: ", "))
    }
    return lines
  }

  /// Such as `price`, `habit of price` or `dot product`.
  static func name(_ input: RankExplanation.Input) -> String {
    switch input.kind {
    case _ where isOwn(input): input.name
    case _ where input.name.isEmpty: input.kind
    default: "\(input.kind) of \(input.name)"
    }
  }

  /// Whether an input holds a value from the item or the query, and not a computed one.
  private static func isOwn(_ input: RankExplanation.Input) -> Bool { ["attribute", "context"].contains(input.kind) }

  static func value(_ value: RankExplanation.Value, of input: RankExplanation.Input) -> String {
    switch value {
    case .missing: "–"
    case .number(let number) where isOwn(input) || number == number.rounded(): Text.number(number)
    case .number(let number): Text.fixed(number, 4)
    case .words(let words): words.visible
    case .norm(let norm): "‖\(Text.fixed(norm, 3))‖"
    }
  }

  static func signed(_ number: Float) -> String {
    (number < 0 ? "− " : "+ ") + Text.fixed(Double(abs(number)), 3)
  }

  /// A bar to the left of the middle for what lowers the logit, to the right for what raises it.
  static func bar(_ part: Float, _ greatest: Float) -> String {
    guard greatest > 0 else { return "" }
    let length = max(1, Int((Float(barWidth) * abs(part) / greatest).rounded()))
    let filled = String(repeating: "█", count: length)
    let space = String(repeating: " ", count: barWidth - (part < 0 ? length : 0))
    return part < 0 ? space + filled + "│" : space + "│" + filled
  }
}
