import Bytes
package import Kernels
import Vocabulary

/// The search for the best rows by their words: term at a time into sums for a window of rows, then the best of those.
///
/// The lexical score of a row is (Σ weight · impact) / Σ weight over the terms of the query in their order. Each product
/// is rounded to float32 before it is added, so that the products of a term are computed once for each impact. A row
/// whose sum is 0 has no lexical score. The score depends on the row, the settings and the query alone.
package struct LexicalScan {
  private let kernels: KernelSet
  private let snapshot: Snapshot
  private let query: SearchQuery
  private let admission: RowAdmission
  private let terms: LexicalTerms
  private let wanted: WantedRows
  /// Rows of a window: its sums stay in the cache of a core.
  private let windowRows: Int
  private var top: TopCandidates
  private var sums: [Float]
  private var picked: [UInt32]
  private var outcome: LexicalOutcome

  /// - Parameters:
  ///   - query: Its limit, filter, exclusions and mask; vector and start of the page are for the other search.
  ///   - terms: Each once, with its weight.
  ///   - wanted: Rows whose scores the caller needs in any case.
  package init(
    kernels: KernelSet = KernelSet(), _ snapshot: Snapshot, _ query: SearchQuery, terms: [LexicalTerm],
    scoring wanted: [RowAddress] = [], windowRows: Int = 1 << 15
  ) {
    self.kernels = kernels
    self.snapshot = snapshot
    self.query = query
    admission = RowAdmission(kernels: kernels, snapshot: snapshot, query: query)
    self.terms = LexicalTerms(terms, in: snapshot.lexical)
    self.wanted = WantedRows(wanted)
    self.windowRows = windowRows
    top = TopCandidates(limit: query.limit)
    sums = [Float](repeating: 0, count: max(windowRows, Block.rowsMax))
    picked = [UInt32](repeating: 0, count: sums.count)
    outcome = LexicalOutcome(scores: Array(repeating: 0, count: wanted.count))
  }

  /// Searches.
  ///
  /// - Parameter shouldStop: Asked window by window; true: the rest is counted, not searched.
  package consuming func run(shouldStop: () -> Bool = { false }) -> LexicalOutcome {
    guard let lexical = snapshot.lexical else { return outcome }
    var isStopped = false
    for lists in lexical.lists {
      var cursors = terms.cursors(in: lists)
      for window in lists.windows(of: windowRows) {
        isStopped = isStopped || shouldStop()
        if isStopped {
          for place in lists.places[window] where place.isIn(snapshot.views) { skip(place.position) }
        } else if !cursors.isEmpty {
          take(lists, lists.places[window], &cursors)
        }
      }
    }
    for position in snapshot.views.indices where snapshot.views[position].pending != nil {
      isStopped = isStopped || shouldStop()
      if isStopped { skip(position) } else { takePending(position) }
    }
    let entries = top.finish()
    outcome.candidates = entries.compactMap { entry in
      Score(entry.score).map { Candidate(score: $0, itemID: ItemID(entry.id)) }
    }
    outcome.rows = entries.map(\.row)
    return outcome
  }

  /// The rows of each block that have one of the words, whether they live or pass the filter or not.
  ///
  /// - Parameter shouldStop: Asked window by window; true: `nil`.
  package consuming func matches(shouldStop: () -> Bool = { false }) -> [RowBits]? {
    var matches = snapshot.views.map { RowBits(capacity: $0.block.capacity) }
    guard let lexical = snapshot.lexical else { return matches }
    for lists in lexical.lists {
      var cursors = terms.cursors(in: lists)
      for window in lists.windows(of: windowRows) where !cursors.isEmpty {
        guard !shouldStop() else { return nil }
        guard let (first, end) = LexicalLists.rows(of: lists.places[window]) else { continue }
        clearSums()
        for place in cursors.indices { cursors[place].add(to: &sums, from: first, below: end, of: lists) }
        for place in lists.places[window] where place.isIn(snapshot.views) {
          let start = place.firstRow - first
          for row in 0..<place.block.capacity where sums[start + row] > 0 { matches[place.position][row] = true }
        }
      }
    }
    for (position, view) in snapshot.views.enumerated() {
      guard let pending = view.pending else { continue }
      guard !shouldStop() else { return nil }
      for row in 0..<view.rowCount where terms.sum(of: row, pending) > 0 { matches[position][row] = true }
    }
    return matches
  }

  private mutating func skip(_ position: Int) {
    outcome.skippedCount += admission.admit(position, filtering: false).owned
  }

  /// Sums up a window of lists, and takes its best rows.
  private mutating func take(
    _ lists: LexicalLists, _ places: ArraySlice<LexicalLists.Place>, _ cursors: inout [LexicalTerms.Cursor]
  ) {
    guard let (first, end) = LexicalLists.rows(of: places), cursors.contains(where: { $0.postings.row < end }) else {
      return
    }
    clearSums()
    for place in cursors.indices { cursors[place].add(to: &sums, from: first, below: end, of: lists) }
    for place in places where place.isIn(snapshot.views) { note(place.position, sumsAt: place.firstRow - first) }
    let count = kernels.select(scores: sums, count: end - first, atLeast: leastSum, mask: nil, into: &picked)
    var pick = 0
    for place in places where pick < count {
      let start = pick
      let blockEnd = UInt32(place.firstRow - first + place.block.capacity)
      while pick < count, picked[pick] < blockEnd { pick += 1 }
      if place.isIn(snapshot.views) { offer(place.position, start..<pick, sumsAt: place.firstRow - first) }
    }
  }

  private mutating func clearSums() {
    var sums = sums.mutableSpan
    sums.update(repeating: 0)
  }

  /// Sums up a block that is in no lists, row by row, and takes its best rows.
  private mutating func takePending(_ position: Int) {
    guard let pending = snapshot.views[position].pending else { return }
    let count = snapshot.views[position].rowCount
    for row in 0..<count { sums[row] = terms.sum(of: row, pending) }
    note(position, sumsAt: 0)
    offer(
      position, 0..<kernels.select(scores: sums, count: count, atLeast: leastSum, mask: nil, into: &picked), sumsAt: 0)
  }

  /// Below this no sum gives a score that is among the best; a little less than the threshold, for a quotient is rounded.
  private var leastSum: Float {
    max(top.threshold * terms.weightSum * 0.999_999, .leastNonzeroMagnitude)
  }

  /// Keeps the scores of the rows of a block that the caller wants.
  private mutating func note(_ position: Int, sumsAt first: Int) {
    wanted.forEach(in: position) { place, row in outcome.scores[place] = terms.score(sums[first + row]) }
  }

  /// Offers some of the rows picked, which are of one block.
  private mutating func offer(_ position: Int, _ picks: Range<Int>, sumsAt first: Int) {
    var admitted: RowBits?
    let ids = snapshot.views[position].block.ids
    for pick in picks {
      let score = terms.score(sums[Int(picked[pick])])
      guard score >= top.threshold else { continue }
      let row = Int(picked[pick]) - first
      let entry = TopCandidates.Entry(score: score, id: ids[row], row: RowAddress(block: position, row: row))
      guard top.wants(entry) else { continue }
      // Most blocks have no row that comes as far as here: only now the filter is asked.
      let rows = admitted ?? admission.admit(position).rows ?? snapshot.views[position].alive
      admitted = rows
      if rows[row], !query.exclude.contains(ItemID(entry.id)) { top.add(entry) }
    }
  }
}
