import Vocabulary
import Wire

/// How the two scores of a search by words become one, by which its candidates are ordered.
package enum Fusion: Sendable, Equatable {
  /// The lexical score alone, without a text tower.
  case words
  /// The lexical score times this weight, and the inner product.
  case sum(weight: Float)

  /// One product and one sum in float32, which never fall when a score rises.
  func score(lexical: Float, product: Float) -> Float {
    switch self {
    case .words: lexical
    case .sum(let weight): weight * lexical + product
    }
  }
}

/// The best candidates of a search by words: of two lists, the best by words and the best by vector.
///
/// Both lists are those of the whole cluster as soon as no shard may hold more of them, so that the candidates are the
/// same at any number of shards.
struct WordMerge {
  /// The shards that may hold more of a list, and how many of them at most.
  private(set) var failures: [(leg: Int, room: Int)] = []
  /// No item outside the lists has a better score than the k-th candidate.
  let isProven: Bool
  let merge: Merge

  /// - Parameters:
  ///   - legs: The newest reply of each shard and the limit that it was asked with.
  ///   - listDepth: Items of each list.
  init(
    _ legs: [(part: SearchPart, limit: Int)?], fusion: Fusion, listDepth: Int, depth: Int, k: Int
  ) {
    var seen: Set<ItemID> = []
    var duplicateCount = 0
    var byVector: [Merge.Entry] = []
    for (leg, reply) in legs.enumerated() {
      guard let part = reply?.part else { continue }
      for (row, (candidate, lexical)) in zip(part.candidates, part.lexicalScores).enumerated() {
        guard seen.insert(candidate.itemID).inserted else {
          duplicateCount += 1
          continue
        }
        var entry = Merge.Entry(candidate: candidate, leg: leg, part: 0, row: row)
        entry.lexical = lexical
        entry.fused = fusion.score(lexical: lexical, product: candidate.score.value)
        byVector.append(entry)
      }
    }
    byVector.sort { $0.candidate < $1.candidate }
    let byWords = byVector.filter { $0.lexical > 0 }.sorted(by: Self.precedesByWords)
    // Without a text tower nothing says that an item without any of the words fits them.
    let isOfWordsAlone = fusion == .words && !byWords.isEmpty

    for (leg, reply) in legs.enumerated() {
      guard let (part, limit) = reply else { continue }
      let words = part.response.words
      var room = 0
      if !isOfWordsAlone, !words.hasAllItems, part.candidates.count >= limit {
        let last = part.candidates[limit - 1]
        room = listDepth - Merge.count(byVector) { $0.candidate <= last }
      }
      let own = byWords.filter { $0.leg == leg }
      if !words.hasAllWithTerms, own.count >= limit {
        let last = own[limit - 1]
        room = max(room, listDepth - Merge.count(byWords) { !Self.precedesByWords(last, $0) })
      }
      if room > 0 { failures.append((leg, room)) }
    }

    let lists = (words: byWords.prefix(listDepth), vector: byVector.prefix(listDepth))
    let known = isOfWordsAlone ? [] : Set(lists.vector.map(\.candidate.itemID))
    var entries = isOfWordsAlone ? [] : Array(lists.vector)
    entries += lists.words.filter { !known.contains($0.candidate.itemID) }
    entries.sort { a, b in a.fused != b.fused ? a.fused > b.fused : a.candidate < b.candidate }
    entries = Array(entries.prefix(depth))
    let inWords = Set(lists.words.map(\.candidate.itemID))
    merge = Merge(
      entries, duplicateCount: duplicateCount,
      byWords: entries.count { inWords.contains($0.candidate.itemID) },
      byVector: entries.count { known.contains($0.candidate.itemID) })

    if isOfWordsAlone {
      isProven = lists.words.count < listDepth || entries.count >= k
      return
    }
    guard lists.vector.count == listDepth, let last = lists.vector.last, entries.count >= k else {
      // A list that is not full has every item.
      isProven = true
      return
    }
    let lexical = lists.words.count == listDepth ? lists.words.last?.lexical ?? 0 : 0
    isProven = entries[k - 1].fused >= fusion.score(lexical: lexical, product: last.candidate.score.value)
  }

  /// The order of the list by words: the lexical score descending, the id ascending.
  private static func precedesByWords(_ a: Merge.Entry, _ b: Merge.Entry) -> Bool {
    a.lexical != b.lexical ? a.lexical > b.lexical : a.candidate.itemID < b.candidate.itemID
  }
}
