import Vocabulary

/// `retrieval_score`: it has a mean and a scale, but is never missing and belongs to no attribute.
struct RetrievalScoreFeature: FeatureKind {
  static let word = "retrieval_score"
  static let inputKind = InputKind.retrievalScore
  static let types: [AttributeType] = []

  let normalisation: Normalisation

  var feature: AttributeFeature { .retrievalScore(normalisation) }
  var attribute: String? { nil }

  func reader(_ profileNames: [String]) -> FeatureReader? { .score(normalisation) }

  func value(
    _ column: InputColumn?, _ candidates: CandidateInputs, at position: Int, user: UserVectors,
    _ context: [String: ContextValue]
  ) -> InputValue {
    .number(Double(candidates.retrievalScores[position]))
  }
}

extension RetrievalScoreFeature {
  init(from decoder: any Decoder) throws {
    _ = try decoder.strictFields(["kind", "mean", "scale"])
    normalisation = try Normalisation(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(Double(normalisation.mean), forKey: "mean")
    try fields.encode(Double(normalisation.scale), forKey: "scale")
  }
}
