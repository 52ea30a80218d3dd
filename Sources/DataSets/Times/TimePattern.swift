/// A form of times that has to be said, because without it a text could be two days.
package enum TimePattern: Sendable, Equatable {
  /// In which order a date has its parts, with any separator. A time of day may follow, and an offset.
  package enum Order: String, Sendable, CaseIterable {
    case ymd, dmy, mdy
  }

  case order(Order)
  /// The directives of `strptime`: `%d.%m.%Y %H:%M`.
  case directives([UInt8])

  private static let known = "YymbBdeHIMSfpjzZTFDR%"
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let longMonths = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ]

  /// Reads `dmy`, `mdy`, `ymd` or directives.
  package init?(_ text: String) {
    if let order = Order(rawValue: text) {
      self = .order(order)
      return
    }
    let bytes = Array(text.utf8)
    guard bytes.contains(0x25) else { return nil }
    var position = 0
    while position < bytes.count {
      if bytes[position] == 0x25 {
        position += 1
        guard position < bytes.count, Self.known.utf8.contains(bytes[position]) else { return nil }
      }
      position += 1
    }
    self = .directives(bytes)
  }

  /// The text that reads as this pattern.
  package var text: String {
    switch self {
    case .order(let order): order.rawValue
    case .directives(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }

  /// The time; `nil` if the bytes have another form.
  func milliseconds(_ bytes: ArraySlice<UInt8>, _ zone: LocalZone) -> Int64? {
    switch self {
    case .order(let order): Self.date(bytes, order, zone)
    case .directives(let directives): Self.read(bytes, directives, zone)
    }
  }

  /// A year of two digits as POSIX reads it: 69 to 99 are of the last century.
  private static func century(_ year: Int64, digits: Int) -> Int64 {
    digits > 2 ? year : year + (year < 69 ? 2000 : 1900)
  }

  private static func date(_ bytes: ArraySlice<UInt8>, _ order: Order, _ zone: LocalZone) -> Int64? {
    var cursor = TimeCursor(bytes)
    var parts: [UInt8: Int64] = [:]
    // 20260131 has no marks between its parts, and so the widths of all are fixed.
    let isPacked = cursor.digitCount >= 8
    var mark: UInt8?
    for (index, part) in order.rawValue.utf8.enumerated() {
      if index > 0, !isPacked {
        guard let found = cursor.take("-/. "), mark == nil || mark == found else { return nil }
        mark = found
      }
      if part == UInt8(ascii: "y") {
        let digits = isPacked ? 4 : cursor.digitCount
        guard digits == 2 || digits == 4, let year = cursor.number(digits...digits, 0...9999) else { return nil }
        parts[part] = century(year, digits: digits)
      } else {
        parts[part] = isPacked ? cursor.number(2...2, 1...31) : cursor.number(1...2, 1...31)
      }
    }
    guard let year = parts[UInt8(ascii: "y")], let month = parts[UInt8(ascii: "m")], let day = parts[UInt8(ascii: "d")],
      Calendar.isDay(year, month, day)
    else { return nil }
    return Timestamp.finish(&cursor, days: Calendar.days(year, month, day), zone, isPacked: isPacked)
  }

  private static func read(_ bytes: ArraySlice<UInt8>, _ directives: [UInt8], _ zone: LocalZone) -> Int64? {
    var cursor = TimeCursor(bytes)
    var parts = TimeParts()
    var position = 0
    while position < directives.count {
      let byte = directives[position]
      position += 1
      if byte == 0x20 {
        guard cursor.blanks() else { return nil }
      } else if byte != 0x25 {
        guard cursor.take(String(UnicodeScalar(byte))) != nil else { return nil }
      } else {
        defer { position += 1 }
        guard take(directives[position], &cursor, &parts) else { return nil }
      }
    }
    guard cursor.isAtEnd else { return nil }
    return parts.milliseconds(zone)
  }

  private static func take(_ directive: UInt8, _ cursor: inout TimeCursor, _ parts: inout TimeParts) -> Bool {
    func all(_ directives: String) -> Bool {
      var isFirst = true
      for directive in directives.utf8 {
        if !isFirst, cursor.take("/-:") == nil { return false }
        isFirst = false
        guard take(directive, &cursor, &parts) else { return false }
      }
      return true
    }
    switch UnicodeScalar(directive) {
    case "Y": parts.year = cursor.number(4...4, 1...9999)
    case "y": parts.year = cursor.number(2...2, 0...99).map { century($0, digits: 2) }
    case "m": parts.month = cursor.number(1...2, 1...12)
    case "b", "B":
      guard let month = months.indices.first(where: { cursor.word(longMonths[$0]) || cursor.word(months[$0]) }) else {
        return false
      }
      parts.month = Int64(month + 1)
    case "d", "e":
      if directive == UInt8(ascii: "e") { _ = cursor.blanks() }
      parts.day = cursor.number(1...2, 1...31)
    case "j":
      guard let day = cursor.number(3...3, 1...366) else { return false }
      (parts.month, parts.day, parts.dayOfYear) = (1, 1, day)
    case "H": parts.hour = cursor.number(1...2, 0...24)
    case "I": parts.hour = cursor.number(1...2, 1...12)
    case "M": parts.minute = cursor.number(1...2, 0...59)
    case "S": parts.second = cursor.number(1...2, 0...60)
    case "f": parts.fraction = cursor.fraction()
    case "p":
      if cursor.word("PM") {
        parts.isEvening = true
      } else if cursor.word("AM") {
        parts.isEvening = false
      } else {
        return false
      }
    case "z", "Z":
      guard let offset = cursor.offset() else { return false }
      parts.offset = offset
    case "T": return all("HMS")
    case "R": return all("HM")
    case "F": return all("Ymd")
    case "D": return all("mdy")
    default: return cursor.take("%") != nil
    }
    return parts.isComplete
  }
}

/// What directives have found of a time so far; `nil` is a part that was asked for and is not there.
private struct TimeParts {
  var year: Int64? = 1970
  var month: Int64? = 1
  var day: Int64? = 1
  var dayOfYear: Int64?
  var hour: Int64? = 0
  var minute: Int64? = 0
  var second: Int64? = 0
  var fraction: Int64? = 0
  var isEvening: Bool?
  /// Milliseconds east of UTC, if the text says so.
  var offset: Int64?

  var isComplete: Bool {
    year != nil && month != nil && day != nil && hour != nil && minute != nil && second != nil && fraction != nil
  }

  func milliseconds(_ zone: LocalZone) -> Int64? {
    guard let year, let month, let day, var hour, let minute, let second, let fraction,
      Calendar.isDay(year, month, day), dayOfYear ?? 0 <= (Calendar.isLeap(year) ? 366 : 365)
    else { return nil }
    if let isEvening {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isEvening ? 12 : 0)
    }
    guard hour < 24 || minute == 0 && second == 0 && fraction == 0 else { return nil }
    let days = Calendar.days(year, month, day) + (dayOfYear ?? 1) - 1
    let local =
      days * Calendar.millisecondsPerDay + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction
    return offset.map { local - $0 } ?? zone.utc(local)
  }
}
