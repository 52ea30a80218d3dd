import Foundation
import Placement
import SocketTransport
import Support
import Vocabulary
import Wire

/// From the start of a shard that was killed amid acknowledged writes to its first answer, its files in the page cache.
enum RecoveryBenchmark {
  private static let dimension = 64
  private static let schema = CollectionSchema(embeddingDimension: dimension, rerankDimension: 0, attributes: [])
  /// Items that are written again before each kill, so that the log too has something to give.
  private static let rewritten = 20_000

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let (count, samples) = size == .full ? (1_000_000, 5) : (20_000, 2)
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "winnow-recovery-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let loops = try EventLoopGroup(loopCount: 1)
    var shard = try await ShardProcess(directory, loops: loops)
    try await prepare(shard)
    var op: UInt64 = 0
    let clock = SystemClock()
    var start = clock.now()
    try await write(0..<UInt64(count), op: &op, to: shard)
    EngineBenchmark.note(
      "fed \(count) items in \(start.microseconds(until: clock.now()) / 1000) ms, each batch durable")
    var times: [Double] = []
    for sample in 0..<samples {
      let first = UInt64(sample * rewritten % count)
      try await write(first..<first + UInt64(min(rewritten, count)), op: &op, to: shard)
      let before = try await digest(shard)
      await shard.kill()
      start = clock.now()
      shard = try await ShardProcess(directory, loops: loops)
      times.append(Double(start.microseconds(until: clock.now())))
      guard try await digest(shard) == before, before.itemCount == count else {
        throw WrongResult(description: "the shard came back with other items")
      }
    }
    let best = try await shard.ask(
      SearchRequest(
        collection: "shop", generation: Generation(1), limit: 20, query: [Float](repeating: 1, count: dimension)))
    await shard.kill()
    await loops.shutdown()
    return Measurement(
      microseconds: times, peerMicroseconds: times.map { _ in 2e6 },
      results: best.scores.map(\.bitPattern))
  }

  private static func prepare(_ shard: ShardProcess) async throws {
    let map = try ShardMap.first(clusterID: Array(repeating: 7, count: 16), addresses: ["127.0.0.1:7701"])
    _ = try await shard.ask(ShardMapRequest(.install(map, as: ShardID(0))), epoch: 0)
    guard let schema else { throw WrongResult(description: "no schema") }
    _ = try await shard.ask(CollectionCreateRequest(generation: Generation(1), name: "shop", schema: schema))
  }

  /// Writes items whose vectors are functions of their ids.
  private static func write(_ ids: Range<UInt64>, op: inout UInt64, to shard: ShardProcess) async throws {
    let batch: UInt64 = 1000
    for start in stride(from: ids.lowerBound, to: ids.upperBound, by: Int(batch)) {
      let ids = Array(start..<min(start + batch, ids.upperBound))
      op += 1
      var embeddings: [Float] = []
      embeddings.reserveCapacity(ids.count * dimension)
      for id in ids {
        var random = SeededRandom(seed: id)
        for _ in 0..<dimension / 2 {
          let bits = random.next()
          embeddings.append(Float(Int32(truncatingIfNeeded: bits)) / 2_147_483_648)
          embeddings.append(Float(Int32(truncatingIfNeeded: bits >> 32)) / 2_147_483_648)
        }
      }
      let answer = try await shard.ask(
        UpsertRequest(
          collection: "shop", generation: Generation(1), writer: 1, op: op, embeddingDimension: dimension,
          rerankDimension: 0, ids: ids, expectedVersions: ids.map { _ in 0 },
          attributes: .empty(rowCount: ids.count), embeddings: embeddings, rerank: []))
      guard answer.durability == .disk else { throw WrongResult(description: "a write is not durable") }
    }
  }

  /// What the shard holds, counted and summed item by item.
  private static func digest(_ shard: ShardProcess) async throws -> ItemDigest {
    let reply = try await shard.ask(GenerationRequest(collection: "shop", step: .measure(Generation(1))))
    guard let content = reply.generations.first?.content else { throw WrongResult(description: "no digest") }
    return content
  }
}
