import Arguments
import Vocabulary
import WinnowClient

/// The flags that say how shoppers are divided.
enum SplitFlags {
  static let abortIf = Flag.list(
    "abort-if", .string,
    "What ends the experiment, so that the first arm serves all: errors>SHARE, p99>TIME such as 100ms, clicks<-PERCENT "
      + "such as -10%.", placeholder: "GUARD")

  /// The guards of `--abort-if`.
  static func guards(_ session: Session) throws(Failure) -> [ShopperSplit.Guard] {
    var guards: [ShopperSplit.Guard] = []
    for text in session[Self.abortIf] {
      guard let one = limit(text) else {
        throw session.usage(
          Self.abortIf,
          "takes errors>SHARE, p99>TIME and clicks<-PERCENT, such as 'errors>0.01,p99>100ms,clicks<-10%', "
            + "not '\(text)'")
      }
      guards.append(one)
    }
    return guards
  }

  private static func limit(_ text: String) -> ShopperSplit.Guard? {
    let text = text.filter { $0 != " " }
    if text.hasPrefix("errors>"), let share = Double(text.dropFirst(7)), share > 0, share < 1 {
      return .errors(above: share)
    }
    if text.hasPrefix("p99>"), text.hasSuffix("ms"), let time = Double(text.dropFirst(4).dropLast(2)),
      (0.001...4_000_000).contains(time)
    {
      return .slow(microseconds: Int((time * 1000).rounded()))
    }
    if text.hasPrefix("clicks<-"), text.hasSuffix("%"), let percent = Double(text.dropFirst(8).dropLast(1)),
      percent > 0, percent < 100
    {
      return .clicks(below: percent / 100)
    }
    return nil
  }

  /// `[NAME=]GENERATION:PERCENT`.
  static func arm(_ text: String, needsName: Bool) -> ShopperSplit.Arm? {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == (needsName ? 2 : 1), let last = parts.last else { return nil }
    let numbers = last.split(separator: ":", omittingEmptySubsequences: false)
    guard numbers.count == 2, let generation = UInt32(numbers[0]), generation > 0, let percent = Double(numbers[1]),
      percent > 0, percent <= 100, !needsName || isName(String(parts[0]))
    else { return nil }
    return ShopperSplit.Arm(
      needsName ? String(parts[0]) : "shadow", Generation(generation), share: percent / 100)
  }
}
