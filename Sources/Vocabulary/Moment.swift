/// A time as the features of a context have it, all in UTC.
package struct Moment: Hashable, Sendable {
  /// 0…23.
  package let hour: Int
  /// 0 is Monday, 6 is Sunday.
  package let weekday: Int
  /// Days since the start of 1970 with their fraction.
  package let day: Float

  /// The moment of a number of milliseconds since the start of 1970.
  package init(milliseconds: Int64) {
    let hours = Self.floor(milliseconds, 3_600_000)
    let days = Self.floor(hours, 24)
    hour = Int(hours - days * 24)
    // 1970 began on a Thursday.
    weekday = Int(days + 3 - Self.floor(days + 3, 7) * 7)
    day = Float(Double(milliseconds) / 86_400_000)
  }

  /// Under the names by which a query gives them to a model.
  package var context: [(name: String, number: Float)] {
    [("hour", Float(hour)), ("weekday", Float(weekday)), ("day", day)]
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
