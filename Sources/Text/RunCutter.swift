/// Steps 2 to 7 of the analysis: cuts folded characters into runs and makes terms of them.
///
/// One pass, each character a bounded number of times.
struct RunCutter {
  private let codes: [Int32]
  private let maker: TermMaker
  private var next = 0
  private var place = 0
  private var made: [Term] = []

  private static let quote: Int32 = 0x22
  private static let apostrophe: Int32 = 0x27
  private static let comma: Int32 = 0x2C
  private static let hyphen: Int32 = 0x2D
  private static let point: Int32 = 0x2E
  private static let slash: Int32 = 0x2F

  private init(_ codes: [Int32], _ maker: TermMaker) {
    self.codes = codes
    self.maker = maker
  }

  /// The terms of a folded text, in its order.
  static func terms(of codes: [Int32], _ maker: TermMaker) -> [Term] {
    var cutter = RunCutter(codes, maker)
    while cutter.next < codes.count { cutter.takeRun() }
    return cutter.made
  }

  private func kind(_ index: Int) -> CharacterClass {
    codes.indices.contains(index) ? CharacterClass(codes[index]) : .other
  }

  private func stands(_ code: Int32, at index: Int) -> Bool { index < codes.count && codes[index] == code }

  private mutating func takeRun() {
    switch kind(next) {
    case .digit: takeNumber()
    case .letter: takeWords()
    case .cjk: takeCharacters()
    case .symbol:
      add(maker.term(codes[next..<next + 1], .symbol, place))
      next += 1
      place += 1
    case .mark: next += 1
    case .other: if isDecimalPoint(next) { takeNumber() } else { next += 1 }
    }
  }

  private mutating func add(_ term: Term) { made.append(term) }

  // MARK: Numbers

  /// A point that begins a number: a digit follows, and nothing that it could belong to stands before it.
  private func isDecimalPoint(_ index: Int) -> Bool {
    guard stands(Self.point, at: index), kind(index + 1) == .digit else { return false }
    return index == 0 || (kind(index - 1) == .other && codes[index - 1] != Self.point)
  }

  private func endOfDigits(_ start: Int) -> Int {
    var end = start
    while kind(end) == .digit { end += 1 }
    return end
  }

  private mutating func takeNumber() {
    let start = next
    var end = endOfDigits(start)
    var whole = Array(codes[start..<end])
    // 1,000: one to three digits, then groups of three.
    if (1...3).contains(end - start) {
      while stands(Self.comma, at: end), endOfDigits(end + 1) == end + 4 {
        whole += codes[end + 1..<end + 4]
        end += 4
      }
    }
    let isPlain = end - start == whole.count && !whole.isEmpty
    var number = Self.withoutLeadingZeros(whole)
    if stands(Self.point, at: end), kind(end + 1) == .digit {
      let last = endOfDigits(end + 1)
      let decimals = codes[end + 1..<last]
      if let significant = decimals.lastIndex(where: { $0 != 0x30 }) {
        number += [Self.point] + decimals[...significant]
      }
      end = last
    } else if isPlain, stands(Self.slash, at: end), kind(end + 1) == .digit {
      let last = endOfDigits(end + 1)
      number += [Self.slash] + Self.withoutLeadingZeros(Array(codes[end + 1..<last]))
      end = last
    }
    add(maker.term(number[...], .number, place))
    place += 1
    if stands(Self.quote, at: end) || stands(Self.apostrophe, at: end) {
      add(maker.sign(stands(Self.quote, at: end) ? "in" : "ft", place))
      end += 1
      place += 1
    }
    next = end
  }

  private static func withoutLeadingZeros(_ digits: [Int32]) -> [Int32] {
    let rest = digits.drop { $0 == 0x30 }
    return rest.isEmpty ? [0x30] : Array(rest)
  }

  // MARK: Words

  private mutating func takeWords() {
    var parts = [takeWord()]
    while stands(Self.hyphen, at: next), kind(next + 1) == .letter {
      next += 1
      parts.append(takeWord())
    }
    let first = place
    for (index, part) in parts.enumerated() {
      add(maker.word(part[...], .word, place))
      if index == 0, parts.count > 1 { add(maker.word(Array(parts.joined())[...], .joined, first)) }
      place += 1
    }
  }

  /// Letters and marks from `next` on, and apostrophes between letters, which are left out with a final `'s`.
  private mutating func takeWord() -> [Int32] {
    var word: [Int32] = []
    var lastApostrophe: Int?
    while true {
      if kind(next).isOfWord {
        word.append(codes[next])
      } else if stands(Self.apostrophe, at: next), kind(next + 1) == .letter {
        lastApostrophe = word.count
      } else {
        break
      }
      next += 1
    }
    if lastApostrophe == word.count - 1, word.last == 0x73 { word.removeLast() }
    return word
  }

  // MARK: Scripts without spaces

  private mutating func takeCharacters() {
    let start = next
    while kind(next) == .cjk { next += 1 }
    for index in start..<next { add(maker.term(codes[index...index], .character, place + index - start)) }
    for index in start..<next - 1 { add(maker.term(codes[index...index + 1], .pair, place + index - start)) }
    place += next - start
  }
}
