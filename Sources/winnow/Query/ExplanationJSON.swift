import JSON
import Vocabulary
import WinnowClient

/// Explanations for programs.
enum ExplanationJSON {
  static func json(_ explanation: RankExplanation) -> JSON {
    let state: String =
      switch explanation.state {
      case .complete: "complete"
      case .partial: "partial"
      case .withoutModel: "without model"
      case .unknown(let number): "state \(number)"
      }
    let shared = explanation.inputs.compactMap { input in
      input.shared.map { JSON.object([("input", .text(ExplanationText.name(input))), ("value", json($0))]) }
    }
    return .object([
      ("state", .text(state)), ("base_logit", explanation.base.map { .float($0) } ?? .null),
      ("shared", .list(shared)), ("items", .list(explanation.items.map(json))),
    ])
  }

  private static func json(_ item: RankExplanation.Item) -> JSON {
    let parts = item.parts.map { part in
      JSON.object([
        ("input", .text(ExplanationText.name(part.input))), ("kind", .text(part.input.kind)),
        ("name", .text(part.input.name)), ("value", json(part.value)), ("part", .float(part.logit)),
      ])
    }
    return .object([
      ("place", .int(item.place)), ("shard", .int(Int(item.shard.rawValue))), ("phase", .text(item.phase)),
      ("parts", .list(parts)),
    ])
  }

  private static func json(_ value: RankExplanation.Value) -> JSON {
    switch value {
    case .missing: .null
    case .number(let number): .number(number)
    case .words(let words): .text(words)
    case .norm(let norm): .object([("norm", .number(norm))])
    }
  }
}
