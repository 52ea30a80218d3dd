import Placement
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// What shoppers did, in a cluster in memory.
@Suite struct EventTests {
  private static let shop: RandomShop.Shape = {
    var shape = RandomShop.Shape()
    (shape.itemCount, shape.hasModel) = (20, false)
    return shape
  }()

  /// Batches of some shoppers, the last of them sent twice.
  private static func batches(_ now: Int64) -> [EventRequest] {
    var random = SeededRandom(seed: 4)
    return (1...12 as ClosedRange<UInt64>).map { op in
      let entries = (0..<30).map { place in
        let kind = ShopperAction.allCases[Int(random.next() % 8)]
        let event = ShopperEvent(
          kind, item: kind == .search ? 0 : random.next() % 50, time: now - 1000 + Int64(op) * 40 + Int64(place),
          text: kind == .search ? "blue \(op)" : "")
        return EventRequest.Entry(user: random.next() % 40, event)
      }
      return EventRequest(collection: "shop", writer: 3, op: op, events: entries)
    }
  }

  @Test func anyNumberOfShardsKeepsTheSame() throws {
    let shop = try #require(try RandomShop(Self.shop, seed: 2))
    let batches = Self.batches(MemoryCluster.begin)
    var known: [[StoredHistory]] = []
    for shardCount in [1, 3, 7] {
      known += [
        try MemoryCluster.run(shardCount: shardCount) { cluster in
          try await cluster.fill(shop)
          for batch in batches {
            #expect(try await cluster.ask(batch).counts.accepted == 30)
            let again = try await cluster.ask(batch)
            #expect(again.isReplayed && again.counts.accepted == 30)
          }
          var kept: [StoredHistory] = []
          for user in 0..<40 as Range<UInt64> {
            let response = try await cluster.ask(HistoryRequest(.get, collection: "shop", user: user))
            #expect(response.settings == .usual)
            for var history in response.histories {
              history.begun = 0
              kept.append(history)
            }
          }
          #expect(kept.reduce(0) { $0 + $1.version } == 360)

          var listed: [StoredHistory] = []
          for slot in Slot.all {
            var list = HistoryRequest(.list, collection: "shop")
            list.slot = slot
            for var history in try await cluster.ask(list).histories {
              history.begun = 0
              listed.append(history)
            }
          }
          #expect(listed.sorted { $0.user < $1.user } == kept)
          return kept
        }
      ]
    }
    #expect(known[0] == known[1] && known[1] == known[2])
  }

  @Test func badInputHasItsErrorOrItsCount() throws {
    let shop = try #require(try RandomShop(Self.shop, seed: 2))
    try MemoryCluster.run(shardCount: 2) { cluster in
      try await cluster.fill(shop)
      let now = MemoryCluster.begin
      func request(_ op: UInt64, _ events: [ShopperEvent], user: UInt64 = 7) -> EventRequest {
        EventRequest(collection: "shop", writer: 5, op: op, events: events.map { .init(user: user, $0) })
      }
      var stranger = request(1, [ShopperEvent(.view, item: 1, time: now)])
      stranger.collection = "none"
      #expect(await cluster.refusal(stranger) == .unknownCollection)
      #expect(await cluster.refusal(request(1, [])) == .limitExceeded)
      let view = ShopperEvent(.view, item: 1, time: now)
      #expect(await cluster.refusal(request(1, Array(repeating: view, count: 1001))) == .limitExceeded)

      let dated = [0, now - 91 * 86_400_000_000, now + 3_600_000_000].map { ShopperEvent(.view, item: 1, time: $0) }
      let answer = try await cluster.ask(request(1, dated))
      #expect((answer.counts.accepted, answer.counts.tooOld, answer.counts.inFuture) == (1, 1, 1))
      #expect(answer.unknownItems == 0 && answer.durability == .memory)

      // A flood of one shopper is kept and marked.
      var settings = HistoryRequest(.settings, collection: "shop")
      settings.settings = HistorySettings(length: 10, keepDays: 0, eventsPerMinuteMax: 50)
      #expect(
        try await cluster.ask(settings).settings
          == HistorySettings(length: 10, keepDays: 90, eventsPerMinuteMax: 50))
      let flood = try await cluster.ask(request(2, Array(repeating: view, count: 1000), user: 8))
      #expect(flood.counts.accepted == 1000 && flood.counts.fast >= 900)
      let get = HistoryRequest(.get, collection: "shop", user: 8)
      let history = try #require(try await cluster.ask(get).histories.first)
      #expect(try history.kept().count == 10 && history.isMarked && history.version == 1000)
      // What is too long since the setting shrank is answered cut.
      settings.settings = HistorySettings(length: 4, keepDays: 0, eventsPerMinuteMax: 0)
      try await cluster.ask(settings)
      #expect(try await cluster.ask(get).histories.first?.kept().count == 4)
    }
  }

  @Test func historiesMoveWithTheirSlotsAndAreForgottenEverywhere() throws {
    let shop = try #require(try RandomShop(Self.shop, seed: 2))
    let batches = Self.batches(MemoryCluster.begin)
    try MemoryCluster.run(shardCount: 2, spareCount: 1) { cluster in
      try await cluster.fill(shop)
      for batch in batches.prefix(10) { try await cluster.ask(batch) }
      func histories() async throws -> [StoredHistory] {
        var kept: [StoredHistory] = []
        for user in 0..<40 as Range<UInt64> {
          kept += try await cluster.ask(HistoryRequest(.get, collection: "shop", user: user)).histories
        }
        return kept
      }
      let before = try await histories()
      try await cluster.ask(
        RebalanceRequest(.begin(.add(address: "shard:3", weight: 100), .init(verifies: true))))
      for _ in 0..<10_000 {
        guard try await cluster.ask(RebalanceRequest(.status)).state != .atRest else { break }
        await cluster.sleep(10_000)
      }
      #expect(try await cluster.ask(StatusRequest()).shards.filter { $0.slots > 1000 }.count == 3)
      #expect(try await histories() == before)
      // The op before the move is known after it.
      let again = try await cluster.ask(batches[9])
      #expect(again.isReplayed && again.counts.accepted == 30)
      for user in 0..<20 as Range<UInt64> {
        let receipts = try await cluster.ask(HistoryRequest(.forget, collection: "shop", user: user)).receipts
        #expect(receipts.count == 3 && receipts.allSatisfy { $0.state == .done })
      }
      #expect(try await histories() == before.filter { $0.user >= 20 })
    }
  }
}
