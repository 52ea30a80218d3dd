import Vocabulary

/// `bool`: 1 or 0.
struct BoolFeature: FeatureKind {
  static let word = "bool"
  static let inputKind = InputKind.attribute
  static let types = [AttributeType.bool]

  let name: String
  let missing: Float

  var feature: AttributeFeature { .bool(attribute: name, missing: missing) }
  var attribute: String? { name }

  // (x − 0) · 1 leaves 1 and 0 as they are.
  func reader(_ profileNames: [String]) -> FeatureReader? { .number(Normalisation(missing: missing)) }
}

extension BoolFeature {
  init(from decoder: any Decoder) throws {
    let fields = try decoder.strictFields(["kind", "attribute", "missing"])
    name = try fields.name("attribute")
    missing = try fields.float("missing", default: 0)
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(Double(missing), forKey: "missing")
  }
}
