import Support
import Testing
import Transport
import Vocabulary
import Wire

@testable import WinnowClient

struct FeederTests {
  private static let schema = CollectionSchema(
    embeddingDimension: 2, rerankDimension: 0, attributes: [AttributeDefinition(name: "price", type: .float)])

  private static func item(_ id: UInt64, _ value: Float = 1) -> Item {
    Item(id: ItemID(id), embedding: [value, 0], rerank: [], attributes: [.float(2)])
  }

  private static func answer(_ request: UpsertRequest, _ status: WriteResponse.Status = .inserted) -> Outcome {
    let n = request.ids.count
    return .reply(
      WriteResponse(
        durability: .memory, isReplayed: false, statuses: [WriteResponse.Status](repeating: status, count: n),
        versions: [UInt64](repeating: 1, count: n)
      ).body(version: UpsertRequest.bodyVersion))
  }

  @Test func everyItemArrivesOnceAndEachWriterHasOneOpInFlight() throws {
    let schema = try #require(Self.schema)
    let book = Lock(Book())
    let summary = try ScriptedServer.run { request, count in
      guard let upsert = try? UpsertRequest(body: Array(request.body)) else {
        return .failure(WireError(.malformedBody))
      }
      book.withLock { $0.begin(upsert) }
      defer { book.withLock { $0.end(upsert) } }
      if count % 3 == 0 { return .failure(WireError(.internalFault)) }
      return Self.answer(upsert)
    } body: { client, _, _ in
      var options = Feeder.Options()
      options.itemsPerBatch = 10
      options.writers = 3
      let source = Source(1...200)
      return await Feeder(client, collection: "shop", schema: schema, options: options).feed { source.next() }
    }
    #expect(summary.isWhole)
    #expect(summary.itemsWritten == 200)
    let seen = book.withLock { $0 }
    #expect(seen.fault == nil)
    #expect(seen.applied.keys.sorted() == Array(1...200))
    #expect(seen.writers.count == 3)
  }

  @Test func sourceIsNotReadFasterThanTheClusterWrites() throws {
    let schema = try #require(Self.schema)
    let source = Source(1...1000)
    let leads = Lock<[Int]>([])
    let acknowledged = Lock(0)
    let summary = try ScriptedServer.run { request, _ in
      guard let upsert = try? UpsertRequest(body: Array(request.body)) else {
        return .failure(WireError(.malformedBody))
      }
      acknowledged.withLock { $0 += upsert.ids.count }
      return Self.answer(upsert)
    } body: { client, _, _ in
      var options = Feeder.Options()
      options.itemsPerBatch = 10
      options.writers = 2
      return await Feeder(client, collection: "shop", schema: schema, options: options).feed {
        leads.withLock { $0.append(source.given - acknowledged.withLock { $0 }) }
        return source.next()
      }
    }
    #expect(summary.isWhole)
    // Two writers: a batch in flight and one that fills, each.
    #expect(leads.withLock { $0.max() ?? 0 } <= 40)
  }

  @Test func itemsOfAnIDKeepTheirOrder() throws {
    let schema = try #require(Self.schema)
    let last = Lock<[UInt64: Float]>([:])
    _ = try ScriptedServer.run { request, _ in
      guard let upsert = try? UpsertRequest(body: Array(request.body)) else {
        return .failure(WireError(.malformedBody))
      }
      last.withLock { last in
        for (row, id) in upsert.ids.enumerated() { last[id] = upsert.embeddings[2 * row] }
      }
      return Self.answer(upsert)
    } body: { client, _, _ in
      var options = Feeder.Options()
      options.itemsPerBatch = 3
      let items = Lock((0..<60).map { Self.item(UInt64($0 % 6), Float($0)) }[...])
      let feeder = Feeder(client, collection: "shop", schema: schema, options: options)
      return await feeder.feed { items.withLock { $0.popFirst() }.map { .init(tag: 0, item: $0) } }
    }
    #expect(last.withLock { $0 } == [0: 54, 1: 55, 2: 56, 3: 57, 4: 58, 5: 59])
  }

  @Test func itemThatDoesNotFitIsRejectedByItsTagAndTheRestGoesOn() throws {
    let schema = try #require(Self.schema)
    let rejections = Lock<[Feeder.Rejection]>([])
    let summary = try ScriptedServer.run { request, _ in
      guard let upsert = try? UpsertRequest(body: Array(request.body)) else {
        return .failure(WireError(.malformedBody))
      }
      return Self.answer(upsert, .replaced)
    } body: { client, _, _ in
      let items = Lock([Self.item(1), Self.item(2, .infinity), Self.item(3)][...])
      let tag = Lock(10)
      return await Feeder(client, collection: "shop", schema: schema).feed {
        tag.withLock { $0 += 1 }
        return items.withLock { $0.popFirst() }.map { .init(tag: tag.withLock { $0 }, item: $0) }
      } rejected: { rejection in
        rejections.withLock { $0.append(rejection) }
      }
    }
    #expect(summary.itemsReplaced == 2)
    #expect(summary.itemsRejected == 1)
    #expect(!summary.isWhole)
    #expect(rejections.withLock { $0.map(\.tag) } == [12])
  }

  @Test func feedStopsAtAnErrorThatWillNotGoAway() throws {
    let schema = try #require(Self.schema)
    let (summary, count, given) = try ScriptedServer.run { _, _ in
      .failure(WireError(.unknownCollection))
    } body: { client, server, _ in
      var options = Feeder.Options()
      options.itemsPerBatch = 5
      options.writers = 2
      let source = Source(1...1000)
      let summary = await Feeder(client, collection: "shop", schema: schema, options: options).feed { source.next() }
      return (summary, server.count, source.given)
    }
    #expect(summary.failure?.name == "UNKNOWN_COLLECTION")
    #expect(summary.itemsWritten == 0)
    #expect(count <= 2)
    #expect(given <= 20)
  }

  @Test func shardThatCannotBeAskedLeavesItsItemsUnsettled() throws {
    let schema = try #require(Self.schema)
    let (summary, count) = try ScriptedServer.run { request, _ in
      guard let upsert = try? UpsertRequest(body: Array(request.body)) else {
        return .failure(WireError(.malformedBody))
      }
      return Self.answer(upsert, .notExecuted)
    } body: { client, server, _ in
      let source = Source(1...8)
      var options = Feeder.Options()
      options.writers = 1
      return (
        await Feeder(client, collection: "shop", schema: schema, options: options).feed { source.next() }, server.count
      )
    }
    #expect(summary.itemsUnsettled == 8)
    #expect(!summary.isWhole)
    #expect(count == 3)
  }

  /// Items one after another.
  private final class Source: Sendable {
    private let ids: ClosedRange<UInt64>
    private let position: Lock<Int> = Lock(0)

    init(_ ids: ClosedRange<UInt64>) { self.ids = ids }

    var given: Int { position.withLock { $0 } }

    func next() -> Feeder.Element? {
      position.withLock { position in
        guard position < ids.count else { return nil }
        position += 1
        return .init(tag: position, item: FeederTests.item(ids.lowerBound + UInt64(position) - 1))
      }
    }
  }

  /// What a server sees of writers.
  private struct Book: Sendable {
    var inFlight: Set<UInt64> = []
    var lastOp: [UInt64: UpsertRequest] = [:]
    var applied: [UInt64: UInt64] = [:]
    var fault: String?

    var writers: [UInt64] { Array(lastOp.keys) }

    mutating func begin(_ request: UpsertRequest) {
      if !inFlight.insert(request.writer).inserted { fault = "two in flight" }
      if let last = lastOp[request.writer] {
        if request.op < last.op { fault = "an older op" }
        if request.op == last.op, request != last { fault = "a changed repeat" }
      }
      lastOp[request.writer] = request
      for id in request.ids {
        if let op = applied[id], op != request.op { fault = "an item twice" }
        applied[id] = request.op
      }
    }

    mutating func end(_ request: UpsertRequest) { inFlight.remove(request.writer) }
  }
}
