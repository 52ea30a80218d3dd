import Arguments
import DataSets

/// How much events count.
enum Weights {
  static let flag = Flag.list(
    "weights", .string, "How much events count, as KIND=NUMBER, KIND=value or KIND=NUMBER*value.", group: "Cleaning",
    default: EventWeights().text, placeholder: "KIND=WEIGHT")

  /// The weights by the flag.
  static func read(_ session: Session) throws(Failure) -> EventWeights {
    guard let weights = EventWeights(session[Self.flag]) else {
      throw session.usage(Self.flag, "is not such as click=2, rating=value and purchase=3*value")
    }
    return weights
  }
}
