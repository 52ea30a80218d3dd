/// What stands before the fraction of a number in a table.
///
/// With a mark, digits may also stand in groups of three with the other mark, a blank, a thin blank or an apostrophe
/// between them, as spreadsheets write them: `1.234,50` or `1,234.50`.
package enum DecimalMark: String, Sendable, CaseIterable, Codable {
  case point
  case comma

  private var byte: UInt8 { self == .point ? 0x2E : 0x2C }

  /// Marks of groups: the other mark, blank, apostrophe, no-break space, thin and narrow no-break space, `’`.
  private var groupMarks: [[UInt8]] {
    [
      [self == .point ? 0x2C : 0x2E], [0x20], [0x27], [0xC2, 0xA0], [0xE2, 0x80, 0x89], [0xE2, 0x80, 0xAF],
      [0xE2, 0x80, 0x99],
    ]
  }

  /// The number with a point before its fraction and without groups; `nil` if the bytes are no such number.
  func plain(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var (rest, plain): (ArraySlice<UInt8>, [UInt8]) = (bytes, [])
    if let sign = rest.first, sign == 0x2D || sign == 0x2B {
      if sign == 0x2D { plain.append(sign) }
      rest = rest.dropFirst()
    }
    var digits = Self.digits(&rest)
    guard !digits.isEmpty else { return nil }
    plain += digits
    if digits.count <= 3, let mark = groupMarks.first(where: { rest.starts(with: $0) }) {
      while rest.starts(with: mark) {
        rest = rest.dropFirst(mark.count)
        digits = Self.digits(&rest)
        guard digits.count == 3 else { return nil }
        plain += digits
      }
    }
    if rest.first == byte {
      rest = rest.dropFirst()
      digits = Self.digits(&rest)
      guard !digits.isEmpty else { return nil }
      plain += [0x2E] + digits
    }
    if rest.first == 0x65 || rest.first == 0x45 {
      plain += rest
      rest = []
    }
    return rest.isEmpty ? plain : nil
  }

  /// The mark that the bytes prove by themselves: `12,50` and `1.234,50` a comma, `12.50` and `1,234.50` a point. A whole
  /// number proves none, and neither does `1,234`, which can be two numbers.
  static func proven(by bytes: ArraySlice<UInt8>) -> (mark: DecimalMark?, isAmbiguous: Bool) {
    guard bytes.contains(0x2C) || bytes.contains(0x2E), bytes.count <= 64 else { return (nil, false) }
    let (point, comma) = (DecimalMark.point.plain(bytes), DecimalMark.comma.plain(bytes))
    if point != nil, comma != nil { return (nil, true) }
    return (point != nil ? .point : comma != nil ? .comma : nil, false)
  }

  private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    rest = rest.dropFirst(digits.count)
    return digits
  }
}
