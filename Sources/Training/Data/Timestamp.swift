/// Times as data files write them, as milliseconds since the start of 1970 in UTC.
package enum Timestamp {
  /// What a whole number of time counts.
  package enum Unit: String, Sendable, CaseIterable {
    /// Seconds below 10^11 (the year 5138), then milliseconds below 10^14, microseconds below 10^17, nanoseconds.
    case automatic = "auto"
    case seconds = "s"
    case milliseconds = "ms"
    case microseconds = "us"
    /// No clock at all: numbers that only say what came first. They are kept as they are.
    case order
  }

  /// The time; `nil` if the bytes are none.
  package static func parse(_ bytes: ArraySlice<UInt8>, unit: Unit = .automatic) -> Int64? {
    if let whole = Numeral.int(bytes) { return scaled(whole, unit) }
    if let number = Numeral.double(bytes) {
      guard unit != .order else { return nil }
      // A fraction only makes sense of seconds; 10^11 seconds in thousandths still fit a float64.
      guard unit == .automatic || unit == .seconds, abs(number) < 1e11 else {
        return Int64(exactly: number.rounded(.down)).flatMap { scaled($0, unit) }
      }
      return Int64((number * 1000).rounded(.down))
    }
    return unit == .order ? nil : calendar(bytes)
  }

  private static func scaled(_ value: Int64, _ unit: Unit) -> Int64? {
    switch unit {
    case .order, .milliseconds: return value
    case .microseconds: return value / 1000
    case .seconds:
      let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
      return overflow ? nil : product
    case .automatic:
      switch abs(value) {
      case ..<100_000_000_000: return value * 1000
      case ..<100_000_000_000_000: return value
      case ..<100_000_000_000_000_000: return value / 1000
      default: return value / 1_000_000
      }
    }
  }

  /// `2010-12-01`, `2010-12-01T08:26`, `2010-12-01 08:26:59.123+01:00`; without a zone, UTC.
  private static func calendar(_ bytes: ArraySlice<UInt8>) -> Int64? {
    var rest = bytes
    func number(_ digits: Int, _ range: ClosedRange<Int64>) -> Int64? {
      let part = rest.prefix(digits)
      guard part.count == digits, part.first != 0x2D, let value = Numeral.int(part), range.contains(value) else {
        return nil
      }
      rest = rest.dropFirst(digits)
      return value
    }
    func take(_ characters: Unicode.Scalar...) -> Bool {
      guard let byte = rest.first, characters.contains(where: { UInt8(ascii: $0) == byte }) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4, 1...9999), take("-"), let month = number(2, 1...12), take("-"),
      let day = number(2, 1...31), day <= daysOfMonth(month, year)
    else { return nil }
    var milliseconds = days(year, month, day) * 86_400_000
    if rest.isEmpty { return milliseconds }
    guard take("T", " ", "t"), let hour = number(2, 0...23), take(":"), let minute = number(2, 0...59) else {
      return nil
    }
    milliseconds += hour * 3_600_000 + minute * 60_000
    if take(":") {
      guard let second = number(2, 0...60) else { return nil }
      milliseconds += second * 1000
      if take(".", ",") {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count <= 9 else { return nil }
        let thousandths = Array((digits + [0x30, 0x30]).prefix(3))
        milliseconds += Numeral.int(thousandths[...]) ?? 0
        rest = rest.dropFirst(digits.count)
      }
    }
    if rest.isEmpty || take("Z", "z") { return rest.isEmpty ? milliseconds : nil }
    guard let sign = rest.first, take("+", "-"), let hours = number(2, 0...23) else { return nil }
    _ = take(":")
    guard let minutes = rest.isEmpty ? 0 : number(2, 0...59), rest.isEmpty else { return nil }
    let shift = (hours * 60 + minutes) * 60_000
    return sign == UInt8(ascii: "-") ? milliseconds + shift : milliseconds - shift
  }

  private static func daysOfMonth(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 of a day of the Gregorian calendar (Hinnant, chrono-compatible date algorithms, 2013).
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
