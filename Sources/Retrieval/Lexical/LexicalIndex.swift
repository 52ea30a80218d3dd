/// The terms of a table's items: the dictionary, and the lists of the blocks that are full.
///
/// A row's terms first stand beside its block, row by row (`PendingTerms`). Once the block is full, they become lists;
/// later the lists of several blocks become one. A row of a block that was given up stays in its lists until those are
/// made again, and is skipped, for the block is no longer in its place.
struct LexicalIndex: Sendable {
  let settings: LexicalSettings
  private(set) var terms = KeywordDictionary()
  private(set) var lists: [LexicalLists] = []
  /// Lists that are being folded: they are searched until the new ones take their place.
  private var taken: Set<ObjectIdentifier> = []

  /// Rows and bytes of lists that are large enough: a fold takes a bounded time.
  static let rowsMax = 1 << 18, bytesMax = 64 << 20

  init(_ settings: LexicalSettings) { self.settings = settings }

  var byteCount: Int { lists.reduce(terms.byteCount) { $0 + $1.byteCount } }

  /// The terms of a row with their impacts, ascending by the code of the term.
  ///
  /// - Parameter texts: The texts of an attribute, in the row.
  mutating func impacts(_ texts: (_ attribute: Int) -> [String]) -> [(code: UInt32, impact: Float)] {
    var parts: [(code: UInt32, field: Int, part: Float)] = []
    for (place, field) in settings.fields.enumerated() {
      let codes = texts(field.attribute).flatMap(settings.analysis.terms).map { terms.intern($0) }.sorted()
      var start = 0
      while start < codes.count {
        let end = codes[start...].firstIndex { $0 != codes[start] } ?? codes.count
        let part = settings.part(field, frequency: end - start, length: codes.count)
        parts.append((codes[start], place, part))
        start = end
      }
    }
    if settings.fields.count > 1 { parts.sort { ($0.code, $0.field) < ($1.code, $1.field) } }
    var sums: [(code: UInt32, impact: Float)] = []
    for (code, _, part) in parts {
      if sums.last?.code == code { sums[sums.count - 1].impact += part } else { sums.append((code, part)) }
    }
    return sums.map { ($0.code, settings.impact($0.impact)) }
  }

  /// Takes the lists of a block that has become full, or of blocks whose rows settle.
  mutating func add(_ lists: LexicalLists) { self.lists.append(lists) }

  /// The lists that should become one next, which are not told again; `nil`: none should.
  ///
  /// - Parameter views: The table's, to see which rows are still there.
  mutating func nextFold(_ views: [BlockView]) -> LexicalFold? {
    let free = lists.filter { !taken.contains(ObjectIdentifier($0)) }
    var sources = free.filter { $0.rowsLeft(in: views) * 2 < $0.rowCount }
    if sources.isEmpty {
      let small = free.filter { $0.rowCount <= Self.rowsMax / 2 && $0.byteCount <= Self.bytesMax / 2 }
      for size in Set(small.map(\.sizeClass)).sorted() {
        let equals = small.filter { $0.sizeClass == size }
        if equals.count >= settings.foldedCount { sources = Array(equals.prefix(settings.foldedCount)) }
      }
    }
    guard let first = sources.first else { return nil }
    var (rows, bytes, count) = (first.rowCount, first.byteCount, 1)
    for source in sources.dropFirst() {
      (rows, bytes) = (rows + source.rowCount, bytes + source.byteCount)
      guard rows <= Self.rowsMax, bytes <= Self.bytesMax else { break }
      count += 1
    }
    let fold = LexicalFold(sources: Array(sources.prefix(count)), views: views)
    for source in fold.sources { taken.insert(ObjectIdentifier(source)) }
    return fold
  }

  /// Puts folded lists in the place of those that they were made of.
  mutating func take(_ folded: FoldedLists) {
    let sources = Set(folded.sources.map { ObjectIdentifier($0) })
    taken.subtract(sources)
    guard let first = lists.firstIndex(where: { sources.contains(ObjectIdentifier($0)) }) else { return }
    lists.removeAll { sources.contains(ObjectIdentifier($0)) }
    if folded.lists.rowCount > 0 { lists.insert(folded.lists, at: first) }
  }
}
