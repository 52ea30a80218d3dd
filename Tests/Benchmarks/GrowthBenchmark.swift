import Foundation
import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// A shard is added to a cluster under load, and the oldest is drained and removed: nothing fails, no answer changes.
enum GrowthBenchmark {
  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let isFull = size == .full
    let shop = try GrowthShop(count: isFull ? 200_000 : 6000)
    let cluster = try ServiceCluster(shards: isFull ? 4 : 2, spares: 1, isDurable: true)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 8)
    let load = try await GrowthLoad(
      filling: shop, client, queriesPerSecond: isFull ? 500 : 100, writesPerSecond: isFull ? 200 : 40)
    let seconds = isFull ? 15.0 : 1
    _ = await load.run(round: 0) { $0 >= seconds / 3 }
    var rest: [GrowthLoad.Outcome] = []
    for round in 1...2 {
      rest.append(await load.run(round: round) { $0 >= seconds })
      EngineBenchmark.note("at rest: \(rest[round - 1])")
    }
    let spare = cluster.spares[0]
    let added = try await moving(load, round: 3, "add") { (client) throws(WinnowError) in
      try await client.addShard(spare)
    }
    let drained = try await moving(load, round: 4, "drain") { (client) throws(WinnowError) in
      try await client.drainShard(ShardID(0))
    }
    _ = try await client.removeShard(ShardID(0))
    let shards = try await client.status().shards
    guard shards.count == (isFull ? 4 : 2), shards.allSatisfy({ $0.missing == nil && $0.slots > 0 }) else {
      throw WrongResult(description: "the shards after it: \(shards)")
    }
    let duplicates = try await client.metrics().split(separator: "\n").filter {
      $0.hasPrefix("winnow_query_duplicates_total") && !$0.hasSuffix(" 0")
    }
    guard duplicates.isEmpty else { throw WrongResult(description: "an item came twice: \(duplicates)") }
    await client.close()
    let all = rest + [added, drained]
    guard all.allSatisfy({ $0.failed == 0 && $0.changed == 0 }) else {
      throw WrongResult(description: "something failed or changed: \(all.map(\.description))")
    }
    let pause = max(added.writeP99, drained.writeP99)
    EngineBenchmark.note(
      "writes p99 while moving \(Int(pause / 1000)) ms (bar 100 ms: \(pause <= 100_000 ? "met" : "missed")); "
        + "queries p99 at rest A/A \(Int(rest[0].queryP99)) and \(Int(rest[1].queryP99)) µs")
    return Measurement(
      microseconds: [added.queryP99, drained.queryP99], peerMicroseconds: rest.map(\.queryP99),
      results: load.fingerprint)
  }

  /// The load while slots move.
  private static func moving(
    _ load: GrowthLoad, round: Int, _ label: String,
    _ begin: @escaping @Sendable (WinnowClient) async throws(WinnowError) -> SlotMoves
  ) async throws -> GrowthLoad.Outcome {
    let client = load.client
    let begun = Lock<SlotMoves?>(nil)
    let outcome = try await load.amid(round: round) {
      var moves = try await begin(client)
      while moves.state == .moving || moves.state == .ending {
        await client.executor.sleep(until: client.executor.clock.now().advanced(microseconds: 100_000))
        moves = try await client.slotMoves()
      }
      begun.withLock { $0 = moves }
    }
    guard let moves = begun.withLock({ $0 }) else { throw WrongResult(description: "\(label): no moves") }
    guard moves.state == .atRest, moves.slotsLeft == 0 else {
      throw WrongResult(description: "\(label): \(moves)")
    }
    EngineBenchmark.note("\(label): \(outcome)")
    EngineBenchmark.note(
      "\(label): \(moves.slots) slots, \(moves.itemsCopied) items in \(moves.worked), longest pause of writes "
        + "\(moves.longestFreeze), failed tries \(moves.failures)")
    return outcome
  }
}
