import Vocabulary
import Wire

extension ConsoleAnswer {
  /// Why a result stands where it does; `null` if that was not asked for or is not known.
  func explanation(_ row: Int) -> JSONText {
    let explanation = response.report.explanation
    guard explanation.items.indices.contains(row) else { return .null }
    let item = explanation.items[row]
    let own = explanation.inputs.filter { $0.shared == nil }
    let parts = zip(own, item.parts).map { input, part in
      JSONText.object([
        ("kind", .text(input.kind.words)), ("name", .text(input.name)), ("value", JSONText(part.value)),
        ("logit", .float(part.logit)),
      ])
    }
    let shared = explanation.inputs.compactMap { input in
      input.shared.map {
        JSONText.object([
          ("kind", .text(input.kind.words)), ("name", .text(input.name)), ("value", JSONText($0)),
        ])
      }
    }
    return .object([
      ("place", .count(item.place)), ("shard", .count(item.shard.rawValue)), ("phase", .text(item.phase.words)),
      ("base", .float(explanation.base)), ("parts", .list(parts)), ("shared", .list(shared)),
    ])
  }
}

extension JSONText {
  /// The value of an input of the network, as JSON.
  fileprivate init(_ value: RankExplanation.Value) {
    switch value {
    case .missing: self = .null
    case .number(let number): self = .number(number)
    case .words(let words): self = .text(words)
    case .norm(let norm): self = .object([("norm", .number(norm))])
    }
  }
}
