import Vocabulary

/// `one_hot`: an input a word.
struct OneHotFeature: FeatureKind {
  static let word = "one_hot"
  static let inputKind = InputKind.attribute
  static let types = [AttributeType.keyword, .keywordSet]

  let name: String
  let oneHot: OneHot

  var feature: AttributeFeature { .oneHot(attribute: name, oneHot) }
  var attribute: String? { name }
  var width: Int { oneHot.width }

  func reader(_ profileNames: [String]) -> FeatureReader? { .words(WordInputs(oneHot)) }
}

extension OneHotFeature {
  init(from decoder: any Decoder) throws {
    name = try decoder.strictFields(["kind", "attribute"] + OneHot.keys).name("attribute")
    oneHot = try OneHot(from: decoder)
  }

  func encode(to encoder: any Encoder) throws { try oneHot.encode(to: encoder) }
}
