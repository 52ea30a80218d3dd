import Placement
import Retrieval
import ShardNode
import Storage
import Support
import Testing
import Text
import Transport
import Vocabulary
import Wire

/// The shards of a cluster, asked in their own processes, with a collection that is searched by words; and the same
/// items as plain loops.
final class WordShards {
  static let text = TextSettings(
    language: "english",
    fields: [
      .init(attribute: "title", weight: 1, b: 0.6, average: 4),
      .init(attribute: "brand", weight: 0.5, b: 0, average: 1),
    ])
  static let definitions: [AttributeDefinition] = [
    .init(name: "title", type: .text), .init(name: "brand", type: .keyword), .init(name: "price", type: .int),
  ]
  static let query: [Float] = [1, -0.5, 0.25]

  let clock = ManualClock()
  let schema: CollectionSchema
  private(set) var map: ShardMap
  private(set) var nodes: [ShardNode] = []
  private(set) var items: [UInt64: Item] = [:]
  private var op: UInt64 = 0
  private let analyser: TextAnalyser
  private let slow = SlowLexical(
    fields: [
      SlowLexical.Field(attribute: 0, weight: 1, b: 0.6, average: 4),
      SlowLexical.Field(attribute: 1, weight: 0.5, b: 0, average: 1),
    ], k1: TextSettings.k1Default)

  /// - Parameter disk: Where the one shard keeps its data; `nil`: nowhere.
  init(_ count: Int, on disk: MemoryDisk? = nil) async throws {
    schema = try #require(
      CollectionSchema(embeddingDimension: 3, rerankDimension: 0, attributes: Self.definitions)?.searched(by: Self.text)
    )
    analyser = try TextAnalyser(Self.text)
    map = try ShardMap.first(
      clusterID: Array(repeating: 5, count: 16), addresses: (0..<count).map { "127.0.0.1:\(7701 + $0)" })
    if let disk {
      nodes = [try Self.open(disk, clock)]
    } else {
      for index in 0..<count {
        nodes.append(
          ShardNode(clock: clock, random: SeededRandomSource(seed: UInt64(index)), compute: globalConcurrentExecutor))
      }
    }
    for index in nodes.indices {
      _ = try await ask(ShardMapRequest(.install(map, as: ShardID(UInt16(index)))), of: index)
      _ = try await ask(CollectionCreateRequest(generation: Generation(1), name: "shop", schema: schema), of: index)
    }
  }

  private static func open(_ disk: MemoryDisk, _ clock: ManualClock) throws -> ShardNode {
    var options = ShardJournal.Options()
    options.checkpointBytes = 16_384
    let recovered = try RecoveredShard(
      DataDirectory("/shard", on: disk), options: options,
      random: SeededRandomSource(seed: 1 &+ UInt64(disk.callCount)), clock: clock, disk: globalConcurrentExecutor)
    return ShardNode(clock: clock, compute: globalConcurrentExecutor, recovered: recovered)
  }

  /// Ends the one shard without a farewell and starts it again.
  func restart(on disk: MemoryDisk) throws {
    nodes = []
    disk.restart()
    nodes = [try Self.open(disk, clock)]
  }

  func ask<Request: RequestMessage>(
    _ request: Request, of index: Int, epoch: Epoch? = nil
  ) async throws -> Request.Reply {
    let now = clock.now()
    let body = request.body
    let inbound = InboundRequest(
      opcode: Request.opcode, bodyVersion: body.version, body: body.bytes[...], arrival: now,
      deadline: now.advanced(microseconds: 10_000_000), epoch: epoch ?? map.epoch, peerRole: .coordinator)
    switch await nodes[index].handle(inbound) {
    case .reply(let reply): return try Request.Reply(body: reply.bytes, version: reply.version)
    case .failure(let error): throw error
    }
  }

  // MARK: Writing

  /// Goes on with items that the shards hold already.
  func expect(_ known: [Item]) { items = Dictionary(uniqueKeysWithValues: known.map { ($0.id.rawValue, $0) }) }

  private func owner(of id: UInt64) -> Int { Int(map.owner(of: slot(of: ItemID(id))).id.rawValue) }

  func write(_ new: [Item]) async throws {
    for (index, part) in Dictionary(grouping: new, by: { owner(of: $0.id.rawValue) }) {
      op += 1
      let request = UpsertRequest(
        collection: "shop", generation: Generation(1), writer: 9, op: op, embeddingDimension: 3, rerankDimension: 0,
        ids: part.map(\.id.rawValue), expectedVersions: part.map { _ in 0 },
        attributes: AttributeTable(rows: part.map(\.attributes), definitions: Self.definitions),
        embeddings: part.flatMap(\.embedding), rerank: [])
      let reply = try await ask(request, of: index)
      #expect(reply.statuses.allSatisfy { $0 == .inserted || $0 == .replaced })
    }
    for item in new { items[item.id.rawValue] = item }
  }

  /// Gives items that are there other titles; `nil`: none.
  func retitle(_ titles: [UInt64: String?]) async throws {
    for (id, title) in titles.sorted(by: { $0.key < $1.key }) {
      op += 1
      let value = title.map { AttributeValue.text($0) }
      let request = UpdateRequest(
        collection: "shop", generation: Generation(1), writer: 9, op: op, ids: [id], expectedVersions: [0],
        attributes: AttributeTable(rows: [[value]], definitions: [Self.definitions[0]]),
        removals: [AttributeTable.bits([value == nil])])
      #expect(try await ask(request, of: owner(of: id)).statuses == [.replaced])
      items[id]?.attributes[0] = value
    }
  }

  func delete(_ ids: [UInt64]) async throws {
    for (index, part) in Dictionary(grouping: ids, by: owner) {
      op += 1
      _ = try await ask(
        DeleteRequest(
          collection: "shop", generation: Generation(1), writer: 9, op: op, ids: part.sorted(),
          expectedVersions: part.map { _ in 0 }), of: index)
    }
    for id in ids { items[id] = nil }
  }

  /// Moves slots between two shards up to the switch of the map, which every shard learns.
  ///
  /// - Parameter meanwhile: Done while the copy is open.
  func move(_ slots: SlotSet, from source: Int, to target: Int, meanwhile: () async throws -> Void) async throws {
    let one = map.epoch
    _ = try await ask(TransferRequest(transfer: 7, step: .beginTarget(slots)), of: target)
    _ = try await ask(TransferRequest(transfer: 7, step: .beginSource(slots)), of: source)
    var part: UInt64 = 1
    for isFrozen in [false, true] {
      if isFrozen { _ = try await ask(TransferRequest(transfer: 7, step: .freeze), of: source) }
      while true {
        let read = try await ask(TransferRequest(transfer: 7, step: .read(part: part)), of: source)
        guard let contents = read.contents else {
          if read.state == .copying { continue }
          break
        }
        _ = try await ask(TransferRequest(transfer: 7, step: .write(part: part, contents)), of: target)
        part += 1
      }
      if !isFrozen { try await meanwhile() }
    }
    map = try map.moving(slots, to: ShardID(UInt16(target)))
    for index in nodes.indices {
      _ = try await ask(ShardMapRequest(.install(map, as: ShardID(UInt16(index)))), of: index, epoch: one)
    }
    for index in [source, target] { _ = try await ask(TransferRequest(transfer: 7, step: .end), of: index) }
  }

  // MARK: Searching

  static func request(_ terms: [SearchTerm], limit: Int) -> SearchRequest {
    var request = SearchRequest(collection: "shop", generation: Generation(1), limit: limit, query: query)
    request.terms = terms
    return request
  }

  /// The items with texts that are their terms.
  private var analysed: [Item] {
    items.values.map { item in
      var item = item
      if case .text(let text) = item.attributes[0] { item.attributes[0] = .text(terms(of: text)) }
      if case .keyword(let text) = item.attributes[1] { item.attributes[1] = .keyword(terms(of: text)) }
      return item
    }
  }

  private func terms(of text: String) -> String { analyser.terms(of: text).map(\.text.text).joined(separator: " ") }

  /// Compares the answers of all shards with the plain loops.
  ///
  /// - Parameters:
  ///   - epoch: Another than the present one.
  ///   - keep: What the request's filter and exclusions let pass.
  func check(
    _ request: SearchRequest, epoch: Epoch? = nil, keep: (Item) -> Bool = { _ in true },
    _ comment: Comment? = nil
  ) async throws {
    let terms = request.terms.map { LexicalTerm($0.term.exact, weight: $0.weight) }
    let items = analysed
    let byID = Dictionary(uniqueKeysWithValues: items.map { ($0.id, $0) })
    var (dense, lexical): ([Candidate], [Candidate]) = ([], [])
    for index in nodes.indices {
      let reply = try await ask(request, of: index, epoch: epoch)
      #expect(reply.isComplete && reply.words.scores.count == reply.ids.count, comment)
      let scores = zip(reply.ids, reply.scores).compactMap { id, score in
        Score(score).map { Candidate(score: $0, itemID: ItemID(id)) }
      }
      #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 < $1 }, comment)
      dense += scores
      for (candidate, value) in zip(scores, reply.words.scores) {
        let item = try #require(byID[candidate.itemID], comment)
        #expect(keep(item), comment)
        #expect(value.bitPattern == slow.score(item, terms).bitPattern, comment)
        if value > 0, let score = Score(value) { lexical.append(Candidate(score: score, itemID: item.id)) }
      }
      if epoch == nil { try checkBounds(reply, of: index, items.filter(keep), terms, comment) }
    }
    dense.sort()
    lexical.sort()
    #expect(
      Array(dense.prefix(request.limit))
        == SlowSearch.search(items, query: Self.query, limit: request.limit, keep: keep), comment)
    #expect(
      Array(lexical.prefix(request.limit)) == slow.search(items, terms, limit: request.limit, keep: keep), comment)
  }

  /// What a reply says of the items that it has not.
  private func checkBounds(
    _ reply: SearchResponse, of index: Int, _ items: [Item], _ terms: [LexicalTerm], _ comment: Comment?
  ) throws {
    let there = Set(reply.ids)
    for item in items where owner(of: item.id.rawValue) == index && !there.contains(item.id.rawValue) {
      let score = slow.score(item, terms)
      #expect(!reply.words.hasAllItems && SlowSearch.dot(Self.query, item.embedding) <= reply.words.lastScore, comment)
      #expect(score == 0 || !reply.words.hasAllWithTerms && score <= reply.words.lastLexicalScore, comment)
    }
  }
}
