import Arguments
import Vocabulary
import WinnowClient

/// Rules by which items that the shopper has met are left out.
enum SeenFlag {
  static let flag = Flag.repeated(
    "exclude-seen", .string,
    "Leave out items of the user's stored history, by a rule such as 'purchase within 30d' or "
      + "'impression,view within 1d 3 times'; up to 8.", group: "What", placeholder: "RULE")

  /// The rules of `--exclude-seen`.
  static func rules(_ session: Session) throws(Failure) -> [SeenRule] {
    var rules: [SeenRule] = []
    for text in session[Self.flag] {
      guard let rule = rule(text) else {
        let kinds = ShopperAction.allCases.map(\.word).joined(separator: ", ")
        throw session.usage(
          Self.flag,
          "takes KIND[,KIND…] [within TIME] [N times], such as 'purchase within 30d', with the kinds \(kinds) and "
            + "times such as 30d, 12h, 45m and 90s, up to 3650d; not '\(text)'")
      }
      rules.append(rule)
    }
    guard rules.count <= Limits.seenRulesMax else {
      throw session.usage(Self.flag, "stands at most \(Limits.seenRulesMax) times")
    }
    return rules
  }

  private static func rule(_ text: String) -> SeenRule? {
    var words = text.split(separator: " ")[...]
    guard let first = words.popFirst() else { return nil }
    var rule = SeenRule([])
    for word in first.split(separator: ",", omittingEmptySubsequences: false) {
      guard let kind = ShopperAction(word: word) else { return nil }
      rule.kinds.insert(kind)
    }
    if words.first == "within" {
      guard let seconds = words.dropFirst().first.flatMap(seconds) else { return nil }
      rule.within = .seconds(seconds)
      words = words.dropFirst(2)
    }
    if let count = words.popFirst() {
      guard let times = Int(count), (1...Int(UInt16.max)).contains(times), ["times", "time"].contains(words.popFirst())
      else { return nil }
      rule.times = times
    }
    return words.isEmpty ? rule : nil
  }

  private static func seconds(_ text: Substring) -> Int64? {
    let units: [(name: Character, seconds: Int64)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
    guard let unit = units.first(where: { $0.name == text.last }), let count = Int64(text.dropLast()), count > 0 else {
      return nil
    }
    let (seconds, overflow) = count.multipliedReportingOverflow(by: unit.seconds)
    return overflow || seconds > Limits.seenSecondsMax ? nil : seconds
  }
}
