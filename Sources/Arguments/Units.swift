/// A unit of time and its microseconds.
enum DurationUnit: String, CaseIterable {
  case hours = "h"
  case minutes = "m"
  case seconds = "s"
  case milliseconds = "ms"
  case microseconds = "us"

  private var inMicroseconds: Int64 {
    switch self {
    case .hours: 3_600_000_000
    case .minutes: 60_000_000
    case .seconds: 1_000_000
    case .milliseconds: 1000
    case .microseconds: 1
    }
  }

  static func parse(_ text: String) -> Duration? {
    guard let (count, word) = splitNumber(text), let unit = DurationUnit(rawValue: word),
      let count = Int64(exactly: count)
    else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit.inMicroseconds)
    return overflow ? nil : .microseconds(product)
  }

  /// The duration in the largest unit that leaves no rest.
  static func text(_ duration: Duration) -> String {
    let microseconds = Int64(clamping: duration.wholeMicroseconds)
    let unit = allCases.first { microseconds % $0.inMicroseconds == 0 && microseconds >= $0.inMicroseconds } ?? .seconds
    return "\(microseconds / unit.inMicroseconds)\(unit.rawValue)"
  }
}

/// A unit of bytes.
enum ByteUnit: String, CaseIterable {
  case tebibytes = "TiB"
  case gibibytes = "GiB"
  case mebibytes = "MiB"
  case kibibytes = "KiB"
  case bytes = ""

  private var inBytes: UInt64 {
    switch self {
    case .tebibytes: 1 << 40
    case .gibibytes: 1 << 30
    case .mebibytes: 1 << 20
    case .kibibytes: 1 << 10
    case .bytes: 1
    }
  }

  static func parse(_ text: String) -> UInt64? {
    guard let (count, word) = splitNumber(text), let unit = ByteUnit(rawValue: word) else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit.inBytes)
    return overflow ? nil : product
  }

  /// The size in the largest unit that leaves no rest.
  static func text(_ size: UInt64) -> String {
    let unit = allCases.first { size % $0.inBytes == 0 && size >= $0.inBytes } ?? .bytes
    return "\(size / unit.inBytes)\(unit.rawValue)"
  }
}

/// The digits at the start of a text and what follows them.
private func splitNumber(_ text: String) -> (UInt64, String)? {
  let digits = text.prefix { $0.isASCII && $0.isNumber }
  return UInt64(digits).map { ($0, String(text[digits.endIndex...])) }
}

extension Duration {
  /// Whole microseconds, rounded down; 0 for a negative duration, the greatest UInt64 for one beyond it.
  package var wholeMicroseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000)
    let (sum, sumOverflow) = product.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000_000)
    return overflow || sumOverflow ? .max : sum
  }
}
