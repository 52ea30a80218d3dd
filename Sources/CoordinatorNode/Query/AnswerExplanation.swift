import Ranking
import Vocabulary
import Wire

/// Why the results of an answer stand where they do, made once the answer is.
struct AnswerExplanation {
  /// The candidates and vectors that the answer was made of.
  struct Answer {
    let plan: QueryPlan
    let gathered: Gathered
    let chosen: ChosenResults
    /// `nil` without a model.
    let inputs: CandidateInputs?
    let user: UserVectors?
    let context: [String: ContextValue]
    /// How many candidates were re-ranked.
    let rerankedCount: Int
  }

  private let answer: Answer
  private(set) var explanation = RankExplanation()

  /// Explains as many results as the request asks for, as far as time allows.
  init(_ answer: Answer, shouldStop: () -> Bool) {
    self.answer = answer
    explanation.items = answer.chosen.positions.prefix(answer.plan.request.explainedCount).map(item)
    guard let model = answer.plan.collection.model, let inputs = answer.inputs, let user = answer.user else {
      explanation.state = .withoutModel
      return
    }
    explanation.inputs = Self.inputs(of: model.model.manifest, user, answer.context)
    explanation.state = .partial
    guard answer.rerankedCount > 0,
      let explainer = Explainer(
        model.reranker, inputs, user: user, context: answer.context, count: answer.rerankedCount,
        shouldStop: shouldStop)
    else { return }
    guard explainer.base.isFinite, !explainer.ownInputs.isEmpty else {
      explanation.state = .complete
      return
    }
    explanation.base = explainer.base
    for index in explanation.items.indices.prefix(answer.chosen.rankedCount) {
      guard !shouldStop() else { return }
      let position = answer.chosen.positions[index]
      guard position < answer.rerankedCount, let parts = explainer.parts(of: position) else { continue }
      explanation.items[index].parts = zip(explainer.values(of: position), parts).map {
        .init(value: .init($0), logit: $1)
      }
    }
    explanation.state = .complete
  }

  /// Where a candidate came from.
  private func item(_ position: Int) -> RankExplanation.Item {
    let entry = answer.gathered.merge.entries[position]
    return RankExplanation.Item(
      place: UInt32(position + 1), shard: answer.plan.targets[entry.leg].shard,
      phase: answer.gathered.parts[entry.leg][entry.part].phase)
  }

  /// The names of the network's inputs, and the values that all candidates have.
  private static func inputs(
    of manifest: Manifest, _ user: UserVectors, _ context: [String: ContextValue]
  ) -> [RankExplanation.Input] {
    manifest.layout.blocks.map { input in
      RankExplanation.Input(
        input.kind, name: input.name,
        shared: input.sharedValue(user: user, context).map { RankExplanation.Value($0) })
    }
  }
}

extension RankExplanation.Value {
  fileprivate init(_ value: InputValue) {
    self =
      switch value {
      case .number(let number) where number.isFinite: .number(number)
      case .norm(let norm) where norm.isFinite: .norm(norm)
      case .words(let words): .words(words.map(\.text).joined(separator: ", "))
      case .missing, .number, .norm: .missing
      }
  }
}
