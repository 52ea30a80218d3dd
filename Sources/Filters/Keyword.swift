/// The order of keywords: by their UTF-8 bytes, never by Unicode equivalence.
package enum Keyword {
  /// Whether two keywords have the same bytes.
  package static func areEqual(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  /// Whether the bytes of `a` come before those of `b`.
  package static func isLess(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

  /// The keywords in ascending order, without repeats.
  static func ascending(_ keywords: [String]) -> [String] {
    var ascending: [String] = []
    for keyword in keywords.sorted(by: isLess) where ascending.last.map({ !areEqual($0, keyword) }) ?? true {
      ascending.append(keyword)
    }
    return ascending
  }
}
