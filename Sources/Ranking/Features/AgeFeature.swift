import Vocabulary

/// `age`: from the item's number to the moment's.
struct AgeFeature: CrossKind, Cross {
  static let word = "age"
  static let inputKind = InputKind.age
  static let types = [AttributeType.int, .float]

  let name: String
  let context: String
  let normalisation: Normalisation

  var feature: AttributeFeature { .age(attribute: name, context: context, normalisation) }
  var attribute: String? { name }
  var kind: InputKind { Self.inputKind }

  func cross(_ profileNames: [String]) -> (any Cross)? { self }

  func items(_ column: InputColumn) -> [ItemSide] { column.sides { $0.isNaN ? .missing : .number($0) } }

  func moment(_ context: [String: ContextValue]) -> Double? {
    if case .number(let number) = context[self.context] { Double(number) } else { nil }
  }

  func input(_ item: ItemSide, profile: Span<Float>, moment: Double?) -> Float {
    guard case .number(let start) = item else { return normalisation.missing }
    return normalisation.input(moment.map { max(0, $0 - start) })
  }

  func value(
    _ column: InputColumn?, _ candidates: CandidateInputs, at position: Int, user: UserVectors,
    _ context: [String: ContextValue]
  ) -> InputValue {
    guard let moment = moment(context), let column, case .number(let start) = InputValue(column, at: position)
    else { return .missing }
    return .number(max(0, moment - start))
  }
}

extension AgeFeature {
  init(from decoder: any Decoder) throws {
    let fields = try decoder.strictFields(["kind", "attribute", "context"] + Normalisation.keys)
    name = try fields.name("attribute")
    context = try fields.name("context")
    normalisation = try Normalisation(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(context, forKey: "context")
    try normalisation.encode(to: encoder)
  }
}
