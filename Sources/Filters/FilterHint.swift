/// What people write who know another language of queries, and how it is written here. The texts are constant: an error
/// never repeats its input.
enum FilterHint {
  /// The hint for what stands where something else belongs; empty if nothing comes to mind.
  ///
  /// - Parameter rest: The bytes from there on.
  static func text(_ rest: ArraySlice<UInt8>) -> String {
    let run = rest.prefix { $0.isWord }
    if !run.isEmpty {
      let word = String(decoding: run, as: UTF8.self)
      let hint = words[word.lowercased()] ?? ""
      return hint == lowerCase && word == word.lowercased() ? "" : hint
    }
    return signs.first { rest.starts(with: $0.sign.utf8) }?.hint ?? ""
  }

  /// What may stand behind a value: also another word, if the value was meant to have several.
  static func textBehindValue(_ rest: ArraySlice<UInt8>) -> String {
    let hint = text(rest)
    guard hint.isEmpty, let first = rest.first, first.isWord || first >= 0x80 else { return hint }
    return "a keyword of several words needs double quotation marks"
  }

  /// For a missing value.
  static let presence = "a missing value is 'not has' and the attribute, a present one 'has' and the attribute"

  private static let lowerCase = "'and', 'or', 'not', 'in', 'has', 'true' and 'false' are lower case"
  private static let noPattern = "there are no patterns: '=' compares whole keywords, or a member of a keyword set"
  private static let quotes = "a keyword in quotation marks has double straight ones"

  private static let words = [
    "and": lowerCase, "or": lowerCase, "in": lowerCase, "has": lowerCase, "true": lowerCase, "false": lowerCase,
    "not": "'not' is lower case and stands in front of the attribute or of '('", "null": presence, "is": presence,
    "isnull": presence, "notnull": presence, "exists": presence, "missing": presence, "like": noPattern,
    "ilike": noPattern, "rlike": noPattern, "regexp": noPattern, "matches": noPattern, "contains": noPattern,
    "startswith": noPattern, "endswith": noPattern, "between": "a range is 'in 10..50', both ends included",
    "to": "a range is 'in 10..50', both ends included", "eq": "'=' compares", "ne": "not equal is '!='",
    "gt": "greater is '>'", "gte": "at least is '>='", "lt": "less is '<'", "lte": "at most is '<='",
    "xor": "there are 'and', 'or' and 'not'", "any": "one of several is 'in (a, b)'",
    "where": "a filter has no 'where'",
  ]

  private static let signs: [(sign: String, hint: String)] = [
    ("==", "'=' is written once"), ("=>", "at least is '>='"), ("=<", "at most is '<='"), ("=~", noPattern),
    ("=", "'=' is written once"), ("<>", "not equal is '!='"), (">", "not equal is '!='; at least is '>='"),
    ("<", "at most is '<='"), ("&", "both conditions are joined by 'and'"), ("|", "either condition is joined by 'or'"),
    ("!", "not equal is '!=', a negation is 'not' in front"), ("~", noPattern), ("*", noPattern), ("%", noPattern),
    ("?", noPattern), ("/", noPattern), ("'", quotes), ("`", quotes), ("\u{2018}", quotes), ("\u{2019}", quotes),
    ("\u{201A}", quotes), ("\u{201C}", quotes), ("\u{201D}", quotes), ("\u{201E}", quotes), ("\u{AB}", quotes),
    ("\u{BB}", quotes), ("\u{2039}", quotes), ("\u{203A}", quotes), ("\u{B4}", quotes),
    (":", "'=' compares; a range is 'in 10..50'"), ("[", "a list is 'in (a, b)', a range 'in 10..50'"),
    ("{", "a list is 'in (a, b)', a range 'in 10..50'"), ("\u{2260}", "not equal is '!='"),
    ("\u{2264}", "at most is '<='"), ("\u{2265}", "at least is '>='"),
    ("\u{2212}", "a minus is the sign '-' of the keyboard"), ("..", "a range is 'in 10..50', with both ends"),
    (".", "a number has a digit in front of its point"), ("+", "a number has no plus sign"),
    (",", "one of several is 'in (a, b)'; a fraction has a point"), ("(", "a list comes behind 'in': 'in (a, b)'"),
    (";", "conditions are joined by 'and' or 'or'"), ("\u{A0}", "a blank is the one of the keyboard"),
  ]
}
