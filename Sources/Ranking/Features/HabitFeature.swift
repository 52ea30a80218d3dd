import Vocabulary

/// `habit`: a number against the profile input that says what the shopper is used to.
struct HabitFeature: CrossKind {
  static let word = "habit"
  static let inputKind = InputKind.habit
  static let types = [AttributeType.int, .float]

  let name: String
  let profile: ExactText
  let normalisation: Normalisation

  var feature: AttributeFeature { .habit(attribute: name, profile: profile, normalisation) }
  var attribute: String? { name }
  var profileNeeded: String { profile.text }

  func cross(_ profileNames: [String]) -> (any Cross)? {
    profileNames.firstIndex(exactly: profile.text).map { HabitCross(place: $0, normalisation: normalisation) }
  }
}

/// A habit with its place in the profile.
private struct HabitCross: Cross {
  let place: Int
  let normalisation: Normalisation

  var kind: InputKind { HabitFeature.inputKind }

  func items(_ column: InputColumn) -> [ItemSide] {
    column.sides { normalisation.normalised($0).map { .input($0) } ?? .missing }
  }

  func input(_ item: ItemSide, profile: Span<Float>, moment: Double?) -> Float {
    if case .input(let input) = item { input - profile[place] } else { normalisation.missing }
  }
}

extension HabitFeature {
  init(from decoder: any Decoder) throws {
    let fields = try decoder.strictFields(["kind", "attribute", "profile"] + Normalisation.keys)
    name = try fields.name("attribute")
    profile = try fields.decode(ExactText.self, forKey: "profile")
    normalisation = try Normalisation(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(profile, forKey: "profile")
    try normalisation.encode(to: encoder)
  }
}
