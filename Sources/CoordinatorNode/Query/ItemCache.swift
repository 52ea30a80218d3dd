import Telemetry
import Vocabulary

/// What items of histories looked like a moment ago, so that a query with a history asks no shard for them: a few bytes,
/// none older than some seconds, the oldest going first.
final class ItemCache: Sendable {
  /// What the items are of, and what was read of them.
  struct Scope: Hashable, Sendable {
    let collection: String
    let generation: Generation
    /// The id of the model: it says which attributes are read.
    let model: UInt64
    let hasRerank: Bool
    var hasEmbedding = true
  }

  /// What the cache knows of some items.
  struct Found {
    /// By id; `nil` of one that does not exist.
    var items: [UInt64: SessionItem?] = [:]
    /// The age of the oldest.
    var microseconds: UInt64 = 0
  }

  private struct Entry {
    let item: SessionItem?
    let since: Instant
    let byteCount: Int
  }

  private struct State {
    var entries: [Scope: [UInt64: Entry]] = [:]
    /// Every entry from `first` on, the oldest first; those that were replaced stand there twice.
    var line: [(scope: Scope, id: UInt64, since: Instant)] = []
    var first = 0
    /// Of the entries, without their places in the line.
    var entryByteCount = 0

    /// Of all: an item that several queries fetch at once stands in the line more than once.
    var byteCount: Int { entryByteCount + (line.count - first) * ItemCache.placeByteCount }
  }

  /// Bytes of a place in the line, with those that the line holds for growth.
  private static let placeByteCount = 2 * MemoryLayout<(scope: Scope, id: UInt64, since: Instant)>.stride

  private let byteCountMax: Int
  private let microsecondsMax: UInt64
  private let clock: any MonotonicClock
  private let hits, misses: Counter
  private let ageSeconds: Histogram
  private let state = Lock(State())

  init(_ configuration: Coordinator.Configuration, clock: any MonotonicClock, _ metrics: MetricRegistry) {
    (byteCountMax, microsecondsMax) = (configuration.itemCacheBytesMax, configuration.itemCacheMicrosecondsMax)
    self.clock = clock
    func items(_ outcome: String) -> Counter {
      metrics.counter(
        "winnow_item_cache_items_total",
        help: "Items of histories that queries looked for in memory, and found or had to ask for.",
        labels: [("outcome", outcome)])
    }
    (hits, misses) = (items("hit"), items("miss"))
    ageSeconds = metrics.histogram(
      "winnow_item_cache_age_seconds", help: "Age of the oldest item of the memory that a query used.")
    metrics.gauge("winnow_item_cache_bytes", help: "Bytes of the items of histories in memory.") { [state] in
      Double(state.withLock { $0.byteCount })
    }
  }

  /// What is known of some items.
  func take(_ ids: [UInt64], of scope: Scope) -> Found {
    let now = clock.now()
    let found = state.withLock { state in
      drop(from: &state, at: now)
      var found = Found()
      guard let entries = state.entries[scope] else { return found }
      for id in ids {
        guard let entry = entries[id] else { continue }
        found.items[id] = .some(entry.item)
        found.microseconds = max(found.microseconds, entry.since.microseconds(until: now))
      }
      return found
    }
    hits.add(UInt64(found.items.count))
    misses.add(UInt64(ids.count - found.items.count))
    if !found.items.isEmpty { ageSeconds.observe(Double(found.microseconds) / 1e6) }
    return found
  }

  /// Keeps what shards have just said of some items; `nil`: that there is none.
  ///
  /// - Parameter since: When they were asked.
  func keep(_ items: [UInt64: SessionItem?], of scope: Scope, since: Instant) {
    guard byteCountMax > 0, microsecondsMax > 0 else { return }
    let now = clock.now()
    state.withLock { state in
      for (id, item) in items {
        let entry = Entry(item: item, since: since, byteCount: Self.byteCount(of: item))
        state.entryByteCount -= state.entries[scope]?[id]?.byteCount ?? 0
        state.entries[scope, default: [:]][id] = entry
        state.entryByteCount += entry.byteCount
        state.line.append((scope, id, since))
      }
      drop(from: &state, at: now)
    }
  }

  /// Lets go of what is too old, and of the oldest while there is too much.
  private func drop(from state: inout State, at now: Instant) {
    while state.first < state.line.count {
      let (scope, id, since) = state.line[state.first]
      guard state.byteCount > byteCountMax || since.microseconds(until: now) >= microsecondsMax else { break }
      state.first += 1
      guard let entry = state.entries[scope]?[id], entry.since == since else { continue }
      state.entries[scope]?[id] = nil
      if state.entries[scope]?.isEmpty == true { state.entries[scope] = nil }
      state.entryByteCount -= entry.byteCount
    }
    guard state.first > 1024, state.first * 2 > state.line.count else { return }
    state.line.removeFirst(state.first)
    state.first = 0
  }

  /// Bytes that an item takes, about: its numbers and words, and what dictionaries need for it.
  private static func byteCount(of item: SessionItem?) -> Int {
    guard let item else { return 96 }
    let words = item.attributes.values.reduce(0) { sum, value in
      switch value {
      case .keyword(let word), .text(let word): sum + 64 + word.utf8.count
      case .keywordSet(let words): words.reduce(sum + 96) { $0 + 32 + $1.utf8.count }
      default: sum + 64
      }
    }
    return 224 + 4 * (item.embedding.count + item.rerank.count) + words
  }
}
