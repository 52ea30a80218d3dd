import Vocabulary

/// `numeric`: a number, made ready for the network.
struct NumericFeature: FeatureKind {
  static let word = "numeric"
  static let inputKind = InputKind.attribute
  static let types = [AttributeType.int, .float]

  let name: String
  let normalisation: Normalisation

  var feature: AttributeFeature { .numeric(attribute: name, normalisation) }
  var attribute: String? { name }

  func reader(_ profileNames: [String]) -> FeatureReader? { .number(normalisation) }
}

extension NumericFeature {
  init(from decoder: any Decoder) throws {
    name = try decoder.strictFields(["kind", "attribute"] + Normalisation.keys).name("attribute")
    normalisation = try Normalisation(from: decoder)
  }

  func encode(to encoder: any Encoder) throws { try normalisation.encode(to: encoder) }
}
