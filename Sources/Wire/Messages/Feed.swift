/// FEED: the beginning or the completion of a stream of writes that holds a whole collection
/// (`proto-spec/03-messages/feed.md`).
package struct FeedRequest: RequestMessage, Equatable {
  package typealias Reply = FeedResponse
  package static let opcode = Opcode.feed

  /// A step.
  package enum Step: Sendable, Equatable {
    case begin
    case complete(feed: UInt64)
  }

  package var collection = ""
  package var step = Step.begin

  package init() {}

  package init(collection: String, step: Step) {
    self.collection = collection
    self.step = step
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, feed): (UInt8, UInt64) = if case .complete(let feed) = step { (2, feed) } else { (1, 0) }
    try c.integer("kind", &kind, in: 1...2)
    try c.zeros(7)
    try c.integer("feed", &feed, in: 0...(kind == 2 ? UInt64.max : 0))
    try c.name("collection", &collection)
    step = kind == 1 ? .begin : .complete(feed: feed)
  }
}

/// The answer to FEED.
package struct FeedResponse: Message, FieldGroup, Hashable {
  package var feed: UInt64 = 0
  /// Shards that are not complete now.
  package var incompleteShards: UInt16 = 0
  package var shardCount: UInt16 = 0

  package init() {}

  package init(feed: UInt64, incompleteShards: UInt16, shardCount: UInt16) {
    self.feed = feed
    self.incompleteShards = incompleteShards
    self.shardCount = shardCount
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("feed", &feed)
    try c.integer("shards_incomplete", &incompleteShards)
    try c.integer("shards_in_map", &shardCount)
  }
}
