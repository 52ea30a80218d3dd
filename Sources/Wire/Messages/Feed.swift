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

  package var collection: String
  package var step: Step

  package init(collection: String, step: Step) {
    self.collection = collection
    self.step = step
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let kind: UInt8 = try reader.integer(in: 1...2)
    try reader.zeros(7)
    let feed: UInt64 = try reader.integer(in: 0...(kind == 2 ? UInt64.max : 0))
    step = kind == 1 ? .begin : .complete(feed: feed)
    collection = try reader.name()
  }

  package func write(to writer: inout BodyWriter) {
    switch step {
    case .begin:
      writer.write(array: [1, 0] as [UInt64])
    case .complete(let feed):
      writer.write(array: [2, feed])
    }
    writer.write(name: collection)
  }
}

/// The answer to FEED.
package struct FeedResponse: Message, Equatable {
  package var feed: UInt64
  /// Shards that are not complete now.
  package var incompleteShards: UInt16
  package var shardCount: UInt16

  package init(feed: UInt64, incompleteShards: UInt16, shardCount: UInt16) {
    self.feed = feed
    self.incompleteShards = incompleteShards
    self.shardCount = shardCount
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    feed = try reader.integer()
    incompleteShards = try reader.integer()
    shardCount = try reader.integer()
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(feed)
    writer.write(incompleteShards)
    writer.write(shardCount)
  }
}
