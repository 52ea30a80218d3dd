import Bytes
package import Kernels
import Vocabulary

/// An attribute by which a search sorts: an index of the schema, and whether great values come first.
package struct SortOrder: Sendable {
  let attribute: Int
  let descends: Bool

  /// An attribute that is a number, a bool or a keyword.
  package init(attribute: Int, descends: Bool) { (self.attribute, self.descends) = (attribute, descends) }
}

/// The search for the first rows by attributes in place of the inner product: exact, ties by id, missing values last.
///
/// A value becomes a number whose ascending order is the order wanted. Where a full block has bands of the first
/// attribute, they are walked in this order until none can have a row that is among the first.
package struct SortedScan {
  /// A value as a number whose ascending order is the order wanted.
  private struct Key: Comparable, Sendable {
    let order: UInt64
    var isMissing = false

    static func < (a: Key, b: Key) -> Bool {
      a.isMissing != b.isMissing ? b.isMissing : a.order < b.order
    }
  }

  private struct Entry: Comparable, Sendable {
    let first, second, third: Key
    let id: UInt64
    let row: RowAddress

    static func < (a: Entry, b: Entry) -> Bool {
      if a.first != b.first { return a.first < b.first }
      if a.second != b.second { return a.second < b.second }
      return a.third != b.third ? a.third < b.third : a.id < b.id
    }
  }

  private let kernels: KernelSet
  private let snapshot: Snapshot
  private let query: SearchQuery
  private let admission: RowAdmission
  private let sort: [SortOrder]
  private let matches: [RowBits]?
  /// The rank of each keyword code among all by their bytes; empty unless keywords are sorted by.
  private let keywordRanks: [UInt32]
  private var entries: [Entry] = []
  private var bound: Entry?
  private var outcome = SearchOutcome()

  /// - Parameter matches: The rows of each block that match the words; `nil`: there are no words.
  /// - Precondition: one to three attributes.
  package init(
    kernels: KernelSet = KernelSet(), _ snapshot: Snapshot, _ query: SearchQuery, by sort: [SortOrder],
    matches: [RowBits]? = nil
  ) {
    precondition((1...Limits.sortKeysMax).contains(sort.count), "a list is sorted by 1 to 3 attributes")
    self.kernels = kernels
    self.snapshot = snapshot
    self.query = query
    self.sort = sort
    self.matches = matches
    admission = RowAdmission(kernels: kernels, snapshot: snapshot, query: query)
    var ranks: [UInt32] = []
    if sort.contains(where: { snapshot.schema.attributes[$0.attribute].type == .keyword }) {
      let keywords = (0..<UInt32(snapshot.keywords.count)).map { (snapshot.keywords[$0].exact, $0) }
      ranks = [UInt32](repeating: 0, count: keywords.count)
      for (rank, keyword) in keywords.sorted(by: { $0.0 < $1.0 }).enumerated() {
        ranks[Int(keyword.1)] = UInt32(rank)
      }
    }
    keywordRanks = ranks
  }

  /// Searches.
  ///
  /// - Parameter shouldStop: Asked block by block; true: the rest is counted, not searched.
  package consuming func run(shouldStop: () -> Bool = { false }) -> SearchOutcome {
    for position in snapshot.views.indices where snapshot.views[position].aliveCount > 0 {
      let isStopped = !outcome.isComplete || shouldStop()
      let admitted = admission.admit(position, filtering: !isStopped)
      outcome.ownedCount += admitted.owned
      outcome.maskedCount += snapshot.views[position].aliveCount - admitted.owned
      guard !isStopped else {
        if admitted.owned > 0 { outcome.isComplete = false }
        continue
      }
      outcome.scannedCount += admitted.owned
      outcome.passedCount += admitted.passed
      if admitted.passed > 0 { take(position, admitted.rows) }
    }
    prune()
    entries.sort()
    let rows = entries.prefix(query.limit).map(\.row)
    let products = snapshot.products(PaddedVector(query.vector), at: rows, kernels: kernels)
    for (row, product) in zip(rows, products) {
      // The product of a vector and an embedding that were checked is finite.
      guard let score = Score(product + 0) else { continue }
      outcome.candidates.append(Candidate(score: score, itemID: snapshot.id(at: row)))
      outcome.rows.append(row)
    }
    return outcome
  }

  private mutating func take(_ position: Int, _ admitted: RowBits?) {
    var rows = admitted
    if let matches {
      var matching = matches[position]
      matching.formIntersection(rows ?? snapshot.views[position].alive)
      rows = matching
    }
    let attribute = sort[0].attribute
    switch snapshot.views[position].lists?.columns[attribute] {
    case .ints(let bands)?: walk(bands, position, rows) { Self.order($0) }
    case .floats(let bands)?: walk(bands, position, rows) { Self.order($0) }
    default:
      let view = snapshot.views[position]
      (rows ?? RowBits(first: view.rowCount, capacity: view.block.capacity)).forEach { offer($0, position) }
    }
  }

  /// Walks the bands of the first attribute in the order wanted, then the rows without a value.
  private mutating func walk<Value: FacetKey>(
    _ bands: NumberBands<Value>, _ position: Int, _ rows: RowBits?, _ order: (Value) -> UInt64
  ) {
    for step in 0..<bands.count {
      let band = bands.band(sort[0].descends ? bands.count - 1 - step : step)
      let best = Key(order: sort[0].descends ? ~order(band.high) : order(band.low))
      if let bound, best > bound.first { return }
      for row in band.rows where rows?[Int(row)] ?? true { offer(Int(row), position) }
    }
    if let bound, !bound.first.isMissing { return }
    guard let presence = snapshot.views[position].lists?.presence[sort[0].attribute] else { return }
    var absent = rows ?? snapshot.views[position].alive
    absent.subtract(presence)
    absent.forEach { offer($0, position) }
  }

  private mutating func offer(_ row: Int, _ position: Int) {
    let first = key(0, row, position)
    if let bound, first > bound.first { return }
    let entry = Entry(
      first: first, second: key(1, row, position), third: key(2, row, position),
      id: snapshot.views[position].block.ids[row], row: RowAddress(block: position, row: row))
    if let bound, !(entry < bound) { return }
    guard !query.exclude.contains(ItemID(entry.id)) else { return }
    entries.append(entry)
    if entries.count == 2 * query.limit + 64 { prune() }
  }

  private mutating func prune() {
    guard entries.count >= query.limit else { return }
    entries.select(query.limit - 1)
    entries.removeLast(entries.count - query.limit)
    bound = entries[query.limit - 1]
  }

  /// The value of a row for the sort key at a place.
  @inline(__always)
  private func key(_ place: Int, _ row: Int, _ position: Int) -> Key {
    guard place < sort.count else { return Key(order: 0) }
    let attribute = sort[place].attribute
    let block = snapshot.views[position].block
    guard block.columns.indices.contains(attribute), block.has(attribute, row: row) else {
      return Key(order: 0, isMissing: true)
    }
    let order: UInt64 =
      switch block.columns[attribute] {
      case .int(let column): Self.order(column[row])
      case .float(let column): Self.order(column[row])
      case .bool(let column): UInt64(column[row])
      case .keyword(let column): UInt64(keywordRanks[Int(column[row])])
      case .keywordSet, .text: 0
      }
    return Key(order: sort[place].descends ? ~order : order)
  }

  private static func order(_ number: Int64) -> UInt64 { UInt64(bitPattern: number) ^ 1 << 63 }

  private static func order(_ number: Double) -> UInt64 {
    let bits = (number + 0).bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
  }
}
