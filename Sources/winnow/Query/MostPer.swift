import Arguments
import Vocabulary

/// The cap of results with one value of an attribute.
enum MostPer {
  static let flag = Flag(
    "most-per", .string, "At most M results with one value; of category, if only M is given.", group: "What",
    placeholder: "[ATTRIBUTE=]M")

  /// The cap of `--most-per`, if there is one.
  static func cap(_ session: Session) throws(Failure) -> (attribute: String, most: Int)? {
    guard let pair = session[Self.flag] else { return nil }
    guard let (name, value) = pair.namedValue ?? Int(pair).map({ _ in ("category", pair) }), let most = Int(value),
      (1...Int(UInt16.max)).contains(most)
    else {
      throw session.usage(Self.flag, "takes ATTRIBUTE=M, or M for the category, with M from 1 to 65535")
    }
    return (name, most)
  }
}

extension String {
  /// The sides of NAME=VALUE; `nil` without a name.
  var namedValue: (String, String)? {
    guard let sides = split(at: "="), !sides.before.isEmpty else { return nil }
    return (sides.before, sides.behind)
  }
}
