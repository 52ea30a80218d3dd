import Bytes
package import Kernels
import Vocabulary

/// Counts what passes, block by block: the total and facets, by the query's filter or by others.
///
/// The lists and bands of a full block, made for filters, give the counts of all its rows; from those the rows that do
/// not pass are taken away if they are few. Where fewer pass, they are counted one by one.
package struct FacetCounter {
  private enum Tally {
    /// By keyword code.
    case codes([UInt32])
    /// By key, with the least and the greatest number so far.
    case keys(DenseCounts, (low: Double, high: Double)?)
    /// What another facet counts.
    case same(as: Int)
    case ints(NumberCounts<Int64>)
    case floats(NumberCounts<Double>)
  }

  /// The rows of a block that count.
  private struct PassingRows {
    // Of its view what is read for all facets: a copy of the view would touch the counts of all that it refers to.
    let position: Int
    let block: Block
    let lists: AttributeLists?
    let rowCount: Int
    /// `nil`: all do.
    let rows: RowBits?
    /// How many; not 0.
    let passed: Int
  }

  private let snapshot: Snapshot
  private let query: SearchQuery
  private let count: CountQuery
  private let admissions: [RowAdmission]
  /// The rows of each block that match the words; `nil`: there are no words.
  private let matches: [RowBits]?
  private var tallies: [Tally]
  private var presents: [Int]
  private var outcome = CountOutcome()

  /// - Parameter matches: The rows of each block that match the words; `nil`: there are no words.
  package init(
    kernels: KernelSet = KernelSet(), _ snapshot: Snapshot, _ query: SearchQuery, _ count: CountQuery,
    matches: [RowBits]? = nil
  ) {
    self.snapshot = snapshot
    self.query = query
    self.count = count
    self.matches = matches
    admissions = count.bases.map { basis in
      var other = query
      if case .other(let filter) = basis { other.filter = filter }
      return RowAdmission(kernels: kernels, snapshot: snapshot, query: other)
    }
    tallies = []
    for place in count.facets.indices { tallies.append(Self.tally(place, of: count, snapshot, after: tallies)) }
    presents = [Int](repeating: 0, count: count.facets.count)
  }

  /// How a facet is counted, after the tallies of those before it.
  private static func tally(
    _ place: Int, of count: CountQuery, _ snapshot: Snapshot, after tallies: [Tally]
  ) -> Tally {
    let facet = count.facets[place]
    let type = snapshot.schema.attributes[facet.attribute].type
    // Of integers close together each is counted, for all kinds of facets; so the same counts serve several.
    let first = count.facets.indices.first { other in
      count.facets[other].attribute == facet.attribute && count.facets[other].basis == facet.basis
    }
    switch type {
    case .bool, .keyword, .keywordSet, .text:
      if let first, first < place { return .same(as: first) }
      return .codes([UInt32](repeating: 0, count: type == .bool ? 2 : snapshot.keywords.count))
    case .int:
      if let first, first < place, case .keys = tallies[first] { return .same(as: first) }
      guard let keys = snapshot.facetKeys(facet.attribute) else {
        return .ints(NumberCounts(facet.kind) { Double($0) })
      }
      return .keys(keys, nil)
    case .float:
      guard case .buckets = facet.kind, let keys = snapshot.facetKeys(facet.attribute) else {
        return .floats(NumberCounts(facet.kind) { $0 })
      }
      return .keys(keys, nil)
    }
  }

  /// Counts.
  ///
  /// - Parameter shouldStop: Asked block by block; true: the rest is not counted.
  package consuming func run(shouldStop: () -> Bool = { false }) -> CountOutcome {
    for basis in count.bases.indices where basis == 0 || count.facets.contains(where: { $0.basis == basis }) {
      let blocks = passingRows(basis, shouldStop)
      if basis == 0 { outcome.total = blocks.reduce(0) { $0 + $1.passed } }
      for facet in count.facets.indices where count.facets[facet].basis == basis { add(blocks, to: facet, shouldStop) }
    }
    outcome.facets = count.facets.indices.map(finished)
    return outcome
  }

  /// The rows that count by a basis, of each block that has any.
  private mutating func passingRows(_ basis: Int, _ shouldStop: () -> Bool) -> [PassingRows] {
    let admission = admissions[basis]
    var blocks: [PassingRows] = []
    for position in snapshot.views.indices where snapshot.views[position].aliveCount > 0 && goesOn(shouldStop) {
      let rowCount = snapshot.views[position].rowCount
      let block = snapshot.views[position].block
      var rows = admission.admit(position).rows
      if rows.map({ $0.count == rowCount }) == true { rows = nil }
      if let matches {
        var matching = matches[position]
        matching.formIntersection(rows ?? snapshot.views[position].alive)
        rows = matching
      }
      if !query.exclude.isEmpty {
        var kept = rows ?? snapshot.views[position].alive
        kept.keep { !query.exclude.contains(ItemID(block.ids[$0])) }
        rows = kept
      }
      let passed = rows?.count ?? rowCount
      guard passed > 0 else { continue }
      blocks.append(
        PassingRows(
          position: position, block: block, lists: snapshot.views[position].lists, rowCount: rowCount, rows: rows,
          passed: passed))
    }
    return blocks
  }

  /// Whether there is time for another block; if not, the counts are no longer whole.
  private mutating func goesOn(_ shouldStop: () -> Bool) -> Bool {
    if outcome.isComplete, shouldStop() { outcome.isComplete = false }
    return outcome.isComplete
  }

  private mutating func add(_ blocks: [PassingRows], to facet: Int, _ shouldStop: () -> Bool) {
    let attribute = count.facets[facet].attribute
    let tally = tallies[facet]
    // The tally is held once, so that it is changed in its place.
    tallies[facet] = .codes([])
    // A column that came into the schema later is not in older blocks.
    let blocks = blocks.filter { $0.block.columns.indices.contains(attribute) }
    switch consume tally {
    case .same(let other):
      tallies[facet] = .same(as: other)
    case .keys(var counts, var bounds):
      for passing in blocks where goesOn(shouldStop) { addKeys(&counts, &bounds, attribute, passing) }
      tallies[facet] = .keys(counts, bounds)
    case .codes(var codes):
      for passing in blocks where goesOn(shouldStop) { presents[facet] += addCodes(&codes, attribute, passing) }
      tallies[facet] = .codes(codes)
    case .ints(var counts):
      for passing in blocks where goesOn(shouldStop) {
        guard case .int(let column) = passing.block.columns[attribute] else { continue }
        var bands: NumberBands<Int64>?
        if case .ints(let found)? = passing.lists?.columns[attribute] { bands = found }
        addNumbers(&counts, attribute, passing, bands) { column[$0] }
      }
      tallies[facet] = .ints(counts)
    case .floats(var counts):
      for passing in blocks where goesOn(shouldStop) {
        guard case .float(let column) = passing.block.columns[attribute] else { continue }
        var bands: NumberBands<Double>?
        if case .floats(let found)? = passing.lists?.columns[attribute] { bands = found }
        addNumbers(&counts, attribute, passing, bands) { column[$0] }
      }
      tallies[facet] = .floats(counts)
    }
  }

  /// Adds the codes of rows, and tells how many there are.
  private func addCodes(_ counts: inout [UInt32], _ attribute: Int, _ passing: PassingRows) -> Int {
    let (rows, passed) = (passing.rows, passing.passed)
    if case .keywords(let lists)? = passing.lists?.columns[attribute] {
      let capacity = passing.block.capacity
      if passed * 4 > capacity * 3 {
        let present = lists.addAll(to: &counts)
        guard let rows else { return present }
        var absent = RowBits(first: capacity, capacity: capacity)
        absent.subtract(rows)
        return present - change(&counts, attribute, passing, absent, by: .max)
      }
      guard var rest = rows else { return change(&counts, attribute, passing, allRows(passing), by: 1) }
      var (present, areAll) = (0, true)
      if case .keyword = passing.block.columns[attribute] {
        (present, areAll) = (lists.take(&rest, to: &counts), false)
      }
      let left = rest.count
      guard left > 0 else { return present }
      // Lists are gone through faster than rows, unless those are few.
      if left * 8 > capacity { return present + lists.add(rest, to: &counts, areAll: areAll) }
      return present + change(&counts, attribute, passing, rest, by: 1)
    }
    return change(
      &counts, attribute, passing, rows ?? allRows(passing), by: 1)
  }

  /// Changes the count of each code of rows by a number modulo 2³², and tells how many there are.
  private func change(
    _ counts: inout [UInt32], _ attribute: Int, _ passing: PassingRows, _ rows: RowBits, by change: UInt32
  ) -> Int {
    let rows = present(rows, attribute, passing)
    switch passing.block.columns[attribute] {
    case .keyword(let column):
      column.withSpan(0..<passing.rowCount) { codes in
        let words = rows.words.span
        var counted = counts.mutableSpan
        for word in words.indices {
          var rest = words[word]
          while rest != 0 {
            counted[Int(codes[word * 64 + rest.trailingZeroBitCount])] &+= change
            rest &= rest - 1
          }
        }
      }
      return rows.count
    case .bool(let column):
      column.withSpan(0..<passing.rowCount) { truths in
        rows.forEach { counts[Int(truths[$0])] &+= change }
      }
      return rows.count
    case .keywordSet(let column):
      var changed = 0
      column.withSpan(0..<passing.rowCount) { sets in
        rows.forEach { row in
          snapshot.views[passing.position].codes.forEach(sets[row]) { code in
            counts[Int(code)] &+= change
            changed += 1
          }
        }
      }
      return changed
    case .int, .float, .text: return 0
    }
  }

  private func addKeys(
    _ counts: inout DenseCounts, _ bounds: inout (low: Double, high: Double)?, _ attribute: Int, _ passing: PassingRows
  ) {
    let rows = passing.rows
    func widen(_ low: Double, _ high: Double) {
      bounds = bounds.map { (min($0.low, low), max($0.high, high)) } ?? (low, high)
    }
    if rows == nil {
      switch passing.lists?.columns[attribute] {
      case .ints(let bands)?:
        if let keys = bands.keyCounts, let ends = bands.bounds {
          widen(Double(ends.low), Double(ends.high))
          return counts.add(keys)
        }
      case .floats(let bands)?:
        if let keys = bands.keyCounts, let ends = bands.bounds {
          widen(ends.low, ends.high)
          return counts.add(keys)
        }
      default: break
      }
    }
    let present = present(rows, attribute, passing)
    guard !present.isEmpty else { return }
    // The bounds of integers are the keys that were met.
    if case .ints(let bands)? = passing.lists?.columns[attribute], let keys = bands.keyCounts {
      return counts.add(present, of: keys)
    }
    switch passing.block.columns[attribute] {
    case .int(let column):
      column.withSpan(0..<passing.rowCount) { values in
        let ends = counts.add(present, values)
        widen(Double(ends.low), Double(ends.high))
      }
    case .float(let column):
      column.withSpan(0..<passing.rowCount) { values in
        let ends = counts.add(present, values)
        widen(ends.low, ends.high)
      }
    case .keyword, .keywordSet, .bool, .text: break
    }
  }

  private func allRows(_ passing: PassingRows) -> RowBits {
    RowBits(first: passing.rowCount, capacity: passing.block.capacity)
  }

  /// Those of some rows, or of all, that have a value.
  private func present(_ rows: RowBits?, _ attribute: Int, _ passing: PassingRows) -> RowBits {
    if let lists = passing.lists {
      var rows = rows ?? allRows(passing)
      if let presence = lists.presence[attribute] { rows.formIntersection(presence) }
      return rows
    }
    return passing.block.presence.withSpan(0..<passing.rowCount) { presence in
      var present = RowBits(capacity: passing.block.capacity, count: passing.rowCount) {
        presence[$0] >> UInt64(attribute) & 1 == 1
      }
      if let rows { present.formIntersection(rows) }
      return present
    }
  }

  private func addNumbers<Value: FacetKey>(
    _ counts: inout NumberCounts<Value>, _ attribute: Int, _ passing: PassingRows,
    _ bands: NumberBands<Value>?, _ value: (Int) -> Value
  ) {
    if let bands {
      let rows = passing.rows
      let inBand = rows.map { bands.counts(of: $0) }
      var band = 0
      bands.forEachBand { low, high, places in
        band += 1
        let passed = inBand?[band] ?? places.count
        guard passed > 0 else { return }
        if counts.isOne(low, high), passed == places.count || counts.spans(low, high) {
          return counts.add(low, high, count: passed)
        }
        // Numbers of several places; or the bounds are told by the numbers that pass, and could be among them.
        for row in places where rows?[Int(row)] ?? true {
          let number = value(Int(row))
          counts.add(number, number)
        }
      }
      return
    }
    let rows = passing.rows ?? allRows(passing)
    rows.forEach { row in
      guard passing.block.has(attribute, row: row) else { return }
      let number = value(row)
      counts.add(number, number)
    }
  }

  private func finished(_ facet: Int) -> FacetCount {
    var source = facet
    if case .same(let other) = tallies[facet] { source = other }
    let type = snapshot.schema.attributes[count.facets[facet].attribute].type
    switch tallies[source] {
    case .same: preconditionFailure("a facet that is counted for others counts itself")
    case .keys(let counts, let bounds): return counts.finished(count.facets[facet].kind, type, bounds)
    case .ints(let counts): return counts.finish { String($0) }
    case .floats(let counts): return counts.finish { "\($0)" }
    case .codes(let counts):
      let isBool = type == .bool
      var texts: [(text: String, count: Int)] = []
      for (code, count) in counts.enumerated() where count > 0 {
        texts.append((isBool ? code == 1 ? "true" : "false" : snapshot.keywords[UInt32(code)], Int(count)))
      }
      texts.sort { $0.text.exact < $1.text.exact }
      var isWhole = true
      if texts.count > Limits.countedValuesMax {
        // The most frequent ones stay.
        isWhole = false
        texts.sort { $0.count != $1.count ? $0.count > $1.count : $0.text.exact < $1.text.exact }
        texts.removeLast(texts.count - Limits.countedValuesMax)
        texts.sort { $0.text.exact < $1.text.exact }
      }
      return FacetCount(counts: .texts(texts), present: presents[source], bounds: nil, isWhole: isWhole)
    }
  }
}
