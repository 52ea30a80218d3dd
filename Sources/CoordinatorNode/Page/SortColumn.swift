import Vocabulary
import Wire

/// A column of the shards' replies by which a list is sorted.
package struct SortColumn: Sendable, Equatable {
  /// Its position in the columns of the shape.
  let column: Int
  let descends: Bool

  /// Whether the first of two values stands before the second: a missing one after all others; `nil` if they are equal.
  func precedes(_ a: AttributeValue?, _ b: AttributeValue?) -> Bool? {
    guard let a, let b else {
      if a == nil, b == nil { return nil }
      return a != nil
    }
    let ascends: Bool? =
      switch (a, b) {
      case (.int(let a), .int(let b)): a == b ? nil : a < b
      case (.float(let a), .float(let b)): a == b ? nil : a < b
      case (.bool(let a), .bool(let b)): a == b ? nil : b
      case (.keyword(let a), .keyword(let b)): a.exact == b.exact ? nil : a.exact < b.exact
      default: nil
      }
    return ascends.map { $0 != descends }
  }
}

extension Merge {
  /// The first candidates of replies that were sorted by attributes; ties by id.
  init(_ parts: [SearchPart?], by sort: [SortColumn], limit: Int) {
    var rows: [(entry: Entry, values: [AttributeValue?])] = []
    var seen: Set<ItemID> = []
    var duplicateCount = 0
    for (leg, part) in parts.enumerated() {
      guard let part else { continue }
      for (row, candidate) in part.candidates.enumerated() {
        guard seen.insert(candidate.itemID).inserted else {
          duplicateCount += 1
          continue
        }
        rows.append(
          (
            Entry(candidate: candidate, leg: leg, part: 0, row: row),
            sort.map { part.response.attributes.value(row: row, column: $0.column) }
          ))
      }
    }
    rows.sort { a, b in
      for (place, key) in sort.enumerated() {
        if let precedes = key.precedes(a.values[place], b.values[place]) { return precedes }
      }
      return a.entry.candidate.itemID < b.entry.candidate.itemID
    }
    self.init(sorted: rows.prefix(limit).map(\.entry), duplicateCount: duplicateCount)
  }
}
