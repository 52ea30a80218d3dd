import Vocabulary

extension AttributeFeature: Codable {
  private enum Kind: String, CaseIterable {
    case numeric
    case oneHot = "one_hot"
    case bool
    case retrievalScore = "retrieval_score"
    case habit, affinity, age
  }

  private enum NumericKeys: String, CodingKey, CaseIterable {
    case kind, attribute, mean, scale, missing, log1p
  }

  private enum OneHotKeys: String, CodingKey, CaseIterable {
    case kind, attribute, vocabulary, other
  }

  private enum BoolKeys: String, CodingKey, CaseIterable {
    case kind, attribute, missing
  }

  private enum ScoreKeys: String, CodingKey, CaseIterable {
    case kind, mean, scale
  }

  private enum HabitKeys: String, CodingKey, CaseIterable {
    case kind, attribute, profile, mean, scale, missing, log1p
  }

  private enum AffinityKeys: String, CodingKey, CaseIterable {
    case kind, attribute, profile
  }

  private enum AgeKeys: String, CodingKey, CaseIterable {
    case kind, attribute, context, mean, scale, missing, log1p
  }

  package init(from decoder: any Decoder) throws {
    switch try decoder.kind(Kind.self) {
    case .numeric:
      let container = try decoder.strictContainer(NumericKeys.self)
      self = .numeric(attribute: try container.name(.attribute), try Normalisation(from: decoder))
    case .oneHot:
      let container = try decoder.strictContainer(OneHotKeys.self)
      self = .oneHot(attribute: try container.name(.attribute), try OneHot(from: decoder))
    case .bool:
      let container = try decoder.strictContainer(BoolKeys.self)
      self = .bool(attribute: try container.name(.attribute), missing: try container.float(.missing, default: 0))
    case .retrievalScore:
      // The score has a mean and a scale but is never missing and belongs to no attribute.
      _ = try decoder.strictContainer(ScoreKeys.self)
      self = .retrievalScore(try Normalisation(from: decoder))
    case .habit:
      let container = try decoder.strictContainer(HabitKeys.self)
      self = .habit(
        attribute: try container.name(.attribute), profile: try container.decode(ExactText.self, forKey: .profile),
        try Normalisation(from: decoder))
    case .affinity:
      let container = try decoder.strictContainer(AffinityKeys.self)
      self = .affinity(
        attribute: try container.name(.attribute), profile: try container.decode(ExactText.self, forKey: .profile))
    case .age:
      let container = try decoder.strictContainer(AgeKeys.self)
      self = .age(
        attribute: try container.name(.attribute), context: try container.name(.context),
        try Normalisation(from: decoder))
    }
  }

  private var kind: Kind {
    switch self {
    case .numeric: .numeric
    case .oneHot: .oneHot
    case .bool: .bool
    case .retrievalScore: .retrievalScore
    case .habit: .habit
    case .affinity: .affinity
    case .age: .age
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    try container.encode(kind.rawValue, forKey: AnyKey(stringValue: "kind"))
    try container.encodeIfPresent(attribute, forKey: AnyKey(stringValue: "attribute"))
    switch self {
    case .numeric(_, let normalisation): try normalisation.encode(to: encoder)
    case .oneHot(_, let oneHot): try oneHot.encode(to: encoder)
    case .bool(_, let missing): try container.encode(Double(missing), forKey: AnyKey(stringValue: "missing"))
    case .retrievalScore(let normalisation):
      try container.encode(Double(normalisation.mean), forKey: AnyKey(stringValue: "mean"))
      try container.encode(Double(normalisation.scale), forKey: AnyKey(stringValue: "scale"))
    case .habit(_, let profile, let normalisation):
      try container.encode(profile, forKey: AnyKey(stringValue: "profile"))
      try normalisation.encode(to: encoder)
    case .affinity(_, let profile): try container.encode(profile, forKey: AnyKey(stringValue: "profile"))
    case .age(_, let context, let normalisation):
      try container.encode(context, forKey: AnyKey(stringValue: "context"))
      try normalisation.encode(to: encoder)
    }
  }
}

extension ContextFeature: Codable {
  private enum Kind: String, CaseIterable {
    case numeric
    case oneHot = "one_hot"
    case bins
  }

  private enum NumericKeys: String, CodingKey, CaseIterable {
    case kind, name, mean, scale, missing, log1p
  }

  private enum OneHotKeys: String, CodingKey, CaseIterable {
    case kind, name, vocabulary, other
  }

  private enum BinsKeys: String, CodingKey, CaseIterable {
    case kind, name, edges
  }

  package init(from decoder: any Decoder) throws {
    switch try decoder.kind(Kind.self) {
    case .numeric:
      let container = try decoder.strictContainer(NumericKeys.self)
      self = .numeric(name: try container.name(.name), try Normalisation(from: decoder))
    case .oneHot:
      let container = try decoder.strictContainer(OneHotKeys.self)
      self = .oneHot(name: try container.name(.name), try OneHot(from: decoder))
    case .bins:
      let container = try decoder.strictContainer(BinsKeys.self)
      let edges = try container.decode([Double].self, forKey: .edges).map { Float($0) }
      let path = container.codingPath + [BinsKeys.edges]
      guard (1...Self.edgesMax).contains(edges.count), edges.allSatisfy(\.isFinite) else {
        throw FieldError(path, .outOfRange, "1…\(Self.edgesMax) finite float32 are possible")
      }
      guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw FieldError(path, .outOfRange, "each edge is above the one before it")
      }
      self = .bins(name: try container.name(.name), edges: edges)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    try container.encode(name, forKey: AnyKey(stringValue: "name"))
    switch self {
    case .numeric(_, let normalisation):
      try container.encode(Kind.numeric.rawValue, forKey: AnyKey(stringValue: "kind"))
      try normalisation.encode(to: encoder)
    case .oneHot(_, let oneHot):
      try container.encode(Kind.oneHot.rawValue, forKey: AnyKey(stringValue: "kind"))
      try oneHot.encode(to: encoder)
    case .bins(_, let edges):
      try container.encode(Kind.bins.rawValue, forKey: AnyKey(stringValue: "kind"))
      try container.encode(edges.map { Double($0) }, forKey: AnyKey(stringValue: "edges"))
    }
  }
}

extension Normalisation: Codable {
  private enum CodingKeys: String, CodingKey {
    case mean, scale, missing
    case takesLog = "log1p"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      mean: try container.float(.mean, default: 0), scale: try container.float(.scale, default: 1),
      missing: try container.float(.missing, default: 0),
      takesLog: try container.decodeIfPresent(Bool.self, forKey: .takesLog) ?? false)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    // As float64, whose shortest text reads back to the same float32 in every language.
    try container.encode(Double(mean), forKey: .mean)
    try container.encode(Double(scale), forKey: .scale)
    try container.encode(Double(missing), forKey: .missing)
    try container.encode(takesLog, forKey: .takesLog)
  }
}

extension OneHot: Codable {
  private enum CodingKeys: String, CodingKey {
    case words = "vocabulary"
    case hasOther = "other"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let words = try container.decode([String].self, forKey: .words)
    let path = container.codingPath + [CodingKeys.words]
    guard (1...Self.wordsMax).contains(words.count) else {
      throw FieldError(path, .outOfRange, "\(words.count) words, 1…\(Self.wordsMax) are possible")
    }
    guard !words.hasRepeats else { throw FieldError(path, .duplicate, "a word stands twice") }
    self.init(words: words, hasOther: try container.decodeIfPresent(Bool.self, forKey: .hasOther) ?? false)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(words, forKey: .words)
    try container.encode(hasOther, forKey: .hasOther)
  }
}

extension Decoder {
  /// The word of `kind` in the object at this place.
  fileprivate func kind<Kind: RawRepresentable & CaseIterable>(_: Kind.Type) throws -> Kind
  where Kind.RawValue == String {
    try container(keyedBy: AnyKey.self).word(AnyKey(stringValue: "kind"), Kind.self)
  }
}
