import Foundation
import Kernels
import Retrieval
import SocketTransport
import Support
import Vocabulary

/// Exact search of a table in memory on one thread, one query after another or 64 that wait at once, beside a float32
/// scan of the same rows and, with `--peers`, beside the fastest exact peer on the same data.
struct EngineBenchmark {
  enum Load: String, Sendable {
    /// One query at a time.
    case one
    /// 64 queries at once; a sample is a 64th of the time for all.
    case many
  }

  let data: EngineData
  let limit: Int
  let load: Load
  var dimension = 64
  var rivals = EnginePeers.Rivals.exact
  /// Microseconds a query may take, where that is the measure and not a peer.
  var allowed: Double?

  static let concurrent = 64

  func run(_ size: BenchmarkSize) throws -> Measurement {
    let samples = size == .smoke ? 3 : load == .one ? 40 : 6
    guard let shop = try EngineTable(data, dimension: dimension, queries: Self.concurrent, size) else {
      Self.note("no real vectors here")
      return Measurement(microseconds: [.nan], results: [])
    }
    let vectors = (items: shop.items, queries: shop.queries)
    let (plain, coded) = (shop.plain, shop.coded)
    let queries = vectors.queries.map { SearchQuery(vector: $0, limit: limit) }

    let index = ExactIndex()
    var answers: [[Candidate]] = []
    for query in queries {
      answers.append(try index.search(plain, query).candidates)
      guard try index.search(coded, query).candidates == answers.last else {
        throw WrongResult(description: "codes change an answer")
      }
    }
    guard try Self.together(coded, queries) == answers else { throw WrongResult(description: "company changes one") }
    let results = answers.joined().flatMap {
      [UInt32(truncatingIfNeeded: $0.itemID.rawValue), $0.score.value.bitPattern]
    }
    let ours = try Measurement(samples: samples, results: results) { sample in
      switch load {
      case .one: _ = try index.search(coded, queries[sample % queries.count])
      case .many: _ = try Self.together(coded, queries)
      }
    } peer: { sample in
      _ = try index.search(plain, queries[sample % queries.count])
    }
    Self.note("a query's time: " + (try split(coded, queries)))
    let share = load == .one ? 1 : Double(Self.concurrent)
    let microseconds = ours.microseconds.map { $0 / share }
    // Beside an index that misses some, a scan of ours is no measure.
    var peer = rivals == .exact ? ours.peerMicroseconds : []
    if size == .full, let peers = try EnginePeers(vectors.items, vectors.queries, answers) {
      defer { peers.remove() }
      peer = try peers.best(rivals, load, limit: limit, ours: Measurement.median(microseconds) ?? .nan)
    }
    return Measurement(
      microseconds: microseconds, peerMicroseconds: allowed.map { [$0] } ?? peer, results: results)
  }

  /// The answers to queries that are all there at the start.
  private static func together(
    _ snapshot: Snapshot, _ queries: [SearchQuery], watch: SearchPhase.Watch? = nil
  ) throws -> [[Candidate]] {
    var scan = SharedScan(watch: watch)
    var answers = [[Candidate]](repeating: [], count: queries.count)
    var next = 0
    while next < queries.count || scan.count > 0 {
      while next < queries.count, scan.hasRoom {
        try scan.join(next, snapshot, queries[next])
        next += 1
      }
      for finished in scan.step() { answers[finished.ticket] = finished.outcome.candidates }
    }
    return answers
  }

  /// Where a query's time goes, by phases.
  private func split(_ snapshot: Snapshot, _ queries: [SearchQuery]) throws -> String {
    let times = PhaseTimes()
    switch load {
    case .one:
      let index = ExactIndex(watch: times.end)
      for query in queries {
        times.start()
        _ = try index.search(snapshot, query)
      }
    case .many:
      _ = try Self.together(snapshot, queries, watch: times.end)
    }
    return times.text(queries: queries.count)
  }

  static func note(_ text: String) { FileHandle.standardError.write(Data("  \(text)\n".utf8)) }
}
