import Foundation
import Kernels
import LoadClient
import Ranking
import SocketTransport
import Support
import Vocabulary
import WinnowClient

/// The whole service as processes: a coordinator and two shards on loopback, this process as the load.
struct ServiceBenchmark {
  static let dimension = 64
  static let queryCount = 64
  static let k = 20

  let data: EngineData

  func run(_ size: BenchmarkSize) async throws -> Measurement {
    let count = size == .full ? 1_000_000 : 20_000
    let depth = size == .full ? 1000 : 200
    guard let vectors = try data.vectors(count, queries: Self.queryCount, dimension: Self.dimension) else {
      throw WrongResult(description: "no vectors")
    }
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: depth)
    let cluster = try ServiceCluster()
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    try await cluster.serve(shop, client)
    await client.close()
    let peer = size == .full ? try ServicePeer(shop, vectors.items) : nil
    defer { peer?.stop() }
    var (best, peerBest) = (0.0, 0.0)
    for connections in size == .full ? [1, 8, 32] : [2] {
      let ours = try await cluster.load(shop, connections: connections, seconds: size == .full ? 5 : 0.3)
      best = max(best, ours.rate)
      EngineBenchmark.note("\(connections) connections: \(ours)")
      guard let theirs = try peer?.load(connections: connections, seconds: 5) else { continue }
      peerBest = max(peerBest, theirs.rate)
      EngineBenchmark.note(
        "\(connections) connections: \(theirs) by the peer; rate \(String(format: "%.2f", ours.rate / theirs.rate))×, "
          + "p99 \(ours.p99 < theirs.p99 ? "below" : "above")")
    }
    let results = (0..<3).flatMap { shop.answer($0).map { UInt32(truncatingIfNeeded: $0) } }
    return Measurement(
      microseconds: [1e6 / best], peerMicroseconds: peerBest > 0 ? [1e6 / peerBest] : [], results: results)
  }
}

/// What a load found: queries a second and milliseconds.
struct ServiceRate: Decodable, CustomStringConvertible {
  let rate: Double
  let p50: Double
  let p99: Double

  var description: String { String(format: "%.0f /s, p50 %.2f ms, p99 %.2f ms", rate, p50, p99) }
}

/// Items, model and queries: 144 inputs of user, item, dot, price, category and retrieval score.
struct ServiceShop {
  static let categories = 13
  let depth: Int
  let queries: [[Float]]
  let manifest: Manifest
  let weights: [UInt8]
  /// The network's weights and biases one after another, for the peer.
  let parameters: [Float]
  /// What is searched by words; `nil`: nothing is.
  let words: ServiceWords?
  let schema: CollectionSchema
  private let items: FloatMatrix
  private let model: Model

  init(_ vectors: [[Float]], _ queries: [[Float]], depth: Int, words data: LexicalData? = nil) throws {
    let (d, sizes) = (ServiceBenchmark.dimension, [144, 128, 64, 1])
    let attributes = [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "category", type: .keyword),
    ]
    words = try data.map { try ServiceWords($0) }
    let titles = words == nil ? [] : [AttributeDefinition(name: "title", type: .text)]
    guard let schema = CollectionSchema(embeddingDimension: d, rerankDimension: d, attributes: attributes),
      let all = CollectionSchema(embeddingDimension: d, rerankDimension: d, attributes: attributes + titles)?
        .searched(by: words?.settings)
    else { throw WrongResult(description: "no schema") }
    self.schema = all
    manifest = try Manifest(
      name: "service", collection: schema, userDimension: d, usesProduct: false,
      attributeFeatures: [
        .numeric(attribute: "price", Normalisation(mean: 3, scale: 0.5, takesLog: true)),
        .oneHot(attribute: "category", OneHot(words: (0..<Self.categories).map { "category \($0)" })),
        .retrievalScore(Normalisation()),
      ], contextFeatures: [],
      layers: sizes.dropFirst().map { .init(out: $0, activation: $0 == 1 ? .none : .relu) })
    var random = SeededRandom(seed: 8)
    var file = SafetensorsWriter()
    var parameters: [Float] = []
    for (i, (n, out)) in zip(sizes, sizes.dropFirst()).enumerated() {
      let (weights, biases) = (random.floats(n * out, in: -0.2...0.2), random.floats(out))
      file.add("layers.\(i).weight", weights, shape: [out, n])
      file.add("layers.\(i).bias", biases, shape: [out])
      parameters += weights + biases
    }
    (weights, self.parameters, self.queries, self.depth) = (file.file(), parameters, queries, depth)
    model = try Model.load(manifest: manifest.json, weights: weights)
    items = FloatMatrix(rows: vectors, columns: d)
  }

  var count: Int { items.rowCapacity }
  static func price(_ item: Int) -> Double { Double(item % 997) / 10 }
  static func category(_ item: Int) -> Int { item / 7 % categories }

  func item(_ i: Int) -> Item {
    let vector = items.row(i)
    return Item(
      id: ItemID(UInt64(i)), embedding: vector, rerank: vector,
      attributes: [.float(Self.price(i)), .keyword("category \(Self.category(i))")]
        + (words.map { [.text($0.titles[i])] } ?? []))
  }

  func query(_ index: Int) -> RankQuery {
    var query = RankQuery(collection: "shop", k: ServiceBenchmark.k, depth: depth)
    query.vector = queries[index % queries.count]
    query.userVector = query.vector
    query.timeout = .seconds(20)
    if let words { query.words = words.text(index) }
    return query
  }

  /// The best items by a float32 scan, best first.
  func candidates(_ index: Int) -> [Candidate] {
    var scores = [Float](repeating: 0, count: count)
    KernelSet().dots(PaddedVector(queries[index]), items, rows: 0..<count, into: &scores)
    let all = scores.enumerated().compactMap { i, value in
      Score(value).map { Candidate(score: $0, itemID: ItemID(UInt64(i))) }
    }
    return Array(all.sorted().prefix(depth))
  }

  /// The candidates of a query with words, in any order, with their lexical scores: the best by words, or by vector if
  /// no item has any.
  private func worded(_ index: Int, _ words: ServiceWords) -> [(candidate: Candidate, lexical: Float)] {
    let lexical = words.scores(index)
    var products = [Float](repeating: 0, count: count)
    KernelSet().dots(PaddedVector(queries[index]), items, rows: 0..<count, into: &products)
    let best = lexical.indices.filter { lexical[$0] > 0 }.sorted { a, b in
      lexical[a] != lexical[b] ? lexical[a] > lexical[b] : a < b
    }
    let found = best.isEmpty ? candidates(index).map { Int($0.itemID.rawValue) } : Array(best.prefix(depth))
    let scored = found.compactMap { item in
      Score(products[item]).map { (Candidate(score: $0, itemID: ItemID(UInt64(item))), lexical[item]) }
    }
    return Array(scored.sorted { a, b in a.1 != b.1 ? a.1 > b.1 : a.0 < b.0 }.prefix(depth))
  }

  /// The ids that the service has to answer.
  func answer(_ index: Int, k: Int = ServiceBenchmark.k) -> [UInt64] {
    let scored = words.map { worded(index, $0) } ?? candidates(index).map { ($0, 0) }
    let found = scored.map(\.candidate)
    let rows = found.map { Int($0.itemID.rawValue) }
    let inputs = CandidateInputs(
      retrievalScores: found.map(\.score.value), reranks: rows.flatMap { items.row($0) },
      columns: [
        rows.map { .float(Self.price($0)) }, rows.map { .keyword("category \(Self.category($0))") },
      ])
    let logits = Reranker(model).rerank(inputs, user: model.user(query: queries[index]))
    let ranked = zip(scored, logits).compactMap { item, logit in
      logit.flatMap { Score($0.value + 32 * item.lexical) }.map { Candidate(score: $0, itemID: item.candidate.itemID) }
    }
    return ranked.sorted().prefix(k).map(\.itemID.rawValue)
  }
}
