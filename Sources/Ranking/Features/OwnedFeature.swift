import Vocabulary

/// `owned`: how often the shopper has had the item, and how long ago. The same code makes it for server and trainer.
package struct OwnedFeature: Hashable, Sendable {
  static let word = "owned"
  static let inputKind = InputKind.owned
  static let types: [AttributeType] = []

  /// Had it, how often, how long ago, how strongly.
  package static let width = 4
  /// Of a model that is not told another, in days.
  package static let halfLifeDefault = 90.0
  static let none = [Float](repeating: 0, count: width)

  /// The number of the context that says which day it is.
  package let context: String
  /// Days after which an event counts half.
  package let halfLife: Double

  package init(context: String, halfLife: Double) { (self.context, self.halfLife) = (context, halfLife) }

  /// The four inputs of an item at a day; without a day none has passed.
  package func inputs(_ item: OwnedItems.Item?, day: Double?) -> [Float] {
    guard let item else { return Self.none }
    let days = day.map { max(0, $0 - Double(item.day)) } ?? 0
    return [
      1, Float(SignedLog.log1p(Double(item.count))), Float(SignedLog.log1p(days)),
      Float(Double(item.level) - days / halfLife),
    ]
  }

  /// What a shopper has had after a session, which happens at the moment that the context says.
  package func owned(
    _ owned: OwnedItems, adding session: [UInt64], _ context: [String: ContextValue]
  ) -> OwnedItems { owned.adding(session, day: day(context), halfLife: halfLife) }

  func day(_ context: [String: ContextValue]) -> Double? {
    if case .number(let number) = context[self.context] { Double(number) } else { nil }
  }
}

extension OwnedFeature: FeatureKind {
  var feature: AttributeFeature { .owned(self) }
  var attribute: String? { nil }
  var width: Int { Self.width }

  func reader(_ profileNames: [String]) -> FeatureReader? { .owned(self) }

  func value(
    _ column: InputColumn?, _ candidates: CandidateInputs, at position: Int, user: UserVectors,
    _ context: [String: ContextValue]
  ) -> InputValue { user.owned[candidates.ids[position].rawValue].map { .number(Double($0.count)) } ?? .missing }
}

extension OwnedFeature: Codable {
  package init(from decoder: any Decoder) throws {
    // The reader of training.json makes keys of Swift of its keys.
    let isConverted = try decoder.container(keyedBy: AnyKey.self).contains(AnyKey(stringValue: "halfLife"))
    let key = isConverted ? "halfLife" : "half_life"
    let fields = try decoder.strictFields(["kind", "context", key])
    context = try fields.name("context")
    halfLife = Double(try fields.float(AnyKey(stringValue: key), default: Float(Self.halfLifeDefault)))
    guard halfLife > 0 else {
      throw FieldError(decoder.codingPath + [AnyKey(stringValue: "half_life")], .outOfRange, "a number of days above 0")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(context, forKey: "context")
    try fields.encode(halfLife, forKey: "half_life")
  }
}
