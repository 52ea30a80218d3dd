import Bytes
package import Kernels
package import Vocabulary

/// The items of one collection instance on one shard, in append-only blocks.
///
/// One writer at a time: the table's owner serialises its calls. Readers work on snapshots and need no lock.
/// An upsert appends a row and clears the alive bit of the id's old one; so does an update, with a copy of what it
/// leaves as it is; a delete clears the bit. A block of which less than half lives is emptied, a few rows a write, by
/// appending its rows again.
package final class ItemTable {
  package let schema: CollectionSchema
  private var views: [BlockView] = []
  /// What is known of the codes of each block; `nil` after one has come or gone.
  private var runs: WordRuns?
  private var keywords = KeywordDictionary()
  /// The terms of the items; `nil`: this table is not searched by words.
  private var lexical: LexicalIndex?
  private var addresses: [UInt64: RowAddress] = [:]
  /// Position of the block that takes new rows; every other block is full or empty.
  private var tail: Int?
  /// Positions whose block was given up.
  private var free: [Int] = []
  private var blocksOpened: UInt64 = 0
  private let none: Block
  private let rotation: Rotation
  private var backlog = Backlog()

  /// What is to be done with full blocks.
  private struct Backlog {
    /// Positions of those that have no codes yet.
    var unencoded: [Int] = []
    /// Those of which less than half lives.
    var sparse = SparseBlocks()
    /// Whether some are being settled.
    var isSettling = false
    /// Rows that were settled, on their way.
    var arrival: Arrival?
  }

  /// Rows that a write moves at most; two a death would do, more keeps the queue of sparse blocks short.
  private static let movesPerWrite = 8

  /// An empty table.
  ///
  /// - Parameter lexical: How its items are searched by words; `nil`: they are not.
  package init(schema: CollectionSchema, lexical: LexicalSettings? = nil) {
    self.schema = schema
    self.lexical = lexical.map { LexicalIndex($0) }
    none = Block(serial: 0, capacity: 0, schema: schema)
    rotation = Rotation(dimension: schema.embeddingDimension)
  }

  /// How many items there are.
  package var count: Int { addresses.count }

  /// The present state, unaffected by later writes.
  package func snapshot() -> Snapshot {
    let runs = self.runs ?? views.reduce(into: WordRuns()) { $0.append($1.encoded) }
    self.runs = runs
    return Snapshot(
      schema: schema, count: count, rotation: rotation, views: views, runs: runs, keywords: keywords, lexical: lexical)
  }

  /// Where an item lies and the version it was written with, or `nil` if there is none of that id.
  package func lookup(_ id: ItemID) -> (version: UInt64, row: RowAddress)? {
    guard let address = addresses[id.rawValue] else { return nil }
    return (views[address.block].block.versions[address.row], address)
  }

  /// Whether `count` more items can be stored, one after another.
  package func hasRoom(for count: Int) -> Bool { views.count - free.count + count < RowAddress.blocksMax - 1 }

  /// Makes room in the index for `count` items that are about to be stored.
  package func reserve(_ count: Int) { addresses.reserveCapacity(count) }

  /// Stores an item in place of the one of the same id, if any.
  ///
  /// - Returns: the version of the item that it replaced.
  /// - Throws: the first fault of the item, before anything changes.
  @discardableResult
  package func upsert(_ item: Item, version: UInt64) throws(ItemError) -> UInt64? {
    try ItemError.check(item, against: schema)
    guard views.count < RowAddress.blocksMax - 1 || !free.isEmpty else { throw .tableFull }
    let position = openTail()
    let row = views[position].append(item, version: version, keywords: &keywords)
    note(row, at: position)
    let old = addresses.updateValue(RowAddress(block: position, row: row), forKey: item.id.rawValue)
    let oldVersion = old.map { views[$0.block].block.versions[$0.row] }
    if let old { kill(old) }
    compact()
    return oldVersion
  }

  /// Changes some attributes of an item; its vectors and other attributes stay.
  ///
  /// The row is copied whole: a row that readers may see never changes, and 4·(d + r) bytes cost less than to look for
  /// attributes elsewhere in every scan. Its codes are computed again with those of its new block.
  /// - Parameter changes: No attribute twice.
  /// - Returns: the version that the item had, or `nil` if there is none of that id.
  /// - Throws: the first fault of the changes, before anything changes.
  @discardableResult
  package func update(_ id: ItemID, _ changes: [AttributeChange], version: UInt64) throws(ItemError) -> UInt64? {
    for change in changes { try ItemError.check(change, against: schema) }
    guard let old = addresses[id.rawValue] else { return nil }
    guard views.count < RowAddress.blocksMax - 1 || !free.isEmpty else { throw .tableFull }
    let oldVersion = views[old.block].block.versions[old.row]
    let position = openTail()
    let row = views[position].append(
      row: old.row, of: views[old.block], changing: changes, version: version, keywords: &keywords)
    note(row, at: position)
    addresses[id.rawValue] = RowAddress(block: position, row: row)
    kill(old)
    compact()
    return oldVersion
  }

  /// Removes the item of an id.
  ///
  /// - Returns: the version of the item, or `nil` if there was none.
  @discardableResult
  package func delete(_ id: ItemID) -> UInt64? {
    guard let address = addresses.removeValue(forKey: id.rawValue) else { return nil }
    let version = views[address.block].block.versions[address.row]
    kill(address)
    compact()
    return version
  }

  /// The memory of the table; snapshots may keep more alive.
  package var memory: TableMemory {
    var memory = TableMemory(
      wordBytes: lexical?.byteCount ?? 0, keywordBytes: keywords.byteCount, indexBytes: addresses.capacity * 16)
    for view in views { memory.add(view) }
    return memory
  }

  /// What is to be made next, and is not told again: the codes of the oldest full block without any, else one of several
  /// lists of terms; `nil` if there is nothing.
  ///
  /// Until it is attached, a block is scanned in float32 and its terms row by row, with the same answers.
  package func nextEncoding() -> Encoding? {
    while let position = backlog.unencoded.first {
      backlog.unencoded.removeFirst()
      let view = views[position]
      if view.isFull, view.block !== none, view.encoded == nil {
        return Encoding(part: .block(view, position: position, rotation))
      }
    }
    return lexical?.nextFold(views).map { Encoding(part: .lists($0)) }
  }

  /// Takes what was made, unless its block has been given up since, or was never of this table.
  package func attach(_ encoded: Encoded) {
    switch encoded {
    case .lists(let folded): lexical?.take(folded)
    case .block(let encoded):
      let position = encoded.position
      guard position < views.count, views[position].block === encoded.block else { return }
      views[position].encoded = encoded.codes
      runs = nil
      views[position].lists = encoded.lists
      guard let words = encoded.words else { return }
      views[position].pending = nil
      lexical?.add(words)
    }
  }

  /// Makes everything that is to be made.
  package func encodeAll(_ kernels: KernelSet = KernelSet()) {
    while let encoding = nextEncoding() { attach(encoding.run(kernels)) }
  }

  // MARK: Settling

  /// How many rows of full blocks do not lie by direction.
  package var looseRows: Int { views.reduce(0) { $0 + (Self.isLoose($1) ? $1.aliveCount : 0) } }

  private static func isLoose(_ view: BlockView) -> Bool {
    view.isFull && !view.isQueued && view.encoded.map { $0.directions == nil } ?? false
  }

  /// Blocks whose rows should lie by direction, which are not told again before they do; `nil` if there are none, or
  /// their rows are so few that it would not pay.
  ///
  /// Rows that lie by direction already settle again with the loose ones if they are at most twice as many, so a row
  /// settles O(log rows) times.
  /// - Parameter least: How many rows pay.
  package func nextSettlement(least: Int = 1 << 16) -> Settlement? {
    guard !backlog.isSettling else { return nil }
    var (chosen, rows): ([Int], Int) = ([], 0)
    for (position, view) in views.enumerated() where Self.isLoose(view) {
      guard rows + view.aliveCount <= Self.settledRowsMax else { break }
      chosen.append(position)
      rows += view.aliveCount
    }
    guard rows >= least else { return nil }
    var settled: [(directions: Directions, positions: [Int], rows: Int)] = []
    for (position, view) in views.enumerated() where !view.isQueued {
      guard let directions = view.encoded?.directions else { continue }
      if settled.last?.directions !== directions { settled.append((directions, [], 0)) }
      settled[settled.count - 1].positions.append(position)
      settled[settled.count - 1].rows += view.aliveCount
    }
    for run in settled.sorted(by: { ($0.rows, $0.positions[0]) < ($1.rows, $1.positions[0]) }) {
      guard run.rows <= 2 * rows, rows + run.rows <= Self.settledRowsMax else { break }
      chosen += run.positions
      rows += run.rows
    }
    let blocks = Settlement.blocksMax(rows, schema)
    guard hasRoom(for: blocks) else { return nil }
    backlog.isSettling = true
    defer { blocksOpened += UInt64(blocks) }
    return Settlement(
      chosen.map { ($0, views[$0]) }, rotation, schema, lists: lexical?.lists, firstSerial: blocksOpened + 1)
  }

  /// Rows that are settled together at most.
  private static let settledRowsMax = 1 << 20

  /// Takes some of the rows that were settled; `nil`: the settlement was given up.
  ///
  /// - Parameter most: How many rows at most.
  /// - Returns: Whether more of them are to come, and this is to be called again, with the same.
  package func settle(_ rows: SettledRows?, atMost most: Int = 4096) -> Bool {
    // Nothing settles here if the rows are those of another table, of the same name once.
    guard let rows, backlog.isSettling else {
      backlog.isSettling = false
      return false
    }
    var arrival = backlog.arrival ?? begin(rows)
    var left = most
    while left > 0, !arrival.isOver {
      let (block, position) = (arrival.rows.blocks[arrival.block], arrival.positions[arrival.block])
      let end = min(arrival.row + left, block.origins.count)
      for row in arrival.row..<end { take(row, of: block, at: position, from: arrival.rows.sources) }
      left -= end - arrival.row
      arrival.row = end
      if end == block.origins.count {
        views[position].isQueued = false
        noteDeaths(in: position)
        (arrival.block, arrival.row) = (arrival.block + 1, 0)
      }
    }
    backlog.arrival = arrival.isOver ? nil : arrival
    guard arrival.isOver else { return true }
    runs = nil
    for position in arrival.emptied {
      views[position] = BlockView(block: none)
      free.append(position)
    }
    backlog.isSettling = false
    return false
  }

  /// Gives the new blocks their places.
  private func begin(_ rows: SettledRows) -> Arrival {
    // From now on the old ones are emptied by the arrival and by nothing else, but for those that wait for it already.
    let emptied = rows.sources.filter { views[$0.position].block === $0.block && !views[$0.position].isQueued }
    for (position, _) in emptied { views[position].isQueued = true }
    runs = nil
    let positions = rows.blocks.map { settled in
      let position = free.popLast() ?? views.count
      if position == views.count { views.append(settled.view) } else { views[position] = settled.view }
      // Nor are the new ones sparse before all their rows have come.
      views[position].isQueued = true
      return position
    }
    for lists in rows.lists { lexical?.add(lists.placed(at: positions)) }
    return Arrival(rows: rows, positions: positions, emptied: emptied.map(\.position))
  }

  /// Lets a settled row live in the place of the one that it is a copy of, if that one still does.
  private func take(
    _ row: Int, of settled: SettledRows.Settled, at position: Int, from sources: [(position: Int, block: Block)]
  ) {
    guard let origin = settled.origins[row] else { return }
    let source = sources[origin.block]
    guard views[source.position].block === source.block, views[source.position].alive[origin.row] else { return }
    views[source.position].kill(origin.row)
    views[position].revive(row)
    addresses[source.block.ids[origin.row]] = RowAddress(block: position, row: row)
  }

  /// The block that takes the next row, opened if need be.
  private func openTail() -> Int {
    if let tail, !views[tail].isFull { return tail }
    let capacity = Block.capacity(count: count, schema: schema)
    blocksOpened += 1
    let view = BlockView(
      block: Block(serial: blocksOpened, capacity: capacity, schema: schema),
      pending: lexical.map { _ in PendingTerms(capacity: capacity) })
    let full = tail
    let position = free.popLast() ?? views.count
    if position == views.count { views.append(view) } else { views[position] = view }
    tail = position
    runs = nil
    if let full { noteDeaths(in: full) }
    return position
  }

  private func kill(_ address: RowAddress) {
    views[address.block].kill(address.row)
    noteDeaths(in: address.block)
  }

  /// Notes the terms of a row that was just appended, and that its block is full if it is.
  private func note(_ row: Int, at position: Int) {
    if let impacts = lexical?.impacts({ views[position].texts($0, row: row, keywords: keywords) }) {
      views[position].pending?.set(row, impacts)
    }
    if views[position].isFull { backlog.unencoded.append(position) }
  }

  /// Queues a full block when less than half of it lives, which happens to a block once.
  private func noteDeaths(in position: Int) {
    let view = views[position]
    guard position != tail, !view.isQueued, view.aliveCount * 2 < view.rowCount else { return }
    views[position].isQueued = true
    backlog.sparse.append(position)
  }

  /// Moves a few rows out of the oldest sparse blocks and gives up blocks that are empty.
  private func compact() {
    var moves = Self.movesPerWrite
    while let position = backlog.sparse.first {
      while let row = views[position].alive.first {
        guard moves > 0 else { return }
        moves -= 1
        let target = openTail()
        let moved = views[target].append(row: row, of: views[position])
        note(moved, at: target)
        addresses[views[position].block.ids[row]] = RowAddress(block: target, row: moved)
        views[position].kill(row)
      }
      views[position] = BlockView(block: none)
      runs = nil
      free.append(position)
      backlog.sparse.removeFirst()
    }
  }
}
