import Foundation
import Retrieval
import SocketTransport
import Support
import Vocabulary

/// The best 100 of a million short titles by their words, one query at a time on one thread, beside peers that search
/// the same titles for the same words.
struct LexicalBenchmark {
  private static let limit = 100
  private static let k1: Float = 0.4, b: Float = 0.6

  static func run(_ size: BenchmarkSize) throws -> Measurement {
    let data = LexicalData(count: size == .full ? 1_000_000 : 20_000, queries: size == .full ? 400 : 20)
    guard
      let schema = CollectionSchema(
        embeddingDimension: 1, rerankDimension: 0, attributes: [AttributeDefinition(name: "title", type: .text)])
    else { throw WrongResult(description: "no schema") }
    let slow = SlowLexical(
      fields: [SlowLexical.Field(attribute: 0, weight: 1, b: b, average: data.averageLength)], k1: k1)
    let table = ItemTable(schema: schema, lexical: slow.settings())
    let clock = SystemClock()
    var start = clock.now()
    for (id, title) in data.titles.enumerated() {
      try table.upsert(
        Item(id: ItemID(UInt64(id)), embedding: [0], rerank: [], attributes: [.text(title)]), version: 1)
    }
    EngineBenchmark.note("\(data.titles.count) titles written in \(start.microseconds(until: clock.now()) / 1000) ms")
    let unencoded = table.snapshot()
    start = clock.now()
    table.encodeAll()
    EngineBenchmark.note("lists of all in \(start.microseconds(until: clock.now()) / 1000) ms on one thread")
    let bytes = Double(table.memory.wordBytes) / Double(data.titles.count)

    let snapshot = table.snapshot()
    func search(_ query: [LexicalTerm], of snapshot: Snapshot) -> LexicalOutcome {
      LexicalScan(snapshot, SearchQuery(vector: [], limit: limit), terms: query).run()
    }
    let answers = data.queries.map { search($0, of: snapshot).candidates }
    for (query, answer) in zip(data.queries, answers).prefix(20) {
      guard search(query, of: unencoded).candidates == answer else {
        throw WrongResult(description: "lists change an answer")
      }
    }
    let items = data.titles.enumerated().map { id, title in
      Item(id: ItemID(UInt64(id)), embedding: [0], rerank: [], attributes: [.text(title)])
    }
    if size == .smoke, slow.search(items, data.queries[0], limit: limit) != answers[0] {
      throw WrongResult(description: "plain loops answer otherwise")
    }
    let results = answers.joined().flatMap {
      [UInt32(truncatingIfNeeded: $0.itemID.rawValue), $0.score.value.bitPattern]
    }
    let ours = try Measurement(samples: data.queries.count, results: results) { sample in
      _ = search(data.queries[sample % data.queries.count], of: snapshot)
    }
    let times = ours.microseconds.sorted()
    var peerTimes: [Double] = []
    if let peers = try LexicalPeers(data, answers) {
      defer { peers.remove() }
      peerTimes = try peers.best(limit: limit, ours: Measurement.median(times) ?? .nan)
    }
    var measurement = Measurement(microseconds: ours.microseconds, peerMicroseconds: peerTimes, results: results)
    measurement.figures = [
      .init(name: "mean", value: times.reduce(0, +) / Double(times.count), unit: "us", bar: 2000),
      .init(name: "p99", value: times[times.count * 99 / 100], unit: "us", bar: 8000),
      .init(name: "words", value: bytes, unit: "bytes an item", bar: 30),
    ]
    return measurement
  }
}
