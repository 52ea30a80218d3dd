/// Lists that are to become one, which may happen anywhere: neither they nor the rows change.
struct LexicalFold: Sendable {
  let sources: [LexicalLists]
  /// The rows that live or are about to, of each place of each source; `nil` if its block was given up.
  private let alive: [[RowBits?]]

  init(sources: [LexicalLists], views: [BlockView]) {
    self.sources = sources
    alive = sources.map { source in
      source.places.map { place in
        guard place.isIn(views) else { return nil }
        let view = views[place.position]
        // Its rows may be those that settle, and not have come yet.
        return view.isQueued ? RowBits(first: view.block.capacity, capacity: view.block.capacity) : view.alive
      }
    }
  }

  /// Rows of all lists.
  var rowCount: Int { sources.reduce(0) { $0 + $1.rowCount } }

  /// Makes the one, without the rows that were dead.
  ///
  /// - Complexity: O(postings).
  func run() -> FoldedLists {
    var places: [LexicalLists.Place] = []
    let rows = sources.indices.map { newRows(of: $0, &places) }
    let table = ImpactTable(of: sources)
    var writer = LexicalListsWriter(table, byteCount: sources.reduce(0) { $0 + $1.bytes.count })
    let tablePlaces = sources.map { $0.impacts.map(table.place) }
    var next = [Int](repeating: 0, count: sources.count)
    while let code = sources.indices.compactMap({ code(of: $0, next) }).min() {
      for source in sources.indices where self.code(of: source, next) == code {
        copy(sources[source].cursor(next[source]), of: source, code, rows[source], tablePlaces[source], &writer)
        next[source] += 1
      }
    }
    return FoldedLists(sources: sources, lists: LexicalLists(writer, places))
  }

  private func code(of source: Int, _ next: [Int]) -> UInt32? {
    next[source] < sources[source].termCount ? sources[source].code(next[source]) : nil
  }

  /// The row that each row of a source becomes; -1 for one that was dead.
  private func newRows(of source: Int, _ places: inout [LexicalLists.Place]) -> [Int32] {
    var rows = [Int32](repeating: -1, count: sources[source].rowCount)
    for (place, alive) in zip(sources[source].places, alive[source]) {
      guard let alive else { continue }
      let first = places.last.map { $0.firstRow + $0.block.capacity } ?? 0
      places.append(LexicalLists.Place(block: place.block, position: place.position, firstRow: first))
      alive.forEach { rows[place.firstRow + $0] = Int32(first + $0) }
    }
    return rows
  }

  private func copy(
    _ postings: PostingCursor, of source: Int, _ code: UInt32, _ rows: [Int32], _ tablePlaces: [UInt8],
    _ writer: inout LexicalListsWriter
  ) {
    let (storage, impacts) = (sources[source].bytes, sources[source].impacts)
    let bytes = storage.span
    var cursor = postings
    while cursor.row != .max {
      let row = rows[cursor.row]
      let (place, escaped) = cursor.next(bytes)
      guard row >= 0 else { continue }
      if place == LexicalLists.escape {
        writer.add(code, row: Int(row), place: writer.table.place(of: escaped), impact: escaped)
      } else {
        writer.add(code, row: Int(row), place: tablePlaces[Int(place)], impact: impacts[Int(place)])
      }
    }
  }
}

/// Lists that wait for their table to take them.
package struct FoldedLists: Sendable {
  let sources: [LexicalLists]
  let lists: LexicalLists
}
