package import Vocabulary

/// One entry of `inputs.attributes`: what of an item, besides its vectors, the network sees.
///
/// A kind is a case here, which is its data, and a type in a file of its own, which knows all the rest.
package enum AttributeFeature: Hashable, Sendable {
  /// An `int` or `float` attribute, one input.
  case numeric(attribute: String, Normalisation)
  /// A `keyword` attribute (one input is 1) or a `keyword_set` (one for each member); zeros where it is missing.
  case oneHot(attribute: String, OneHot)
  /// A `bool` attribute: 1, 0, or `missing`.
  case bool(attribute: String, missing: Float)
  /// The inner product by which retrieval found the item, one input.
  case retrievalScore(Normalisation)
  /// A number against the shopper's habit: what `numeric` makes of it less the profile input of that name, one input.
  case habit(attribute: String, profile: ExactText, Normalisation)
  /// How much the shopper has to do with the item's words: the sum of the profile inputs `PROFILE=WORD`, one input.
  case affinity(attribute: String, profile: ExactText)
  /// A number of the context less the attribute and not below 0, one input: how old the item is.
  case age(attribute: String, context: String, Normalisation)
  /// What the shopper has had of the item, four inputs.
  case owned(OwnedFeature)

  /// All kinds, in the order in which errors list them.
  private static let kinds: [any FeatureKind.Type] = [
    NumericFeature.self, OneHotFeature.self, BoolFeature.self, RetrievalScoreFeature.self, HabitFeature.self,
    AffinityFeature.self, AgeFeature.self, OwnedFeature.self,
  ]

  /// The feature as its kind.
  var kind: any FeatureKind {
    switch self {
    case .numeric(let name, let normalisation): NumericFeature(name: name, normalisation: normalisation)
    case .oneHot(let name, let oneHot): OneHotFeature(name: name, oneHot: oneHot)
    case .bool(let name, let missing): BoolFeature(name: name, missing: missing)
    case .retrievalScore(let normalisation): RetrievalScoreFeature(normalisation: normalisation)
    case .habit(let name, let profile, let normalisation):
      HabitFeature(name: name, profile: profile, normalisation: normalisation)
    case .affinity(let name, let profile): AffinityFeature(name: name, profile: profile)
    case .age(let name, let context, let normalisation):
      AgeFeature(name: name, context: context, normalisation: normalisation)
    case .owned(let feature): feature
    }
  }

  /// Number of inputs.
  package var width: Int { kind.width }
  /// The attribute it reads, or `nil` for the retrieval score and what the shopper has had.
  package var attribute: String? { kind.attribute }
  /// It as what the shopper has had; `nil` for other kinds.
  package var owned: OwnedFeature? { if case .owned(let feature) = self { feature } else { nil } }
  /// Whether it reads more than the item.
  package var isCross: Bool { kind is any CrossKind }

  /// The cross that it is; `nil` for a feature that is none, or one that names no profile input.
  package func cross(profileNames: [String]) -> (any Cross)? { (kind as? any CrossKind)?.cross(profileNames) }
}

extension AttributeFeature: Codable {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: AnyKey.self)
    let place = try fields.place("kind", among: Self.kinds.map { $0.word })
    self = try Self.kinds[place].init(from: decoder).feature
  }

  package func encode(to encoder: any Encoder) throws {
    let kind = kind
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(type(of: kind).word, forKey: "kind")
    try fields.encodeIfPresent(kind.attribute, forKey: "attribute")
    try kind.encode(to: encoder)
  }
}
