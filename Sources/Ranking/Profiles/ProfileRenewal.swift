import Vocabulary

/// How the first inputs of a profile follow from what a shopper does: the section `user.renewal` of a manifest.
package struct ProfileRenewal: Hashable, Sendable {
  /// In the order of the profile.
  package let inputs: [HistoryInput]
  /// What the sums of earlier events are multiplied by at each event, 0…1.
  package let decay: Double

  package init(_ inputs: [HistoryInput], decay: Double) { (self.inputs, self.decay) = (inputs, decay) }
}

extension ProfileRenewal: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case decay, inputs
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    decay = try container.decode(Double.self, forKey: .decay)
    guard decay >= 0, decay <= 1 else {
      throw FieldError(container.codingPath + [CodingKeys.decay], .outOfRange, "\(decay) is not within 0…1")
    }
    inputs = try container.decode([Entry].self, forKey: .inputs).map(\.input)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(decay, forKey: .decay)
    try container.encode(inputs.map(Entry.init), forKey: .inputs)
  }

  /// An input as a manifest writes it; `training.json` writes it in another form.
  private struct Entry: Codable {
    let input: HistoryInput

    private static let kinds = ["count", "days_since_last", "mean", "share"]

    init(_ input: HistoryInput) { self.input = input }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: AnyKey.self)
      switch try fields.place("kind", among: Self.kinds) {
      case 0:
        _ = try decoder.strictFields(["kind", "event"] + Normalisation.keys)
        input = .count(event: try fields.decode(String.self, forKey: "event"), try Normalisation(from: decoder))
      case 1:
        _ = try decoder.strictFields(["kind"] + Normalisation.keys)
        input = .daysSinceLast(try Normalisation(from: decoder))
      case 2:
        _ = try decoder.strictFields(["kind", "attribute"] + Normalisation.keys)
        input = .mean(attribute: try fields.name("attribute"), try Normalisation(from: decoder))
      default:
        _ = try decoder.strictFields(["kind", "attribute", "word"])
        input = .share(attribute: try fields.name("attribute"), word: try fields.decode(ExactText.self, forKey: "word"))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: AnyKey.self)
      switch input {
      case .count(let event, let normalisation):
        try fields.encode(Self.kinds[0], forKey: "kind")
        try fields.encode(event, forKey: "event")
        try normalisation.encode(to: encoder)
      case .daysSinceLast(let normalisation):
        try fields.encode(Self.kinds[1], forKey: "kind")
        try normalisation.encode(to: encoder)
      case .mean(let attribute, let normalisation):
        try fields.encode(Self.kinds[2], forKey: "kind")
        try fields.encode(attribute, forKey: "attribute")
        try normalisation.encode(to: encoder)
      case .share(let attribute, let word):
        try fields.encode(Self.kinds[3], forKey: "kind")
        try fields.encode(attribute, forKey: "attribute")
        try fields.encode(word, forKey: "word")
      }
    }
  }
}
