import Kernels
import Retrieval
import Support
import Vocabulary

/// One query after another over a table in memory, each answer compared with a full sort of every score.
enum EngineBenchmark {
  private static let dimension = 64
  private static let limit = 100

  @Sendable static func run(_ size: BenchmarkSize) throws -> Measurement {
    let count = size == .full ? 1_000_000 : 20_000
    let samples = size == .full ? 30 : 3
    var random = SeededRandom(seed: 1)
    guard let schema = CollectionSchema(embeddingDimension: dimension, rerankDimension: 0, attributes: []) else {
      throw WrongResult(description: "no schema")
    }
    let table = ItemTable(schema: schema)
    let rows = FloatMatrix(rows: count, columns: dimension)
    for i in 0..<count {
      let embedding = floats(dimension, &random)
      rows.setRow(i, embedding)
      try table.upsert(Item(id: ItemID(UInt64(i)), embedding: embedding, rerank: [], attributes: []), version: 1)
    }
    let queries = (0...samples).map { _ in floats(dimension, &random) }
    let (snapshot, index, kernels) = (table.snapshot(), ExactIndex(), KernelSet())
    var scores = [Float](repeating: 0, count: count)

    var results: [UInt32] = []
    for query in queries {
      let candidates = try index.search(snapshot, SearchQuery(vector: query, limit: limit)).candidates
      kernels.dots(PaddedVector(query), rows, rows: 0..<count, into: &scores)
      try check(candidates, scores)
      for candidate in candidates {
        results += [UInt32(truncatingIfNeeded: candidate.itemID.rawValue), candidate.score.value.bitPattern]
      }
    }
    return try Measurement(samples: samples, results: results) { sample in
      _ = try index.search(snapshot, SearchQuery(vector: queries[sample], limit: limit))
    } peer: { sample in
      kernels.dots(PaddedVector(queries[sample]), rows, rows: 0..<count, into: &scores)
    }
  }

  private static func check(_ candidates: [Candidate], _ scores: [Float]) throws {
    guard candidates.count == limit, let last = candidates.last else {
      throw WrongResult(description: "\(candidates.count) candidates")
    }
    let expected = scores.indices.lazy.filter { scores[$0] >= last.score.value }
      .compactMap { i in Score(scores[i]).map { Candidate(score: $0, itemID: ItemID(UInt64(i))) } }
      .sorted().prefix(limit)
    guard Array(expected) == candidates else { throw WrongResult(description: "the answer is not the top \(limit)") }
  }

  /// Uniform in −1…1, faster than the library's generic way.
  private static func floats(_ count: Int, _ random: inout SeededRandom) -> [Float] {
    (0..<count).map { _ in Float(Int64(bitPattern: random.next()) >> 40) * 0x1p-23 }
  }
}
