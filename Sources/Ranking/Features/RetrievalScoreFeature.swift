import Vocabulary

/// `retrieval_score`: it has a mean, a scale and perhaps a range, but is never missing and belongs to no attribute.
struct RetrievalScoreFeature: FeatureKind {
  static let word = "retrieval_score"
  static let inputKind = InputKind.retrievalScore
  static let types: [AttributeType] = []

  let normalisation: Normalisation
  let range: ScoreRange?

  var feature: AttributeFeature { .retrievalScore(normalisation, within: range) }
  var attribute: String? { nil }

  func reader(_ profileNames: [String]) -> FeatureReader? { .score(normalisation, within: range) }

  func value(
    _ column: InputColumn?, _ candidates: CandidateInputs, at position: Int, user: UserVectors,
    _ context: [String: ContextValue]
  ) -> InputValue {
    .number(Double(candidates.retrievalScores[position]))
  }
}

extension RetrievalScoreFeature {
  init(from decoder: any Decoder) throws {
    let fields = try decoder.strictFields(["kind", "mean", "scale", "low", "high"])
    normalisation = try Normalisation(from: decoder)
    guard fields.contains("low") || fields.contains("high") else {
      range = nil
      return
    }
    range = ScoreRange(low: try fields.float("low"), high: try fields.float("high"))
    guard range != nil else {
      throw FieldError(decoder.codingPath + [AnyKey(stringLiteral: "high")], .outOfRange, "is below low")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(Double(normalisation.mean), forKey: "mean")
    try fields.encode(Double(normalisation.scale), forKey: "scale")
    try fields.encodeIfPresent(range.map { Double($0.low) }, forKey: "low")
    try fields.encodeIfPresent(range.map { Double($0.high) }, forKey: "high")
  }
}
