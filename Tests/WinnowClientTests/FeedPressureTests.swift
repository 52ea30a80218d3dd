import Support
import Testing
import Transport
import Vocabulary
import Wire

@testable import WinnowClient

struct FeedPressureTests {
  private static let schema = CollectionSchema(embeddingDimension: 1, rerankDimension: 0, attributes: [])

  private static func answer(_ request: InboundRequest, _ status: (UInt64) -> WriteResponse.Status) -> Outcome {
    guard let upsert = try? UpsertRequest(body: Array(request.body)) else {
      return .failure(WireError(.malformedBody))
    }
    return .reply(
      WriteResponse(
        durability: .memory, isReplayed: false, statuses: upsert.ids.map(status), versions: upsert.ids.map { _ in 1 }
      ).body(version: request.bodyVersion))
  }

  /// Feeds the items 1…count and tells which errors it waited for.
  private static func feed(
    _ count: UInt64, waitMax: Duration, script: @escaping ScriptedServer.Script
  ) throws -> (summary: FeedSummary, waits: [String], microseconds: UInt64) {
    let schema = try #require(schema)
    return try ScriptedServer.run(script) { client, _, executor in
      var options = Feeder.Options()
      options.itemsPerBatch = 5
      options.writers = 3
      options.waitMax = waitMax
      var ids = (1...count).makeIterator()
      var waits: [String] = []
      let start = executor.clock.now()
      let summary = await Feeder(client, collection: "shop", schema: schema, options: options).feed {
        ids.next().map {
          .init(tag: Int($0), item: Item(id: ItemID($0), embedding: [1], rerank: [], attributes: []))
        }
      } event: { event in
        if case .waiting(let error) = event { waits.append(error?.description ?? "") }
      }
      return (summary, waits, start.microseconds(until: executor.clock.now()))
    }
  }

  @Test(arguments: [ErrorCode.overloaded, .storageFull, .memoryBudget, .noReplica, .slotFrozen])
  func aFeedWaitsForRoomAndGoesOn(code: ErrorCode) throws {
    let result = try Self.feed(300, waitMax: .seconds(60)) { request, count in
      (10..<60).contains(count)
        ? .failure(WireError(code, retryAfterMilliseconds: 20, message: "shard 3 has no room"))
        : Self.answer(request) { _ in .inserted }
    }
    #expect(result.summary.isWhole && result.summary.itemsInserted == 300)
    #expect(result.waits.contains("\(code.name): shard 3 has no room"))
  }

  @Test func aFeedThatWaitsInVainEndsAndSaysWhy() throws {
    let result = try Self.feed(300, waitMax: .seconds(30)) { request, count in
      count < 10
        ? Self.answer(request) { _ in .inserted } : .failure(WireError(.storageFull, retryAfterMilliseconds: 20))
    }
    #expect(result.summary.failure?.name == "STORAGE_FULL")
    #expect(!result.summary.isWhole && result.summary.itemsInserted < 300 && result.summary.itemsUnsettled > 0)
    #expect((29_000_000...60_000_000).contains(result.microseconds))
  }

  @Test func onlyWhatIsOpenIsSentAgainUnderTheSameOp() throws {
    let seen = Lock<[UInt64: [[UInt64]]]>([:])
    let result = try Self.feed(60, waitMax: .seconds(60)) { request, _ in
      guard let upsert = try? UpsertRequest(body: Array(request.body)) else {
        return .failure(WireError(.malformedBody))
      }
      let sent = seen.withLock { seen in
        seen[upsert.writer &* 1000 &+ upsert.op, default: []].append(upsert.ids)
        return seen[upsert.writer &* 1000 &+ upsert.op]?.count ?? 0
      }
      // The shard of ids that three divides has no room until it is asked alone, and once more.
      guard upsert.ids.contains(where: { $0 % 3 != 0 }) || sent > 5 else {
        return .failure(WireError(.memoryBudget, message: "shard 1"))
      }
      return Self.answer(request) { $0 % 3 == 0 && sent <= 5 ? .notExecuted : .inserted }
    }
    #expect(result.summary.isWhole && result.summary.itemsInserted == 60)
    #expect(result.waits.contains("MEMORY_BUDGET: shard 1"))
    for (_, requests) in seen.withLock({ $0 }) {
      guard let first = requests.first, let last = requests.last else { continue }
      #expect(Set(last).isSubset(of: first))
      if first.contains(where: { $0 % 3 == 0 }) { #expect(last.allSatisfy { $0 % 3 == 0 }) }
    }
  }

  @Test func aPaceHalvesUnderRefusalsAndGrowsWithSettlements() {
    var pace = FeedPace(widthMax: 8, waitMax: .seconds(10))
    let start = Instant(nanoseconds: 5_000_000_000)
    #expect(pace.width == 8)
    var wait = pace.refuse(retryAfterMilliseconds: 50, draw: 0, now: start)
    #expect(wait == 50_000 && pace.width == 4)
    for _ in 0..<5 { _ = pace.refuse(retryAfterMilliseconds: 0, draw: 7, now: start) }
    #expect(pace.width == 1)
    wait = pace.refuse(retryAfterMilliseconds: 0, draw: .max, now: start.advanced(microseconds: 9_999_000))
    #expect(wait.map { $0 <= 1000 } == true, "never longer than what is left")
    #expect(pace.refuse(retryAfterMilliseconds: 0, draw: 1, now: start.advanced(microseconds: 10_000_000)) == nil)
    for _ in 0..<100 { pace.settle() }
    #expect(pace.width == 8)
    #expect(pace.refuse(retryAfterMilliseconds: 1, draw: 0, now: start.advanced(microseconds: 20_000_000)) != nil)
    #expect(FeedPace(widthMax: 2, waitMax: .zero).width == 2)
  }
}
