import Kernels
import Retrieval
import ShardNode
import SocketTransport
import Vocabulary

/// What a second thread is worth: for one query at a time, and for the codes of a whole table.
struct EngineThreadsBenchmark {
  /// One query at a time through a shard's scans with two seats, beside one seat.
  static func query(_ size: BenchmarkSize) async throws -> Measurement {
    guard let shop = try EngineTable(.factors, size) else { throw WrongResult(description: "no data") }
    let pools = [1, 2].map { ComputePool(threadCount: $0) }
    let scans = pools.map { SharedScans(kernels: KernelSet(), seats: $0.threadCount, helpedItemsMin: 1) }
    var microseconds: [[Double]] = [[], []]
    var results: [UInt32] = []
    let clock = SystemClock()
    for sample in 0...(size == .smoke ? 3 : 60) {
      let query = SearchQuery(vector: shop.queries[sample % shop.queries.count], limit: 100)
      var outcomes: [SearchOutcome] = []
      for threads in 0...1 {
        let search = SharedScans.Search(snapshot: shop.coded, query: query)
        let start = clock.now()
        outcomes.append(
          try await withTaskExecutorPreference(pools[threads]) {
            try await Self.outcome(of: search, scans[threads])
          })
        if sample > 0 { microseconds[threads].append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000) }
      }
      guard outcomes[0] == outcomes[1] else { throw WrongResult(description: "help changes an answer") }
      results += outcomes[0].candidates.map(\.score.value.bitPattern)
    }
    for pool in pools { await pool.shutdown() }
    return Measurement(microseconds: microseconds[1], peerMicroseconds: microseconds[0], results: results)
  }

  @concurrent
  private static func outcome(of search: SharedScans.Search, _ scans: SharedScans) async throws -> SearchOutcome {
    try await scans.outcome(of: search)
  }

  /// The codes of all blocks of a table by two threads, beside the second and a half that it may take.
  static func build(_ size: BenchmarkSize) async throws -> Measurement {
    let count = size == .full ? 1_000_000 : 20_000
    guard let items = try EngineData.factors.vectors(count, queries: 1, dimension: 64)?.items,
      let schema = CollectionSchema(embeddingDimension: 64, rerankDimension: 0, attributes: [])
    else { throw WrongResult(description: "no data") }
    let pool = ComputePool(threadCount: 2)
    let clock = SystemClock()
    var microseconds: [Double] = []
    for sample in 0...(size == .smoke ? 1 : 5) {
      let table = ItemTable(schema: schema)
      for (i, embedding) in items.enumerated() {
        try table.upsert(Item(id: ItemID(UInt64(i)), embedding: embedding, rerank: [], attributes: []), version: 1)
      }
      var encodings: [Encoding] = []
      while let encoding = table.nextEncoding() { encodings.append(encoding) }
      let start = clock.now()
      let encoded = await withTaskExecutorPreference(pool) {
        await withTaskGroup(of: Encoded.self) { group in
          for encoding in encodings { group.addTask { encoding.run() } }
          return await group.reduce(into: []) { $0.append($1) }
        }
      }
      for block in encoded { table.attach(block) }
      if sample > 0 { microseconds.append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000) }
      guard table.memory.codeBytes > count * 64 else { throw WrongResult(description: "blocks without codes") }
    }
    await pool.shutdown()
    return Measurement(microseconds: microseconds, peerMicroseconds: [1_500_000], results: [])
  }
}
