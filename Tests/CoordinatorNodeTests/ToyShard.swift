import Vocabulary
import Wire

/// A shard as a sorted list: answers searches without bytes, sockets or time.
struct ToyShard {
  var candidates: [Candidate]
  var snapshot: UInt64 = 1
  var isComplete = true

  init(_ candidates: [Candidate]) { self.candidates = candidates.sorted() }

  func answer(limit: Int, after: Candidate?) -> SearchResponse {
    let found = candidates.filter { candidate in after.map { $0 < candidate } ?? true }.prefix(limit)
    return SearchResponse(
      generation: Generation(1), snapshot: snapshot, owned: UInt64(candidates.count),
      scanned: UInt64(candidates.count), passed: UInt64(candidates.count), queueMicroseconds: 0, scanMicroseconds: 0,
      isComplete: isComplete, ids: found.map(\.itemID.rawValue), scores: found.map(\.score.value),
      attributes: .empty(rowCount: found.count), rerank: .none)
  }
}
