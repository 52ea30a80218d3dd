import Support
import Vocabulary
import WinnowClient

extension History {
  /// An item as an answer shows it.
  struct Sight: Sendable {
    let id: UInt64
    let revision: Int
    /// `nil` where the answer does not say.
    let version: UInt64?
  }

  /// The contents that a read may show which began at a view and has ended now.
  private func allowed(_ id: UInt64, since before: Knowledge) -> [Content] {
    let now = knowledge(of: id)
    return [before.content] + before.doubts + [before.inFlight].compactMap { $0 } + now.begun[before.begun.count...]
  }

  /// Whether nobody has written an item since a view in which all was certain.
  private func isStable(_ id: UInt64, since before: Knowledge) -> Bool {
    let now = knowledge(of: id)
    return before.isCertain && now.begun.count == before.begun.count && !now.isLost
  }

  private func check(_ sight: Sight, since before: Knowledge) {
    let now = knowledge(of: sight.id)
    guard now.begun.contains(.present(revision: sight.revision)) else {
      return violated("\(sight.id) shows revision \(sight.revision), which nobody wrote")
    }
    guard !before.isLost, !now.isLost else { return }
    let allowed = allowed(sight.id, since: before)
    if !allowed.contains(.present(revision: sight.revision)) {
      violated("\(sight.id) shows revision \(sight.revision), not one of \(allowed)")
    }
    guard let version = sight.version else { return }
    if version < before.version { violated("\(sight.id) shows version \(version) after \(before.version)") }
    if let revision = now.revisions[version], revision != sight.revision {
      violated("\(sight.id) shows revision \(sight.revision) under version \(version) of revision \(revision)")
    }
  }

  /// Checks a look-up of items.
  ///
  /// - Parameter view: What was known when it was sent.
  func check(_ answer: StoredItems, of ids: [UInt64], since view: [UInt64: Knowledge]) {
    var found: Set<UInt64> = []
    for entry in answer.items {
      let id = entry.id.rawValue
      guard found.insert(id).inserted, ids.contains(id) else { return violated("\(id) came twice or unasked") }
      guard let before = view[id], let revision = Self.revision(entry.attributes) else {
        return violated("\(id) came without a revision")
      }
      if entry.embedding != Shop.embedding(id, revision: revision) {
        violated("\(id) has not the vector of revision \(revision)")
      }
      check(Sight(id: id, revision: revision, version: entry.version), since: before)
    }
    guard answer.unavailable == 0 else { return count("read in part") }
    count("read")
    for id in ids where !found.contains(id) {
      guard let before = view[id], !before.isLost, !knowledge(of: id).isLost else { continue }
      if !allowed(id, since: before).contains(.absent) { violated("\(id) is gone: \(before)") }
    }
  }

  /// Checks an answer to a query.
  ///
  /// - Parameter mayBeFull: Whether the answer may say that it has seen all.
  func check(
    _ answer: RankAnswer, to query: RankQuery, brand: String?, since view: [UInt64: Knowledge], mayBeFull: Bool
  ) {
    var seen: Set<UInt64> = []
    var last: Candidate?
    for result in answer.results {
      let id = result.item.rawValue
      if !seen.insert(id).inserted { violated("\(id) stands twice in an answer") }
      guard let before = view[id], let revision = Self.revision(result.attributes) else {
        return violated("\(id) came without a revision")
      }
      check(Sight(id: id, revision: revision, version: nil), since: before)
      let score = SlowSearch.dot(query.vector, Shop.embedding(id, revision: revision))
      if score != result.retrievalScore { violated("\(id) has score \(result.retrievalScore), not \(score)") }
      if let brand, Shop.brand(id, revision: revision) != brand { violated("\(id) does not pass the filter") }
      guard let checked = Score(score) else { continue }
      let candidate = Candidate(score: checked, itemID: result.item)
      if let last, !Self.precedes(last, candidate) { violated("\(id) stands in the wrong place") }
      last = candidate
    }
    guard answer.report.isComplete else { return count("answered in part") }
    guard mayBeFull else { return violated("an answer says that it has seen all while a shard had lost its data") }
    count("answered in full")
    // What nobody touched meanwhile must be there if it is better than the last that is.
    var expected: [Candidate] = []
    var isQuiet = true
    for (id, before) in view {
      guard isStable(id, since: before) else {
        isQuiet = false
        continue
      }
      guard case .present(let revision) = before.content else { continue }
      if let brand, Shop.brand(id, revision: revision) != brand { continue }
      let dot = SlowSearch.dot(query.vector, Shop.embedding(id, revision: revision))
      guard let score = Score(dot) else { continue }
      expected.append(Candidate(score: score, itemID: ItemID(id)))
    }
    expected.sort(by: Self.precedes)
    let isShort = answer.results.count < query.k
    for candidate in expected where !seen.contains(candidate.itemID.rawValue) {
      guard isShort || last.map({ Self.precedes(candidate, $0) }) ?? true else { continue }
      violated("a full answer misses \(candidate.itemID.rawValue): \(view[candidate.itemID.rawValue] as Any)")
    }
    guard isQuiet else { return }
    count("answered in quiet")
    if !answer.isExact { violated("a full answer in quiet is not exact") }
    let right = expected.prefix(query.k).map(\.itemID)
    if answer.results.map(\.item) != Array(right) {
      violated("in quiet the answer is \(answer.results.map(\.item.rawValue)), not \(right.map(\.rawValue))")
    }
  }

  private static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
    a.score.value != b.score.value ? a.score.value > b.score.value : a.itemID < b.itemID
  }

  static func revision(_ attributes: [NamedAttribute]) -> Int? {
    guard case .int(let revision)? = attributes.first(where: { $0.name == "revision" })?.value else { return nil }
    return Int(revision)
  }
}
