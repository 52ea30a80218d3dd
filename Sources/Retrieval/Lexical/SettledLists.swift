/// The lists of terms of rows that settle: those of the blocks that the rows come from, with each row at its new place. A
/// machine that works in pieces.
struct SettledLists: Sendable {
  private let sources: [LexicalLists]
  /// The row that each row of each source becomes, counted through all new blocks; -1 for one that does not settle.
  private let rows: [[Int32]]
  /// The new blocks of each of the lists, and the row after its last one.
  private let parts: [(blocks: Range<Int>, end: Int32)]
  private let blocks: [Block]
  private var writers: [LexicalListsWriter]
  /// The term of each source that comes next.
  private var next: [Int]
  /// The postings of the term that is on its way.
  private var moved: [(row: Int32, impact: Float)] = []

  /// Postings of a piece, about: a term is never cut.
  private static let piece = 1 << 14

  /// - Parameters:
  ///   - lists: The table's.
  ///   - old: The blocks that the rows come from.
  ///   - settled: The new ones, whose origins name the place of a block among `old`.
  init(
    _ lists: [LexicalLists], from old: [(position: Int, block: Block)], to settled: [SettledRows.Settled]
  ) {
    blocks = settled.map(\.view.block)
    var newRows = old.map { [Int32](repeating: -1, count: $0.block.capacity) }
    var (parts, first): ([(blocks: Range<Int>, end: Int32)], Int32) = ([], 0)
    for (number, block) in settled.enumerated() {
      for (row, origin) in block.origins.enumerated() {
        if let origin { newRows[origin.block][origin.row] = first + Int32(row) }
      }
      let begin = parts.last.map { $0.blocks.lowerBound } ?? 0
      let before = begin > 0 ? parts[parts.count - 2].end : 0
      first += Int32(block.view.block.capacity)
      if parts.isEmpty || first - before > Int32(LexicalIndex.rowsMax) {
        parts.append((number..<number + 1, first))
      } else {
        parts[parts.count - 1] = (begin..<number + 1, first)
      }
    }
    self.parts = parts
    let numbers = Dictionary(uniqueKeysWithValues: old.enumerated().map { ($1.position, $0) })
    var rows: [[Int32]] = []
    sources = lists.filter { source in
      var own: [Int32] = []
      for place in source.places {
        if let number = numbers[place.position], old[number].block === place.block {
          own += newRows[number]
        } else {
          own += Array(repeating: -1, count: place.block.capacity)
        }
      }
      guard own.contains(where: { $0 >= 0 }) else { return false }
      rows.append(own)
      return true
    }
    self.rows = rows
    let table = ImpactTable(of: sources)
    writers = parts.map { _ in LexicalListsWriter(table, byteCount: 0) }
    next = Array(repeating: 0, count: sources.count)
  }

  /// Goes on by some terms.
  ///
  /// - Returns: Whether there is more to do.
  /// - Complexity: O(postings · log postings) in all.
  mutating func step() -> Bool {
    var left = Self.piece
    while left > 0 {
      guard let code = sources.indices.compactMap({ code(of: $0) }).min() else { return false }
      for source in sources.indices where self.code(of: source) == code {
        gather(sources[source].cursor(next[source]), of: source)
        next[source] += 1
      }
      left -= moved.count + sources.count
      moved.sort { $0.row < $1.row }
      var part = 0
      for (row, impact) in moved {
        while row >= parts[part].end { part += 1 }
        let first = part > 0 ? parts[part - 1].end : 0
        writers[part].add(
          code, row: Int(row - first), place: writers[part].table.place(of: impact), impact: impact)
      }
      moved.removeAll(keepingCapacity: true)
    }
    return true
  }

  /// What came of it: the position of a block is its number among the new ones.
  consuming func finish() -> [LexicalLists] {
    zip(parts, writers).map { part, writer in
      var firstRow = 0
      let places = part.blocks.map { number in
        defer { firstRow += blocks[number].capacity }
        return LexicalLists.Place(block: blocks[number], position: number, firstRow: firstRow)
      }
      return LexicalLists(writer, places)
    }
  }

  private func code(of source: Int) -> UInt32? {
    next[source] < sources[source].termCount ? sources[source].code(next[source]) : nil
  }

  private mutating func gather(_ postings: PostingCursor, of source: Int) {
    let (storage, impacts) = (sources[source].bytes, sources[source].impacts)
    let bytes = storage.span
    var cursor = postings
    while cursor.row != .max {
      let row = rows[source][cursor.row]
      let (place, escaped) = cursor.next(bytes)
      if row >= 0 { moved.append((row, place == LexicalLists.escape ? escaped : impacts[Int(place)])) }
    }
  }
}
