import SocketTransport
import Support
import Transport
import Vocabulary
import WinnowClient

/// Queries, readings, writes, scrapes, polls, reconnects, pushes and moves, each in a loop of its own.
struct SoakLoad: Sendable {
  /// What became of it.
  struct Tally: Sendable, CustomStringConvertible {
    /// Of queries, in microseconds.
    var latencies: [Double] = []
    /// Requests that were answered, by kind.
    var done: [String: Int] = [:]
    /// Requests that failed, by kind.
    var failed: [String: Int] = [:]
    var firstFailure = ""
    /// Answers that are not what they have to be.
    var wrong = 0

    var description: String {
      func words(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      }
      return "done: \(words(done)); failed: \(failed.isEmpty ? "none" : words(failed))"
        + (firstFailure.isEmpty ? "" : " (\(firstFailure))") + "; wrong: \(wrong)"
    }
  }

  /// Kept samples of latencies: what the load itself keeps stays small.
  private static let latenciesMax = 10_000
  /// Items that are written and deleted in turn, behind those of the shop.
  private static let extras: UInt64 = 40

  private let shop: GrowthShop
  private let client: WinnowClient
  private let address: String
  private let adminAddresses: [String]
  /// The ids that queries for untouched items are answered with.
  private let answers: [[UInt64]]
  private let tally = Lock(Tally())

  /// Fills a cluster and looks at what it answers.
  init(_ cluster: ServiceCluster, _ shop: GrowthShop) async throws {
    self.shop = shop
    (address, adminAddresses) = (cluster.address, cluster.adminAddresses)
    client = try await cluster.client(connections: 2)
    try await ServiceCluster.create(shop.schema, client)
    let summary = await Self.feed(shop, client, nil)
    guard summary.isWhole else { throw WrongResult(description: "the feed failed: \(summary)") }
    var answers: [[UInt64]] = []
    for number in 0..<8 { answers.append(try await client.rank(shop.query(2 * number)).results.map(\.item.rawValue)) }
    guard answers[0] == shop.answer(0) else { throw WrongResult(description: "a query is answered wrongly") }
    self.answers = answers
  }

  /// What the answers have to be, for the fingerprint of the result.
  var reference: [UInt32] { answers.joined().map { UInt32(truncatingIfNeeded: $0) } }

  private static func feed(_ shop: GrowthShop, _ client: WinnowClient, _ generation: Generation?) async -> FeedSummary {
    var ids = (1...UInt64(shop.count)).makeIterator()
    var options = Feeder.Options()
    options.generation = generation
    let feeder = Feeder(client, collection: "shop", schema: shop.schema, options: options)
    return await feeder.feed {
      ids.next().map { Feeder.Element(tag: Int($0), item: GrowthShop.item($0, revision: 0)) }
    }
  }

  /// Sends for a while.
  func run(seconds: Double) async throws -> Tally {
    let clock = SystemClock()
    let end = clock.now().advanced(microseconds: UInt64(seconds * 1e6))
    // A step of each kind, and the pause after it in milliseconds.
    let loops: [(kind: String, pause: Int, step: @Sendable (Int) async throws -> Void)] = [
      ("query", 20, rank), ("get", 50, get), ("upsert", 50, upsert), ("delete", 200, delete), ("scrape", 1000, scrape),
      ("poll", 250, poll), ("reconnect", 200, reconnect), ("operate", 2000, operate),
    ]
    await withDiscardingTaskGroup { group in
      for (kind, pause, step) in loops {
        group.addTask {
          var number = 0
          while clock.now() < end {
            do {
              try await step(number)
              tally.withLock { $0.done[kind, default: 0] += 1 }
            } catch {
              tally.withLock { tally in
                tally.failed[kind, default: 0] += 1
                if tally.firstFailure.isEmpty { tally.firstFailure = "\(kind): \(error)" }
              }
            }
            number += 1
            try? await Task.sleep(for: .milliseconds(pause))
          }
        }
      }
    }
    await client.close()
    return tally.withLock { $0 }
  }

  // MARK: Steps

  private func rank(_ number: Int) async throws {
    // Every other query asks only for items that stay as they are.
    let (clock, index) = (SystemClock(), number % 16)
    let start = clock.now()
    let answer = try await client.rank(shop.query(index))
    let latency = Double(start.microseconds(until: clock.now()))
    let isRight =
      !shop.isChecked(index)
      || answer.results.map(\.item.rawValue) == answers[index / 2] && answer.report.coverage == 1_000_000
    tally.withLock { tally in
      if tally.latencies.count < Self.latenciesMax { tally.latencies.append(latency) }
      if !isRight { tally.wrong += 1 }
    }
  }

  private func get(_ number: Int) async throws {
    let ids = (0..<200).map { ItemID(UInt64((number * 200 + $0) % shop.count) + 1) }
    let found = try await client.get(ids, from: "shop", withEmbeddings: number % 2 == 0)
    if found.items.count != ids.count { tally.withLock { $0.wrong += 1 } }
  }

  private func upsert(_ number: Int) async throws {
    let touched = UInt64(shop.count) / GrowthShop.touchedEvery + Self.extras
    let items = (0..<8).map { offset in
      let id = UInt64(number * 8 + offset) &* 7919 % touched + 1
      return GrowthShop.item(id * GrowthShop.touchedEvery, revision: Int64(number + 1))
    }
    _ = try await client.upsert(items, schema: shop.schema, into: "shop")
  }

  private func delete(_ number: Int) async throws {
    let first = UInt64(shop.count) / GrowthShop.touchedEvery + 1
    let id = first + UInt64(number) % Self.extras
    _ = try await client.delete([ItemID(id * GrowthShop.touchedEvery)], from: "shop")
  }

  /// As a monitoring system and a console look.
  private func scrape(_ number: Int) async throws {
    for address in adminAddresses {
      for path in ["/metrics", "/readyz", "/livez"] { _ = try await HTTPAnswer.get(address, path) }
    }
    guard let coordinator = adminAddresses.last else { return }
    for path in ["/api/status", "/api/live", "/api/slow", "/"] { _ = try await HTTPAnswer.get(coordinator, path) }
  }

  private func poll(_ number: Int) async throws {
    _ = try await client.status()
    _ = try await client.slotMoves()
    _ = try await client.generations(of: "shop")
    _ = try await client.clusterEvents(limit: 20)
    _ = try await client.slowQueries(limit: 5)
  }

  private func reconnect(_ number: Int) async throws {
    var options = ClientOptions()
    options.connectionCount = 1
    options.timeout = .seconds(20)
    let client = try WinnowClient(address: address, options: options)
    let result: Result<RankAnswer, WinnowError>
    do throws(WinnowError) { result = .success(try await client.rank(shop.query(number % 16))) } catch {
      result = .failure(error)
    }
    await client.close()
    _ = try result.get()
  }

  /// A push, then moves there and back: what one operator does after the other.
  private func operate(_ number: Int) async throws {
    switch number % 3 {
    case 0:
      let generation = try await client.stageGeneration(of: "shop", schema: shop.schema)
      let summary = await Self.feed(shop, client, generation)
      _ = try await client.activate(generation, of: "shop", fed: summary)
    case 1: try await settle(try await client.moveSlots(200, from: ShardID(0), to: ShardID(1)))
    default: try await settle(try await client.rebalance())
    }
  }

  private func settle(_ begun: SlotMoves) async throws {
    var moves = begun
    while moves.state == .moving || moves.state == .ending {
      try await Task.sleep(for: .milliseconds(200))
      moves = try await client.slotMoves()
    }
    guard moves.state == .atRest else { throw WrongResult(description: "moves: \(moves.state), \(moves.reason)") }
  }
}
