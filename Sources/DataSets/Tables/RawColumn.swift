import Vocabulary

/// The values of a column before its type is known.
struct RawColumn {
  private(set) var texts: [String?]
  private(set) var nestedCount = 0
  private var hasLists = false

  init(count: Int) { texts = [String?](repeating: nil, count: count) }

  mutating func append(_ text: String?, isList: Bool, isNested: Bool) {
    texts.append(text)
    hasLists = hasLists || isList
    if isNested { nestedCount += 1 }
  }

  /// Whether the column has nothing but objects and lists of lists.
  var isNested: Bool { nestedCount > 0 && texts.allSatisfy { $0 == nil } }

  /// The marks of fractions that its numbers prove, and whether one of them can be two numbers; nothing if it is no
  /// column of numbers.
  var provenMarks: (marks: Set<DecimalMark>, isAmbiguous: Bool) {
    var marks: Set<DecimalMark> = []
    var isAmbiguous = false
    for text in texts {
      guard let bytes = text.map({ Array($0.utf8)[...] }) else { continue }
      guard DecimalMark.allCases.contains(where: { $0.plain(bytes) != nil }) else { return ([], false) }
      let proof = DecimalMark.proven(by: bytes)
      if let mark = proof.mark { marks.insert(mark) }
      isAmbiguous = isAmbiguous || proof.isAmbiguous
    }
    return (marks, isAmbiguous)
  }

  /// The type of the values, and why; the narrowest that all of them have.
  func type(_ name: String, _ mark: DecimalMark?) -> (type: AttributeType, reason: String) {
    if hasLists { return (.keywordSet, "lists") }
    if ["title", "text", "name", "description"].contains(name) { return (.text, "by its name") }
    if ["category", "brand"].contains(name) { return (.keyword, "by its name") }
    var (canBeInt, canBeFloat) = (true, true)
    var (isPadded, isLong, isEmpty) = (false, false, true)
    var bytesMax = 0
    for case let text? in texts {
      let bytes = Array(text.utf8)[...]
      isEmpty = false
      isPadded = isPadded || Numeral.isPadded(bytes)
      isLong = isLong || Numeral.isLongCode(bytes)
      if canBeInt { canBeInt = Numeral.int(bytes, mark) != nil }
      if canBeFloat { canBeFloat = Numeral.double(bytes, mark) != nil }
      bytesMax = max(bytesMax, bytes.count)
    }
    if isEmpty { return (.keyword, "no values") }
    if isPadded, canBeFloat { return (.keyword, "codes: some have zeros in front") }
    if isLong, canBeFloat { return (.keyword, "codes: some have more than 18 digits") }
    let marked = mark.map { ", with a \($0.rawValue) before the fraction" } ?? ""
    if name == "price", canBeFloat { return (.float, "numbers\(marked)") }
    if canBeInt { return (.int, "whole numbers") }
    if canBeFloat { return (.float, "numbers\(marked)") }
    if TruthWord.isPair(texts.lazy.compactMap { $0 }) { return (.bool, "words for true and false") }
    return bytesMax <= 256 ? (.keyword, "texts of at most 256 bytes") : (.text, "texts of more than 256 bytes")
  }

  /// What a column of keywords nearly always has, if it is something else than keywords; what to do about it.
  func suspicion(_ name: String) -> String? {
    var (count, plain, numbers, truths, dates) = (0, 0, 0, 0, 0)
    var marks: Set<DecimalMark> = []
    var absent: [String: Int] = [:]
    for case let text? in texts {
      let bytes = Array(text.utf8)[...]
      count += 1
      if Numeral.double(bytes) != nil {
        plain += 1
        numbers += 1
      } else if DecimalMark.allCases.contains(where: { $0.plain(bytes) != nil }) {
        numbers += 1
        if let mark = DecimalMark.proven(by: bytes).mark { marks.insert(mark) }
      } else if AbsentWord.isOne(text) {
        absent[text.lowercased(), default: 0] += 1
      } else if TruthWord.value(text, isTold: true) != nil {
        truths += 1
      } else if Timestamp.calendar(bytes, .utc) != nil || Timestamp.isDayOrMonthFirst(bytes) {
        dates += 1
      }
    }
    let missing = absent.values.reduce(0, +)
    func nearlyAll(_ part: Int) -> Bool { part > 0 && ((part + missing) * 10 >= count * 8) }
    let words = absent.keys.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    let rest = missing == 0 ? "those that are none" : "\(words) and others that are none"
    if nearlyAll(numbers) {
      let decimal = marks.count == 1 ? marks.first.map { "--decimal \($0.rawValue)" } ?? "" : "--decimal comma or point"
      let flags = plain == numbers ? "--type \(name)=float" : "\(decimal) with --type \(name)=float"
      return "\(numbers) of \(count) values of '\(name)' look like numbers; it stays a keyword. "
        + "\(flags) makes it numbers, and \(rest) missing"
    }
    if nearlyAll(truths) {
      return "\(truths) of \(count) values of '\(name)' look like truths; it stays a keyword. "
        + "--type \(name)=bool makes it truths, and \(rest) missing"
    }
    guard nearlyAll(dates) else { return nil }
    return "\(dates) of \(count) values of '\(name)' look like dates; it stays a keyword, as items have no dates. "
      + "A number of days or seconds would be an int"
  }
}

/// What programs write where there is no value.
enum AbsentWord {
  private static let words: Set<String> = [
    "null", "none", "nan", "na", "n/a", "#n/a", "\\n", "-", "nil", "undefined", "nat", "missing", "unknown", "(null)",
  ]

  /// Whether a text says that there is no value.
  static func isOne(_ text: String) -> Bool { words.contains(text.lowercased()) }
}
