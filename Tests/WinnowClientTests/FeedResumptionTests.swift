import Support
import Testing
import Transport
import Vocabulary
import Wire

@testable import WinnowClient

struct FeedResumptionTests {
  private static let schema = CollectionSchema(
    embeddingDimension: 1, rerankDimension: 0, attributes: [AttributeDefinition(name: "price", type: .float)])

  /// Changes of all kinds, of few items, so that their order matters.
  private static func changes(_ count: Int, seed: UInt64) -> [Feeder.Element] {
    var state = seed
    func draw(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    return (0..<count).map { line in
      let id = ItemID(draw(40))
      let price: AttributeValue? = draw(5) == 0 ? nil : .float(Double(line))
      let change: FeedChange =
        switch draw(5) {
        case 0: .delete(id)
        case 1, 2: .update(ItemUpdate(id: id, attributes: [NamedAttribute(name: "price", value: price)]))
        default: .upsert(Item(id: id, embedding: [1], rerank: [], attributes: [price]))
        }
      return Feeder.Element(tag: line, change: change, check: UInt32(line))
    }
  }

  private static func options(_ positions: [FeedPosition] = []) -> Feeder.Options {
    var options = Feeder.Options()
    options.itemsPerBatch = 7
    options.writers = 3
    options.positions = positions
    options.waitMax = .seconds(60)
    return options
  }

  @Test func changesOfAllKindsKeepTheirOrder() throws {
    let schema = try #require(Self.schema)
    let changes = Self.changes(600, seed: 1)
    let twin = Lock(FeedTwin())
    let summary = try ScriptedServer.run { request, count in
      if count % 7 == 0 { return .failure(WireError(.overloaded, retryAfterMilliseconds: 1)) }
      let result = twin.withLock { $0.apply(request.opcode, Array(request.body)) }
      return count % 5 == 0 ? .failure(WireError(.deadlineExceeded)) : Self.outcome(result)
    } body: { client, _, _ in
      let feeder = Feeder(client, collection: "shop", schema: schema, options: Self.options())
      var rest = changes[...]
      return await feeder.feed { rest.popFirst() }
    }
    #expect(summary.itemsRead == 600 && summary.failure == nil && summary.isDurable)
    var expected: [UInt64: Double?] = [:]
    for element in changes {
      let id = element.change.id.rawValue
      switch element.change {
      case .upsert(let item):
        expected[id] = .some(nil)
        if case .float(let price) = item.attributes[0] { expected[id] = .some(price) }
      case .update(let update) where expected[id] != nil:
        expected[id] = .some(nil)
        if case .float(let price) = update.attributes[0].value { expected[id] = .some(price) }
      case .update: break
      case .delete: expected[id] = nil
      }
    }
    let seen = twin.withLock { $0 }
    #expect(seen.fault == nil && seen.prices == expected)
    #expect(summary.itemsWritten + summary.itemsRejected == 600)
  }

  /// Feeds that are cut off at many places, also between a write and its answer, and go on.
  @Test func aFeedGoesOnWhereItWasCutOffAndAppliesNothingTwice() throws {
    let schema = try #require(Self.schema)
    let changes = Self.changes(400, seed: 2)
    var expected: [UInt64: Int] = [:]
    for element in changes { expected[element.change.id.rawValue, default: 0] += 1 }
    for cut in stride(from: 1, to: 60, by: 4) {
      let twin = Lock(FeedTwin())
      let kept = Lock<[FeedPosition]>([])
      func run(until last: Int, _ positions: [FeedPosition]) throws -> FeedSummary {
        try ScriptedServer.run { request, count in
          guard count <= last else { return .failure(WireError(.unknownCollection)) }
          let result = twin.withLock { $0.apply(request.opcode, Array(request.body)) }
          // The last one is applied, and nobody learns of it.
          return count == last ? .failure(WireError(.unknownCollection)) : Self.outcome(result)
        } body: { client, _, _ in
          let first = Feeder(client, collection: "shop", schema: schema, options: Self.options())
          let begin = positions.isEmpty ? first.newPositions() : positions
          kept.withLock { $0 = begin }
          let feeder = Feeder(client, collection: "shop", schema: schema, options: Self.options(begin))
          var rest = changes[...]
          return await feeder.feed {
            rest.popFirst()
          } event: { event in
            if case .settled(let stream, let position) = event { kept.withLock { $0[stream] = position } }
          }
        }
      }
      let first = try run(until: cut, [])
      #expect(first.failure != nil)
      let second = try run(until: .max, kept.withLock { $0 })
      #expect(second.failure == nil && second.itemsRead == 400)
      #expect(second.itemsSkipped == first.itemsWritten + first.itemsRejected)
      let seen = twin.withLock { $0 }
      #expect(seen.fault == nil && seen.changes == expected, "cut off at \(cut)")
      let third = try run(until: .max, kept.withLock { $0 })
      #expect(third.isWhole && third.itemsSkipped == 400)
    }
  }

  @Test func anotherSourceIsRefused() throws {
    let schema = try #require(Self.schema)
    let changes = Self.changes(200, seed: 3)
    let kept = Lock<[FeedPosition]>([])
    let twin = Lock(FeedTwin())
    let summaries = try ScriptedServer.run { request, _ in
      Self.outcome(twin.withLock { $0.apply(request.opcode, Array(request.body)) })
    } body: { client, server, _ in
      let begin = Feeder(client, collection: "shop", schema: schema, options: Self.options()).newPositions()
      kept.withLock { $0 = begin }
      var rest = changes[...]
      _ = await Feeder(client, collection: "shop", schema: schema, options: Self.options(begin)).feed {
        rest.popFirst()
      } event: { event in
        if case .settled(let stream, let position) = event { kept.withLock { $0[stream] = position } }
      }
      let sent = server.count
      var summaries: [FeedSummary] = []
      var edited = changes
      edited[3] = Feeder.Element(tag: 3, change: changes[3].change, check: 999)
      for other in [edited, Array(changes.prefix(50)), Self.changes(200, seed: 4)] {
        var rest = other[...]
        let options = Self.options(kept.withLock { $0 })
        summaries.append(
          await Feeder(client, collection: "shop", schema: schema, options: options).feed { rest.popFirst() })
      }
      #expect(server.count == sent)
      return summaries
    }
    #expect(summaries.allSatisfy { $0.failure?.name == "CONFLICT" })
  }

  static func outcome(_ result: Result<WriteResponse, WireError>) -> Outcome {
    switch result {
    case .success(let response): .reply(response.body(version: UpsertRequest.bodyVersion))
    case .failure(let error): .failure(error)
    }
  }
}
