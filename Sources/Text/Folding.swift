internal import CUTF8Proc

/// Step 1 of the analysis: the characters of a text without case, accents and the many forms of one sign.
enum Folding {
  /// The folded characters of a text.
  ///
  /// Takes time in proportion to the text, but for marks that stand behind each other in the wrong order: these are sorted.
  static func folded(_ text: String) -> [Int32] {
    let utf8 = text.utf8
    if utf8.allSatisfy({ $0 < 0x80 }) {
      return utf8.map { Int32((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0) }
    }
    var codes: [Int32] = []
    codes.reserveCapacity(utf8.count)
    for scalar in text.unicodeScalars {
      let code = Int32(bitPattern: scalar.value)
      // 1½ is 1 1/2: NFKC would make 11/2 of it.
      if isVulgarFraction(code) { codes.append(0x20) }
      codes.append(replaced(code))
    }
    codes = composed(decomposed(codes, [UTF8PROC_DECOMPOSE, UTF8PROC_COMPAT])).map(replaced)
    codes = decomposed(decomposed(codes, [UTF8PROC_CASEFOLD]), [UTF8PROC_DECOMPOSE])
    return composed(codes.compactMap(kept))
  }

  private static func isVulgarFraction(_ code: Int32) -> Bool {
    (0xBC...0xBE).contains(code) || (0x2150...0x215F).contains(code) || code == 0x2189
  }

  /// The one form of a sign that has many.
  private static func replaced(_ code: Int32) -> Int32 {
    switch code {
    case 0..<0x80: code
    case 0xD7, 0x2715: 0x78  // x
    case 0x2033, 0x201C...0x201F: 0x22  // quotation mark
    case 0x2032, 0x2018...0x201B, 0x2BC, 0xB4: 0x27  // apostrophe
    case 0x2212: 0x2D  // hyphen
    case 0x2044, 0x2215: 0x2F  // slash
    case 0xA9, 0xAE, 0x2120, 0x2122: 0x20  // © ® ℠ ™ say nothing of the item
    default: utf8proc_category(code).rawValue == UTF8PROC_CATEGORY_PD.rawValue ? 0x2D : code
    }
  }

  /// A decomposed character as it stays; `nil` if it is dropped.
  private static func kept(_ code: Int32) -> Int32? {
    guard code >= 0x80 else { return code }
    switch code {
    case 0x300...0x36F, 0x591...0x5C7, 0x64B...0x65F: return nil  // accents, points, vowel signs
    case 0xFE00...0xFE0F, 0xE0100...0xE01EF, 0x1F3FB...0x1F3FF: return nil  // variants, tones of skin
    default: break
    }
    switch utf8proc_category(code).rawValue {
    // Joiners and directions; but a space without width separates.
    case UTF8PROC_CATEGORY_CF.rawValue: return code == 0x200B ? 0x20 : nil
    case UTF8PROC_CATEGORY_ND.rawValue: return 0x30 + digit(code)
    default: return code
    }
  }

  /// The value of a digit: the digits of a script stand in their order, ten of them.
  private static func digit(_ code: Int32) -> Int32 {
    var value: Int32 = 0
    while value < 9, utf8proc_category(code - value - 1).rawValue == UTF8PROC_CATEGORY_ND.rawValue { value += 1 }
    return value
  }

  /// Each character as those that the library replaces it by, in canonical order.
  private static func decomposed(_ codes: [Int32], _ options: [utf8proc_option_t]) -> [Int32] {
    let options = utf8proc_option_t(rawValue: options.reduce(UTF8PROC_STABLE.rawValue) { $0 | $1.rawValue })
    var result: [Int32] = []
    result.reserveCapacity(codes.count + codes.count / 4)
    // No character of Unicode becomes more than 18.
    var parts = [Int32](repeating: 0, count: 64)
    for code in codes {
      if code < 0x80, options.rawValue & UTF8PROC_CASEFOLD.rawValue == 0 {
        result.append(code)
        continue
      }
      var boundary: CInt = 0
      // SAFETY: the library writes at most as many characters as the buffer is said to have.
      let count = unsafe parts.withUnsafeMutableBufferPointer {
        unsafe utf8proc_decompose_char(code, $0.baseAddress, $0.count, options, &boundary)
      }
      if count < 0 || count > parts.count { result.append(code) } else { result += parts[..<count] }
    }
    order(&result)
    return result
  }

  /// Sorts marks that stand behind each other by their combining class, stably.
  private static func order(_ codes: inout [Int32]) {
    var start = 0
    while start < codes.count {
      guard combiningClass(codes[start]) > 0 else {
        start += 1
        continue
      }
      var end = start + 1
      while end < codes.count, combiningClass(codes[end]) > 0 { end += 1 }
      if end - start > 1 {
        let marks = codes[start..<end].enumerated().map { (combiningClass($1), $0, $1) }
        codes.replaceSubrange(start..<end, with: marks.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2))
      }
      start = end
    }
  }

  private static func combiningClass(_ code: Int32) -> Int16 {
    guard code >= 0x300 else { return 0 }
    // SAFETY: the library returns a pointer into its constant table for every value of a character.
    return unsafe utf8proc_get_property(code).pointee.combining_class
  }

  /// Decomposed characters in canonical order, composed again.
  private static func composed(_ codes: [Int32]) -> [Int32] {
    var codes = codes
    let options = utf8proc_option_t(rawValue: UTF8PROC_COMPOSE.rawValue | UTF8PROC_STABLE.rawValue)
    // SAFETY: the library composes in place and returns how many of the characters are left.
    let count = unsafe codes.withUnsafeMutableBufferPointer {
      unsafe utf8proc_normalize_utf32($0.baseAddress, $0.count, options)
    }
    if (0..<codes.count).contains(count) { codes.removeSubrange(count...) }
    return codes
  }
}
