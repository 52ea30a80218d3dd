internal import CUTF8Proc

/// What a folded character is for cutting a text into runs.
enum CharacterClass: UInt8 {
  /// Separates.
  case other
  case letter
  case mark
  case digit
  /// A letter or mark of a script without spaces.
  case cjk
  case symbol

  /// Whether words consist of it.
  var isOfWord: Bool { self == .letter || self == .mark }

  /// The scripts without spaces: Thai and Lao, Myanmar, Hangul, Khmer, Han with radicals, kana, Bopomofo.
  private static let cjkRanges: [ClosedRange<Int32>] = [
    0x0E00...0x0EFF, 0x1000...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x2E80...0x2FDF, 0x3005...0x3007,
    0x3021...0x3029, 0x3031...0x303C, 0x3040...0x318F, 0x31A0...0x31BF, 0x31F0...0x31FF, 0x3400...0x4DBF,
    0x4E00...0x9FFF, 0xA960...0xA97F, 0xA9E0...0xA9FF, 0xAA60...0xAA7F, 0xAC00...0xD7FF, 0xF900...0xFAFF,
    0x1AFF0...0x1B16F, 0x20000...0x3FFFF,
  ]

  private static let ascii: [CharacterClass] = (0..<0x80).map { (byte: UInt8) in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
    default: .other
    }
  }

  /// The class of a folded character.
  init(_ code: Int32) {
    if code < 0x80 {
      self = code < 0 ? .other : Self.ascii[Int(code)]
      return
    }
    let category = utf8proc_category(code).rawValue
    self =
      switch category {
      case UTF8PROC_CATEGORY_LU.rawValue...UTF8PROC_CATEGORY_LO.rawValue: Self.isCJK(code) ? .cjk : .letter
      case UTF8PROC_CATEGORY_MN.rawValue...UTF8PROC_CATEGORY_ME.rawValue: Self.isCJK(code) ? .cjk : .mark
      case UTF8PROC_CATEGORY_NL.rawValue: Self.isCJK(code) ? .cjk : .other
      case UTF8PROC_CATEGORY_SO.rawValue: .symbol
      default: .other
      }
  }

  private static func isCJK(_ code: Int32) -> Bool {
    guard code >= 0x0E00 else { return false }
    var (low, high) = (0, cjkRanges.count)
    while low < high {
      let middle = (low + high) / 2
      if cjkRanges[middle].upperBound < code { low = middle + 1 } else { high = middle }
    }
    return low < cjkRanges.count && cjkRanges[low].contains(code)
  }
}
