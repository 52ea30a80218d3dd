package import Vocabulary
package import Wire

/// The feeds that have begun: which data each shard had then (`proto-spec/03-messages/feed.md`).
package struct Feeds: ~Copyable, Sendable {
  private struct Feed {
    let collection: String
    let incarnations: [ShardID: Bytes16]
    let begun: Instant
    var isCompleted = false
  }

  /// Feeds that may be open at once.
  package static let openMax = 64
  /// How long a feed may take.
  package static let lifetimeMicroseconds: UInt64 = 24 * 3600 * 1_000_000

  private var feeds: [UInt64: Feed] = [:]

  /// No feeds.
  package init() {}

  /// Begins a feed.
  ///
  /// - Parameters:
  ///   - number: A random number other than 0.
  ///   - incarnations: Of the shards that can be asked now.
  /// - Throws: OVERLOADED if too many are open.
  package mutating func begin(
    _ number: UInt64, _ collection: String, incarnations: [ShardID: Bytes16], at now: Instant
  ) throws(WireError) {
    expire(at: now)
    if feeds.count >= Self.openMax, let done = feeds.first(where: { $0.value.isCompleted }) {
      // A completed feed is kept only so that its completion may be repeated.
      feeds[done.key] = nil
    }
    guard feeds.count < Self.openMax else {
      throw WireError(
        .overloaded, retryAfterMilliseconds: 1000, message: "at most \(Self.openMax) feeds are open at once")
    }
    feeds[number] = Feed(collection: collection, incarnations: incarnations, begun: now)
  }

  /// Completes a feed.
  ///
  /// - Parameter incarnations: Of the shards that can be asked now.
  /// - Returns: the shards that have the same data as at its beginning.
  /// - Throws: UNKNOWN_UPLOAD.
  package mutating func complete(
    _ number: UInt64, _ collection: String, incarnations: [ShardID: Bytes16], at now: Instant
  ) throws(WireError) -> [ShardID: Bytes16] {
    expire(at: now)
    guard let feed = feeds[number], feed.collection == collection else {
      throw WireError(
        .unknownUpload, fieldOffset: 8, message: "no feed of this number is open for the collection: feed it again")
    }
    feeds[number]?.isCompleted = true
    return feed.incarnations.filter { incarnations[$0.key] == $0.value }
  }

  /// Forgets the feeds of a collection, which is dropped.
  package mutating func drop(_ collection: String) { feeds = feeds.filter { $0.value.collection != collection } }

  private mutating func expire(at now: Instant) {
    feeds = feeds.filter { $0.value.begun.microseconds(until: now) < Self.lifetimeMicroseconds }
  }
}
