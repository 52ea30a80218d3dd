import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Whole catalogues are read while a shop asks.
  @Suite struct BulkReadTests {
    private static let clients = 4
    private static let inFlight = 120
    private static let queries = 20

    /// What became of the readings.
    private struct Readings: Sendable {
      var answered = 0
      var refused: [ErrorCode: Int] = [:]
      var wrong = 0
      var isOver = false
    }

    /// Reads 3,000 items again and again until it is over.
    private static func read(_ asker: Asker, _ ids: [UInt64], _ readings: Lock<Readings>) async throws {
      var get = GetRequest(collection: "shop", ids: ids)
      (get.wantsEmbeddings, get.wantsRerank, get.attributes) = (true, true, .all)
      while !readings.withLock({ $0.isOver }) {
        do {
          let found = try await asker.ask(get, microseconds: 60_000_000)
          readings.withLock { readings in
            readings.answered += 1
            if found.ids != ids || found.unavailable > 0 { readings.wrong += 1 }
          }
        } catch CallError.refused(let refusal) {
          readings.withLock { $0.refused[refusal.code, default: 0] += 1 }
          try await Task.sleep(for: .milliseconds(20))
        } catch CallError.deadlineExceeded {
          // On a busy machine a reading may take longer than it has: queries are what must not wait.
        }
      }
    }

    @Test func queriesAreAnsweredBesideReadingsOfThousandsOfItems() async throws {
      let shop = try LoopbackTests.shop(3000)
      let ids = shop.items.map(\.id.rawValue).sorted()
      let request = try #require(shop.requests(40).first { $0.sessionItems.isEmpty })
      try await ProcessCluster.run { cluster in
        try await cluster.fill(shop)
        let expected = try await cluster.connect().body(request)
        let readings = Lock(Readings())
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<Self.clients {
            let asker = try await cluster.connect()
            for _ in 0..<Self.inFlight { group.addTask { try await Self.read(asker, ids, readings) } }
          }
          while readings.withLock({ $0.answered }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
          let asker = try await cluster.connect()
          let before = readings.withLock { $0.answered }
          // On a machine that is slow enough, a few queries are answered between two readings.
          var asked = 0
          while asked < Self.queries || asked < 1000 && readings.withLock({ $0.answered }) == before {
            asked += 1
            // A query that waits for the readings ends with its time, and the test with it.
            let answer = try await asker.body(request, microseconds: 20_000_000)
            #expect(try resultBytes(answer) == resultBytes(expected))
            #expect(try RankResponse(body: answer, version: request.sentVersion).report.coverage == 1_000_000)
          }
          let beside = readings.withLock { readings in
            readings.isOver = true
            return readings.answered - before
          }
          #expect(beside > 0, "readings go on meanwhile")
          try await group.waitForAll()
        }
        let all = readings.withLock { $0 }
        #expect(all.wrong == 0 && all.refused.keys.allSatisfy { $0 == .overloaded }, "\(all)")
      }
    }
  }
}
