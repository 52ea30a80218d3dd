/// The proleptic Gregorian calendar in milliseconds since the start of 1970 in UTC.
enum Calendar {
  static let millisecondsPerDay: Int64 = 86_400_000

  static func daysOfMonth(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  /// Whether there is such a day, in the years 1…9999.
  static func isDay(_ year: Int64, _ month: Int64, _ day: Int64) -> Bool {
    (1...9999).contains(year) && (1...12).contains(month) && day >= 1 && day <= daysOfMonth(month, year)
  }

  /// Days since 1970-01-01 of a day (Hinnant, chrono-compatible date algorithms, 2013).
  static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = floor(y, 400)
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The day of a number of days since 1970-01-01; the inverse of `days`.
  static func day(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let z = days + 719_468
    let era = floor(z, 146_097)
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// Days since 1970-01-01 of a weekday, 1 is Monday, in a week of ISO 8601; `nil` if the year has no such week.
  static func days(_ year: Int64, week: Int64, weekday: Int64) -> Int64? {
    // 4 January is always in week 1; 1970-01-01 was a Thursday.
    let fourth = days(year, 1, 4)
    let monday = fourth - (fourth + 3 - floor(fourth + 3, 7) * 7)
    let result = monday + (week - 1) * 7 + weekday - 1
    // A week belongs to the year that has its Thursday.
    let thursday = day(monday + (week - 1) * 7 + 3)
    return thursday.year == year ? result : nil
  }

  /// `2026-01-31T12:59:00Z`, with thousandths if there are any.
  static func text(_ milliseconds: Int64) -> String {
    let days = floor(milliseconds, millisecondsPerDay)
    let rest = milliseconds - days * millisecondsPerDay
    let (year, month, day) = day(days)
    func digits(_ value: Int64, _ count: Int) -> String {
      let text = String(abs(value))
      return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, count - text.count)) + text
    }
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60)
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T\(digits(hour, 2)):\(digits(minute, 2)):"
      + "\(digits(second, 2))\(rest % 1000 == 0 ? "" : "." + digits(rest % 1000, 3))Z"
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
