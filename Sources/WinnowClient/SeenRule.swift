public import Vocabulary
import Wire

/// Leaves out of an answer what the shopper has met before, by the shopper's stored history.
public struct SeenRule: Hashable, Sendable {
  /// The kinds of events that count, one or more.
  public var kinds: Set<ShopperAction>
  /// Only events of so long ago or later count, up to 3,650 days, in whole seconds; `nil`: all that are kept.
  public var within: Duration?
  /// An item with at least this number of these events is left out, 1 or more.
  public var times: Int

  /// Leaves out items with at least `times` events of some kinds.
  public init(_ kinds: Set<ShopperAction>, within: Duration? = nil, times: Int = 1) {
    (self.kinds, self.within, self.times) = (kinds, within, times)
  }

  /// The rule as it travels, checked for what would not fit its fields.
  func wire() throws(WinnowError) -> Wire.SeenRule {
    try Check.range(kinds.count, 1...ShopperAction.allCases.count, "number of kinds of a rule of seen items")
    try Check.range(times, 1...Int(UInt16.max), "number of times of a rule of seen items")
    var seconds: UInt32 = 0
    if let within {
      let (whole, rest) = within.components
      try Check.range(
        Int(clamping: whole) + (rest > 0 && whole < Int64.max ? 1 : 0), 1...Int(Limits.seenSecondsMax),
        "number of seconds of a rule of seen items")
      seconds = UInt32(clamping: whole + (rest > 0 ? 1 : 0))
    }
    return Wire.SeenRule(kinds, withinSeconds: seconds, leastCount: UInt16(times))
  }
}
