import Foundation
import Kernels
import LoadClient
import Ranking
import Retrieval
import SocketTransport
import Support
import Text
import Vocabulary
import WinnowClient

/// Queries with words through the whole service as processes: a coordinator and two shards on loopback, this process as
/// the load, eight queries in flight.
struct ServiceWordsBenchmark {
  private static let depth = 200
  private static let inFlight = 8
  /// Answers a second that a query has to allow.
  private static let barRate = 300.0

  static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let count = size == .full ? 1_000_000 : 20_000
    guard
      let vectors = try EngineData.factors.vectors(
        count, queries: ServiceBenchmark.queryCount, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    let words = LexicalData(count: count, queries: ServiceBenchmark.queryCount)
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: depth, words: words)
    let cluster = try ServiceCluster()
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    try await cluster.serve(shop, client)
    await client.close()
    let found = try await cluster.load(shop, connections: inFlight, seconds: size == .full ? 10 : 0.3)
    EngineBenchmark.note("\(inFlight) in flight: \(found)")
    var measurement = Measurement(
      microseconds: [1e6 / found.rate], peerMicroseconds: [1e6 / barRate],
      results: (0..<3).flatMap { shop.answer($0).map { UInt32(truncatingIfNeeded: $0) } })
    measurement.figures = [.init(name: "p99", value: found.p99 * 1000, unit: "us", bar: 100_000)]
    return measurement
  }
}

/// The titles of a service's items, and what is asked for.
struct ServiceWords {
  let titles: [String]
  private let texts: [String]
  private let terms: [[LexicalTerm]]
  private let slow: SlowLexical
  let settings: TextSettings
  /// A file that counts the titles.
  let lexicon: [UInt8]

  init(_ data: LexicalData) throws {
    titles = data.titles
    texts = data.queries.map { $0.map(\.term.text).joined(separator: " ") }
    var builder = LexiconBuilder(try TextAnalyser(), fields: ["title"])
    for title in titles { builder.add([title]) }
    let counted = builder.lexicon()
    lexicon = counted.bytes
    let analyser = try QueryAnalyser(lexicon: counted)
    terms = try texts.map { text in
      try analyser.query(text).terms.map { LexicalTerm($0.term, weight: $0.product) }
    }
    let average = counted.fields[0].average
    settings = TextSettings(language: "none", fields: [.init(attribute: "title", average: average)])
    slow = SlowLexical(fields: [.init(attribute: 0, weight: 1, b: 0.6, average: average)], k1: settings.k1)
  }

  func text(_ index: Int) -> String { texts[index % texts.count] }

  /// The lexical scores of all items.
  func scores(_ index: Int) -> [Float] {
    titles.indices.map { item in
      slow.score(
        Item(id: ItemID(UInt64(item)), embedding: [], rerank: [], attributes: [.text(titles[item])]),
        terms[index % terms.count])
    }
  }
}
