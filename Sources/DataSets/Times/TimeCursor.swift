/// Walks over the text of a time. A part that is not there leaves the place as it was.
struct TimeCursor {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  var next: UInt8? { rest.first }

  /// How many digits come next.
  var digitCount: Int { rest.prefix { (0x30...0x39).contains($0) }.count }

  /// A number with `digits` digits and within a range.
  mutating func number(_ digits: ClosedRange<Int>, _ range: ClosedRange<Int64>) -> Int64? {
    let part = rest.prefix(min(digits.upperBound, digitCount))
    guard digits.contains(part.count), let value = Numeral.int(part), range.contains(value) else { return nil }
    rest = rest.dropFirst(part.count)
    return value
  }

  /// Passes one of these bytes.
  mutating func take(_ bytes: String) -> UInt8? {
    guard let byte = rest.first, bytes.utf8.contains(byte) else { return nil }
    rest = rest.dropFirst()
    return byte
  }

  /// Passes blanks.
  mutating func blanks() -> Bool {
    let count = rest.prefix { $0 == 0x20 }.count
    rest = rest.dropFirst(count)
    return count > 0
  }

  /// Passes a word, in any case.
  mutating func word(_ word: String) -> Bool {
    let letters = rest.prefix(word.utf8.count)
    guard letters.elementsEqual(word.utf8, by: { $0 == $1 || $0 | 0x20 == $1 | 0x20 && ($1 | 0x20) >= 0x61 }) else {
      return false
    }
    rest = rest.dropFirst(letters.count)
    return true
  }

  /// The fraction behind the seconds, in milliseconds; finer digits are cut off.
  mutating func fraction() -> Int64? {
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard (1...9).contains(digits.count) else { return nil }
    rest = rest.dropFirst(digits.count)
    return Numeral.int(Array((digits + [0x30, 0x30]).prefix(3))[...])
  }

  /// `Z`, `UTC`, `GMT`, `+01:00`, `-0530` or `+01`, in milliseconds east of UTC.
  mutating func offset() -> Int64? {
    if word("UTC") || word("GMT") || word("Z") { return 0 }
    let start = rest
    guard let sign = take("+-"), let hours = number(2...2, 0...23) else {
      rest = start
      return nil
    }
    let colon = take(":") != nil
    guard let minutes = digitCount == 0 && !colon ? 0 : number(2...2, 0...59) else {
      rest = start
      return nil
    }
    return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60_000 : 60_000)
  }

  /// The time of a day in milliseconds: `08:26`, `8:26:59.123`, `0826`, `082659`, with `AM` or `PM` behind it; 24:00 is the
  /// end of the day, and second 60 a leap second.
  mutating func timeOfDay() -> Int64? {
    let isBasic = digitCount > 2
    guard let hour = isBasic ? number(2...2, 0...24) : number(1...2, 0...24), isBasic || take(":") != nil,
      let minute = number(2...2, 0...59)
    else { return nil }
    var milliseconds = hour * 3_600_000 + minute * 60_000
    if isBasic ? digitCount >= 2 : take(":") != nil {
      guard let second = number(2...2, 0...60) else { return nil }
      milliseconds += second * 1000
      if take(".,") != nil {
        guard let fraction = fraction() else { return nil }
        milliseconds += fraction
      }
    }
    guard hour < 24 || milliseconds == Calendar.millisecondsPerDay else { return nil }
    return halfOfDay(hour, milliseconds)
  }

  private mutating func halfOfDay(_ hour: Int64, _ milliseconds: Int64) -> Int64? {
    let start = rest
    _ = blanks()
    let (isMorning, isEvening) = (word("AM"), word("PM"))
    guard isMorning || isEvening else {
      rest = start
      return milliseconds
    }
    guard (1...12).contains(hour) else { return nil }
    return milliseconds - (hour == 12 ? 43_200_000 : 0) + (isEvening ? 43_200_000 : 0)
  }
}
