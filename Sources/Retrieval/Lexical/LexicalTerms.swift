/// The terms of a query as the index of a snapshot knows them.
struct LexicalTerms: Sendable {
  /// A term on its way through the postings of some lists.
  struct Cursor {
    var postings: PostingCursor
    private let weight: Float
    /// The products of the weight and each impact of the table.
    private let products: [Float]

    init(_ postings: PostingCursor, weight: Float, _ lists: LexicalLists) {
      self.postings = postings
      self.weight = weight
      // A full table: a byte is always a place of it.
      products = lists.impacts.map { weight * $0 } + Array(repeating: 0, count: 256 - lists.impacts.count)
    }

    /// Adds the term's part to the sums of the rows from `first` to `end`.
    mutating func add(to sums: inout [Float], from first: Int, below end: Int, of lists: LexicalLists) {
      var cursor = postings
      let (storage, table) = (lists.bytes, products)
      let (bytes, products) = (storage.span, table.span)
      var sums = sums.mutableSpan
      while cursor.row < end {
        let row = cursor.row - first
        let (place, escaped) = cursor.next(bytes)
        sums[row] += place == LexicalLists.escape ? weight * escaped : products[Int(place)]
      }
      postings = cursor
    }
  }

  private let codes: [UInt32?]
  private let weights: [Float]
  let weightSum: Float
  /// Bit c mod 1,024 for each code c of the query: most terms of most rows are told by it to be others.
  private var marks = [UInt64](repeating: 0, count: 16)

  init(_ terms: [LexicalTerm], in index: LexicalIndex?) {
    codes = terms.map { index?.terms.code(of: $0.term) }
    weights = terms.map(\.weight)
    weightSum = weights.reduce(0, +)
    for case let code? in codes { marks[Int(code >> 6 & 15)] |= 1 << UInt64(code & 63) }
  }

  /// The lexical score of a sum.
  @inline(__always)
  func score(_ sum: Float) -> Float { sum / weightSum }

  /// The terms that some rows of the lists have, in the order of the query.
  func cursors(in lists: LexicalLists) -> [Cursor] {
    zip(codes, weights).compactMap { code, weight in
      code.flatMap(lists.cursor(of:)).map { Cursor($0, weight: weight, lists) }
    }
  }

  /// The sum of a row that is in no lists.
  func sum(of row: Int, _ pending: PendingTerms) -> Float {
    var found: [(place: Int, product: Float)] = []
    pending.forEach(row) { code, impact in
      guard marks[Int(code >> 6 & 15)] >> UInt64(code & 63) & 1 == 1 else { return }
      if let place = codes.firstIndex(of: code) { found.append((place, weights[place] * impact)) }
    }
    guard !found.isEmpty else { return 0 }
    found.sort { $0.place < $1.place }
    return found.reduce(0) { $0 + $1.product }
  }
}
