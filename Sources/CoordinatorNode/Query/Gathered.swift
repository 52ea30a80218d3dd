package import Vocabulary
import Wire

/// The shards' replies to one query.
package struct Gathered: Sendable {
  /// The candidates, best first, at most the depth.
  package private(set) var merge: Merge
  /// The parts of each leg.
  private(set) var parts: [[SearchPart]]
  /// Which shards it has seen.
  package let coverage: Coverage
  /// Whether no item that the filter passes is better than the candidates, apart from the last of them.
  package private(set) var isExact: Bool
  /// Second searches that the proof needed.
  package let reasks: Int
  /// Items that were scored.
  package internal(set) var scanned: UInt64 = 0
  /// Items that passed the filter.
  package internal(set) var passed: UInt64 = 0

  init(merge: Merge, parts: [[SearchPart]], coverage: Coverage, isExact: Bool, reasks: Int) {
    (self.merge, self.parts, self.coverage, self.isExact, self.reasks) = (merge, parts, coverage, isExact, reasks)
  }

  /// Adds what the shopper has had to the candidates, as far as they are none yet.
  ///
  /// - Parameters:
  ///   - fusion: Of a search by words, behind whose candidates they stand; `nil`: it was one by vector.
  ///   - needsAll: Whether one that does not come could be better than the candidates.
  mutating func add(
    _ own: OwnCandidates, targets: [ScatterGather.Target], _ fusion: Fusion? = nil, needsAll: Bool
  ) {
    if needsAll, !own.isWhole { isExact = false }
    for (shard, part) in own.parts {
      guard let leg = targets.firstIndex(where: { $0.shard == shard }) else { continue }
      if let fusion {
        merge.append(part.candidates, leg: leg, part: parts[leg].count, fusion)
      } else {
        merge.add(part.candidates, leg: leg, part: parts[leg].count)
      }
      parts[leg].append(part)
    }
  }

  /// What each shard has counted, as far as it has answered.
  var counts: [SearchCounts] { parts.compactMap { $0.first?.response.counts } }

  /// The ids of the candidates.
  package var ids: [ItemID] { merge.entries.map(\.candidate.itemID) }

  /// The value of a column at a candidate.
  func value(_ position: Int, column: Int) -> AttributeValue? {
    let entry = merge.entries[position]
    return parts[entry.leg][entry.part].response.attributes.value(row: entry.row, column: column)
  }
}
