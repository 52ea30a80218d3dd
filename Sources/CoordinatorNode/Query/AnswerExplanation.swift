import Ranking
import Towers
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
    let reranked: RerankOutcome
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
    let rerankedCount = answer.reranked.logits.count
    guard rerankedCount > 0,
      let explainer = Explainer(
        model.reranker, inputs, user: user, context: answer.context, count: rerankedCount,
        shouldStop: shouldStop)
    else { return }
    guard explainer.base.isFinite, !explainer.ownInputs.isEmpty else {
      explanation.state = .complete
      return
    }
    let words = Words(answer, model.model)
    if words != nil { explanation.inputs.append(RankExplanation.Input(.words, name: "", shared: nil)) }
    explanation.base = words.map { $0.base(explainer.base) } ?? explainer.base
    for index in explanation.items.indices.prefix(answer.chosen.rankedCount) {
      guard !shouldStop() else { return }
      let position = answer.chosen.positions[index]
      guard position < rerankedCount, let parts = explainer.parts(of: position) else { continue }
      var shown = zip(explainer.values(of: position), parts).map { (RankExplanation.Value($0), $1) }
      if let words {
        guard let own = words.part(of: position) else { continue }
        shown = shown.map { ($0, words.logitWeight * $1) } + [own]
      }
      explanation.items[index].parts = shown.map { .init(value: $0, logit: $1) }
    }
    explanation.state = .complete
  }

  /// What words add to the logits, where the model has learned how much they count.
  private struct Words {
    let logitWeight: Float
    /// By candidate.
    private let parts: [Float?]
    private let mean: Float
    private let fused: [Float]

    init?(_ answer: Answer, _ model: Model) {
      guard answer.plan.hasTerms, let ranking = model.manifest.search?.ranking else { return nil }
      logitWeight = ranking.logit
      parts = answer.reranked.wordParts(ranking)
      let known = parts.compactMap { $0 }
      mean = known.isEmpty ? 0 : Float(known.reduce(0.0) { $0 + Double($1) } / Double(known.count))
      fused = answer.gathered.merge.entries.map(\.fused)
    }

    /// The base with the mean of what words add.
    func base(_ base: Float) -> Float { logitWeight * base + mean }

    /// What words add to one candidate, against the mean.
    func part(of position: Int) -> (RankExplanation.Value, Float)? {
      parts[position].map { (.number(Double(fused[position])), $0 - mean) }
    }
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
