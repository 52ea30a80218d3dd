/// Times as data files and flags write them, as milliseconds since the start of 1970 in UTC.
package enum Timestamp {
  /// What a whole number of time counts.
  package enum Unit: String, Sendable, CaseIterable, Codable {
    /// Seconds below 10^11 (the year 5138), then milliseconds below 10^14, microseconds below 10^17, nanoseconds.
    case automatic = "auto"
    case seconds = "s"
    case milliseconds = "ms"
    case microseconds = "us"
    /// No clock at all: numbers that only say what came first. They are kept as they are.
    case order
  }

  /// The time that a person means on a command line: a number that is a plausible day (`20260131`) or year (`2026`) is
  /// one, and other short numbers are none; anything else is read as in a file.
  package static func moment(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)[...]
    // No person means a moment of the first days of 1970 by a few digits.
    if Numeral.int(bytes).map({ $0.magnitude < 100_000_000 }) ?? false, !isPlausibleDay(bytes) { return nil }
    if isPlausibleDay(bytes) {
      if bytes.count == 4 { return Numeral.int(bytes).map { Calendar.days($0, 1, 1) * Calendar.millisecondsPerDay } }
      return day(bytes)
    }
    return try? TimeForm().read(bytes)
  }

  /// The time as ISO 8601 writes it, in UTC.
  package static func text(_ milliseconds: Int64) -> String { Calendar.text(milliseconds) }

  /// Whether digits may as well be a year, a day or a day with its time as a number of seconds: `2026`, `20260131`,
  /// `202601311015` and `20260131101500`, from 1900 to 2100.
  static func isPlausibleDay(_ number: ArraySlice<UInt8>) -> Bool {
    // Programs that take a column for floats write .0 behind its numbers.
    let bytes = number.suffix(2).elementsEqual([0x2E, 0x30]) ? number.dropLast(2) : number
    guard [4, 8, 12, 14].contains(bytes.count), let year = Numeral.int(bytes.prefix(4)), (1900...2100).contains(year),
      bytes.allSatisfy({ (0x30...0x39).contains($0) })
    else { return false }
    return bytes.count == 4 || day(bytes) != nil
  }

  private static func day(_ bytes: ArraySlice<UInt8>) -> Int64? {
    var cursor = TimeCursor(bytes)
    guard let year = cursor.number(4...4, 1...9999), let month = cursor.number(2...2, 1...12),
      let day = cursor.number(2...2, 1...31), Calendar.isDay(year, month, day)
    else { return nil }
    return finish(&cursor, days: Calendar.days(year, month, day), .utc, isPacked: true)
  }

  /// A number of time.
  static func number(_ bytes: ArraySlice<UInt8>, _ unit: Unit) -> Int64? {
    if let whole = Numeral.int(bytes) { return scaled(whole, unit) }
    guard let number = Numeral.double(bytes), unit != .order else { return nil }
    // A fraction only makes sense of seconds; 10^11 seconds in thousandths still fit a float64.
    guard unit == .automatic || unit == .seconds, abs(number) < 1e11 else {
      return Int64(exactly: number.rounded(.down)).flatMap { scaled($0, unit) }
    }
    return Int64((number * 1000).rounded(.down))
  }

  private static func scaled(_ value: Int64, _ unit: Unit) -> Int64? {
    switch unit {
    case .order, .milliseconds: return value
    case .microseconds: return value / 1000
    case .seconds:
      let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
      return overflow ? nil : product
    case .automatic:
      switch value.magnitude {
      case ..<100_000_000_000: return value * 1000
      case ..<100_000_000_000_000: return value
      case ..<100_000_000_000_000_000: return value / 1000
      default: return value / 1_000_000
      }
    }
  }

  /// A date of ISO 8601 with the year first, and what may follow it: `2010-12-01`, `2010-12-01T08:26`, `2010/12/1 8:26`,
  /// `2010-12-01 08:26:59.123 +01:00`, `20101201T082659Z`, `2010-335`, `2010-W48-3`.
  static func calendar(_ bytes: ArraySlice<UInt8>, _ zone: LocalZone) -> Int64? {
    var cursor = TimeCursor(bytes)
    let isBasic = cursor.digitCount == 8
    guard cursor.digitCount == 4 || isBasic, let year = cursor.number(4...4, 1...9999) else { return nil }
    if isBasic {
      guard let month = cursor.number(2...2, 1...12), let day = cursor.number(2...2, 1...31),
        Calendar.isDay(year, month, day), cursor.next == UInt8(ascii: "T")
      else { return nil }
      return finish(&cursor, days: Calendar.days(year, month, day), zone)
    }
    guard let mark = cursor.take("-/.") else { return nil }
    if mark == UInt8(ascii: "-"), cursor.take("W") != nil {
      guard let week = cursor.number(2...2, 1...53), cursor.take("-") != nil,
        let weekday = cursor.number(1...1, 1...7),
        let days = Calendar.days(year, week: week, weekday: weekday)
      else { return nil }
      return finish(&cursor, days: days, zone)
    }
    if mark == UInt8(ascii: "-"), cursor.digitCount == 3 {
      guard let day = cursor.number(3...3, 1...(Calendar.isLeap(year) ? 366 : 365)) else { return nil }
      return finish(&cursor, days: Calendar.days(year, 1, 1) + day - 1, zone)
    }
    guard let month = cursor.number(1...2, 1...12), cursor.take(String(UnicodeScalar(mark))) != nil,
      let day = cursor.number(1...2, 1...31), Calendar.isDay(year, month, day)
    else { return nil }
    return finish(&cursor, days: Calendar.days(year, month, day), zone)
  }

  /// The time of day and the offset behind a date, if there are any.
  ///
  /// - Parameter isPacked: Whether the digits of the time may follow those of the date at once.
  static func finish(
    _ cursor: inout TimeCursor, days: Int64, _ zone: LocalZone, isPacked: Bool = false
  ) -> Int64? {
    var local = days * Calendar.millisecondsPerDay
    if cursor.isAtEnd { return zone.utc(local) }
    guard isPacked && cursor.digitCount >= 4 || cursor.take("Tt") != nil || cursor.blanks(),
      let time = cursor.timeOfDay()
    else { return nil }
    local += time
    _ = cursor.blanks()
    if cursor.isAtEnd { return zone.utc(local) }
    guard let offset = cursor.offset(), cursor.isAtEnd else { return nil }
    return local - offset
  }

  /// Whether the bytes are a date with the day or the month first: `31.01.2026`, `1/31/26 10:15`.
  static func isDayOrMonthFirst(_ bytes: ArraySlice<UInt8>) -> Bool {
    TimePattern.order(.dmy).milliseconds(bytes, .utc) != nil || TimePattern.order(.mdy).milliseconds(bytes, .utc) != nil
  }
}
