import Bytes
import Filters
import ShardNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Rows 51 to 73 of the catalogue of hostile input: what is asked of a cluster that holds a shop, and what it says.
struct HostileBody: Sendable, CustomTestStringConvertible {
  let number: Int
  let what: String
  /// The answers, in order: the name of an error, or what the row calls a good one.
  let expected: [String]
  let answers: @Sendable (HostileStage) async throws -> [String]

  init(
    _ number: Int, _ what: String, _ expected: String...,
    answers: @escaping @Sendable (HostileStage) async throws -> [String]
  ) {
    self.number = number
    self.what = what
    self.expected = expected
    self.answers = answers
  }

  var testDescription: String { "\(number): \(what)" }
}

/// A cluster of two shards with a shop, and ways to ask it for what no honest client would.
struct HostileStage: Sendable {
  let cluster: MemoryCluster
  let shop: RandomShop

  /// What the coordinator says to a body: `ok` or the name of an error.
  func say(_ opcode: Opcode, _ body: [UInt8]) async -> String {
    await say(opcode, MessageBody(body, version: opcode.newestBodyVersion))
  }

  private func say(_ opcode: Opcode, _ body: MessageBody) async -> String {
    let deadline = cluster.executor.clock.now().advanced(microseconds: 20_000_000)
    do throws(CallError) {
      _ = try await cluster.client.call(OutboundRequest(opcode, body: body, deadline: deadline))
      return "ok"
    } catch {
      if case .refused(let refusal) = error { return refusal.code.name }
      return "\(error)"
    }
  }

  func say<Request: RequestMessage>(_ request: Request) async -> String {
    await say(Request.opcode, request.body)
  }

  /// What a shard says to a request under an epoch.
  func say<Request: RequestMessage>(toShard index: Int, _ request: Request, epoch: UInt32) async -> String {
    await say(
      toShard: index, Request.opcode, request.body.bytes, version: request.body.version, epoch: epoch)
  }

  func say(
    toShard index: Int, _ opcode: Opcode, _ body: [UInt8], version: UInt16? = nil, epoch: UInt32 = 1,
    microseconds: UInt64 = 1_000_000
  ) async -> String {
    let now = cluster.executor.clock.now()
    let inbound = InboundRequest(
      opcode: opcode, bodyVersion: version, body: body[...], arrival: now,
      deadline: now.advanced(microseconds: microseconds),
      epoch: Epoch(epoch), peerRole: .coordinator)
    switch await cluster.shards[index].handle(inbound) {
    case .reply: return "ok"
    case .failure(let error): return error.code == .staleEpoch ? "STALE_EPOCH \(error.epoch)" : error.code.name
    }
  }

  /// A query by a vector.
  func rank(_ change: (inout RankRequest) -> Void = { _ in }) -> RankRequest {
    var request = RankRequest(collection: "shop", k: 3, depth: 10)
    request.vector = [Float](repeating: 0.25, count: shop.schema.embeddingDimension)
    change(&request)
    return request
  }

  /// A write of one item.
  func upsert(_ op: UInt64, writer: UInt64 = 500, _ change: (inout Item) -> Void = { _ in }) -> UpsertRequest {
    var item = shop.items[3]
    change(&item)
    return UpsertRequest([item][...], shop.schema, writer: writer, op: op)
  }

  /// Bytes with one stretch, which stands there once, in place of another.
  func replacing(_ old: [UInt8], with new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    guard let start = bytes.firstRange(of: old)?.lowerBound else { return [] }
    return Array(bytes[..<start]) + new + Array(bytes[(start + old.count)...])
  }
}

extension HostileBody {
  static let rows = countRows + vectorRows + textRows + writeRows

  private static let countRows = [
    HostileBody(51, "a count of 2^32 − 1 in a short body", "LIMIT_EXCEEDED", "MALFORMED_BODY") { stage in
      var get = GetRequest(collection: "shop", ids: [1]).body.bytes
      get.replaceSubrange(get.count - 12..<get.count - 8, with: [255, 255, 255, 255])
      var upsert = stage.upsert(1).body.bytes
      // The strings of the table's head have no limit but the body.
      let pool = stage.replacing([6] + [5] + Array("title".utf8), with: [6, 5] + Array("title".utf8), in: upsert)
      guard let at = pool.firstRange(of: Array("title".utf8))?.upperBound else { return [] }
      upsert.replaceSubrange(at..<at + 4, with: [255, 255, 255, 255])
      return [await stage.say(.get, get), await stage.say(.upsert, upsert)]
    },
    HostileBody(52, "counts whose product is beyond the body", "MALFORMED_BODY", "LIMIT_EXCEEDED") { stage in
      var upsert = stage.upsert(1)
      (upsert.embeddingDimension, upsert.rerankDimension) = (4096, 4096)
      var many = upsert.body.bytes
      many.replaceSubrange(20..<24, with: [0, 16, 0, 0])
      var most = many
      most.replaceSubrange(20..<24, with: [255, 255, 255, 255])
      return [await stage.say(.upsert, many), await stage.say(.upsert, most)]
    },
    HostileBody(53, "lengths of 2^63", "LIMIT_EXCEEDED", "MALFORMED_BODY") { stage in
      let load = ModelLoadRequest(
        collection: "shop", upload: 5, step: .chunk(.weights, total: 64, offset: 0, bytes: [1, 2, 3])
      ).body.bytes
      let huge: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x80]
      var total = load
      total.replaceSubrange(16..<24, with: huge)
      var offset = load
      offset.replaceSubrange(24..<32, with: huge)
      return [await stage.say(.modelLoad, total), await stage.say(.modelLoad, offset)]
    },
    HostileBody(54, "every truncation", "MALFORMED_BODY") { stage in
      let rank = stage.rank { ($0.filter, $0.context) = ("price > 1", [("hour", .number(1))]) }
      var answers: Set<String> = []
      for body in [rank.body.bytes, stage.upsert(1).body.bytes] {
        for count in body.indices {
          let opcode: Opcode = body.count == rank.body.byteCount ? .rank : .upsert
          answers.insert(await stage.say(opcode, Array(body[..<count])))
        }
      }
      return answers.sorted()
    },
    HostileBody(55, "bytes behind the body", "TRAILING_BYTES", "TRAILING_BYTES", "TRAILING_BYTES") { stage in
      [
        await stage.say(.rank, stage.rank().body(version: RankRequest.bodyVersion).bytes + [0]),
        await stage.say(.status, [0]),
        await stage.say(.upsert, stage.upsert(1).body.bytes + [1, 2, 3]),
      ]
    },
    HostileBody(56, "the same name twice", "DUPLICATE_FIELD", "DUPLICATE_FIELD", "DUPLICATE_FIELD") { stage in
      let twice = stage.rank { $0.context = [("hour", .number(1)), ("hour", .number(2))] }
      let named = stage.rank { $0.attributes = .named(["price", "price"]) }
      let create = CollectionCreateRequest(name: "other", schema: stage.shop.schema).body.bytes
      let schema = stage.replacing(Array("\u{5}stock".utf8), with: Array("\u{5}price".utf8), in: create)
      return [await stage.say(twice), await stage.say(named), await stage.say(.collectionCreate, schema)]
    },
    HostileBody(57, "an overlong number: there are none of variable length") { _ in [] },
    HostileBody(62, "k out of range", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED") { stage in
      var answers: [String] = []
      for k: [UInt8] in [[0, 0, 0, 0], [0xE9, 3, 0, 0], [255, 255, 255, 255]] {
        var body = stage.rank().body.bytes
        body.replaceSubrange(0..<4, with: k)
        body.replaceSubrange(4..<8, with: [0x10, 0x27, 0, 0])
        answers.append(await stage.say(.rank, body))
      }
      // A depth below k.
      return answers + [await stage.say(stage.rank { ($0.k, $0.depth) = (10, 9) })]
    },
    HostileBody(63, "a deadline that has passed", "EXPIRED_IN_QUEUE") { stage in
      [await stage.say(toShard: 0, .status, [], microseconds: 0)]
    },
    HostileBody(73, "epochs that are not the shard's", "STALE_EPOCH 1", "STALE_EPOCH 1", "ok") { stage in
      let search = SearchRequest(
        collection: "shop", generation: Generation(1), limit: 5, query: stage.rank().vector)
      return [
        await stage.say(toShard: 0, search, epoch: 0), await stage.say(toShard: 1, search, epoch: 9),
        await stage.say(toShard: 1, search, epoch: 1),
      ]
    },
  ]

  private static let vectorRows = [
    HostileBody(
      58, "dimensions", "UNKNOWN_USER", "DIMENSION_MISMATCH", "DIMENSION_MISMATCH", "DIMENSION_MISMATCH",
      "DIMENSION_MISMATCH", "DIMENSION_MISMATCH"
    ) { stage in
      var answers: [String] = []
      for count in [0, 1, stage.shop.schema.embeddingDimension - 1, stage.shop.schema.embeddingDimension + 1] {
        answers.append(await stage.say(stage.rank { $0.vector = [Float](repeating: 1, count: count) }))
      }
      var body = stage.rank().body.bytes
      guard let at = body.firstRange(of: Array("\u{4}shop".utf8))?.upperBound else { return [] }
      body.replaceSubrange(at..<at + 2, with: [255, 255])
      answers.append(await stage.say(.rank, body))
      var wide = stage.upsert(1) { $0.embedding.append(0) }
      wide.embeddingDimension += 1
      answers.append(await stage.say(wide))
      return answers
    },
    HostileBody(
      59, "numbers that are none", "NON_FINITE_VALUE", "NON_FINITE_VALUE", "NON_FINITE_VALUE", "NON_FINITE_VALUE",
      "NON_FINITE_VALUE", "NON_FINITE_VALUE", "ok", "ok"
    ) { stage in
      var answers: [String] = []
      for value: Float in [.nan, .infinity, -.infinity] {
        answers.append(await stage.say(stage.rank { $0.vector[1] = value }))
      }
      for value: Float in [.nan, .infinity] {
        answers.append(await stage.say(stage.upsert(1) { $0.embedding[0] = value }))
      }
      answers.append(await stage.say(stage.upsert(1) { $0.rerank[0] = .nan }))
      answers.append(await stage.say(stage.rank { $0.vector[0...1] = [-0.0, .leastNonzeroMagnitude] }))
      answers.append(
        await stage.say(stage.upsert(1) { $0.embedding[0...1] = [-0.0, .leastNonzeroMagnitude] }))
      return answers
    },
    HostileBody(61, "products that overflow", "NON_FINITE_VALUE", "NON_FINITE_VALUE", "finite") { stage in
      let huge = stage.rank { $0.vector[0] = 3e38 }
      let item = stage.upsert(1) { $0.embedding[0] = 3e38 }
      let answers = [await stage.say(huge), await stage.say(item)]
      try await stage.cluster.ask(stage.upsert(1) { $0.embedding = [9e17] + Array($0.embedding.dropFirst()) })
      let reply = try await stage.cluster.ask(stage.rank { $0.vector[0] = 9e17 })
      let isFinite = reply.results.retrievalScores.allSatisfy(\.isFinite) && reply.results.retrievalScores[0] > 1e35
      return answers + [isFinite ? "finite" : "\(reply.results.retrievalScores)"]
    },
  ]

  private static let textRows = [
    HostileBody(
      64, "filters without end", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED",
      "LIMIT_EXCEEDED"
    ) { stage in
      let search = SearchRequest(
        collection: "shop", generation: Generation(1), limit: 5, query: stage.rank().vector
      ).body.bytes
      // In place of "no filter", which stands before the empty exclude list and the request id.
      let deep = search.dropLast(13) + [UInt8](repeating: 3, count: 10_000) + [7, 1, 0x61] + search.suffix(12)
      let texts = [
        String(repeating: "not ", count: 4000) + "has price", String(repeating: "(", count: 10_000) + "has price",
        (0..<900).map { _ in "stock = 1" }.joined(separator: " or "),
        "stock in (" + (0..<1025).map(String.init).joined(separator: ",") + ")",
      ]
      var answers = [await stage.say(toShard: 0, .search, Array(deep))]
      for text in texts { answers.append(await stage.say(stage.rank { $0.filter = text })) }
      return answers
    },
    HostileBody(
      65, "text that is none, too long, or odd", "BAD_UTF8", "LIMIT_EXCEEDED", "the same bytes"
    ) { stage in
      let odd = "a\u{0}b\u{202E}c\u{1B}[2J"
      let plain = stage.upsert(1) { $0.attributes[5] = .text("qqqq") }.body.bytes
      let broken = stage.replacing(Array("qqqq".utf8), with: [0x71, 0xFF, 0xC0, 0x71], in: plain)
      let long = stage.upsert(1) { $0.attributes[5] = .text(String(repeating: "x", count: 16_385)) }
      var answers = [await stage.say(.upsert, broken), await stage.say(long)]
      try await stage.cluster.ask(
        stage.upsert(1) { ($0.attributes[5], $0.attributes[2]) = (.text(odd), .keyword(odd)) })
      var get = GetRequest(collection: "shop", ids: [stage.shop.items[3].id.rawValue])
      get.attributes = .named(["title", "category"])
      let got = try await stage.cluster.ask(get).attributes
      let isSame = got.value(row: 0, column: 0) == .text(odd) && got.value(row: 0, column: 1) == .keyword(odd)
      answers.append(isSame ? "the same bytes" : "other bytes")
      return answers
    },
    HostileBody(66, "words that look alike", "1", "0") { stage in
      try await stage.cluster.ask(stage.upsert(1) { $0.attributes[2] = .keyword("caf\u{E9}") })
      var counts: [String] = []
      for word in ["caf\u{E9}", "cafe\u{301}"] {
        let reply = try await stage.cluster.ask(stage.rank { $0.filter = "category = \"\(word)\"" })
        counts.append("\(reply.report.passed)")
      }
      return counts
    },
    HostileBody(67, "names that are paths", "MALFORMED_BODY") { stage in
      var answers: Set<String> = []
      let names = [
        "../../etc/passwd", "/etc/passwd", "", ".", "Shop", "sh op", "shop\u{0}", String(repeating: "a", count: 65),
        String(repeating: "a", count: 255),
      ]
      for name in names {
        let field = [UInt8(name.utf8.count)] + Array(name.utf8)
        let create = CollectionCreateRequest(name: "xyzzy", schema: stage.shop.schema).body.bytes
        answers.insert(
          await stage.say(.collectionCreate, stage.replacing([5] + Array("xyzzy".utf8), with: field, in: create)))
        let rank = stage.rank { $0.collection = "xyzzy" }.body.bytes
        answers.insert(await stage.say(.rank, stage.replacing([5] + Array("xyzzy".utf8), with: field, in: rank)))
      }
      return answers.sorted()
    },
  ]

  private static let writeRows = [
    HostileBody(68, "batches", "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "the last one counts") { stage in
      var many = stage.upsert(1).body.bytes
      many.replaceSubrange(20..<24, with: [1, 16, 0, 0])
      var none = many
      none.replaceSubrange(20..<24, with: [0, 0, 0, 0])
      let items = (0..<1000).map { number -> Item in
        var item = stage.shop.items[3]
        item.attributes[1] = .int(Int64(number))
        return item
      }
      let written = try await stage.cluster.ask(UpsertRequest(items[...], stage.shop.schema, writer: 501, op: 1))
      var get = GetRequest(collection: "shop", ids: [items[0].id.rawValue])
      get.attributes = .named(["stock"])
      let got = try await stage.cluster.ask(get)
      let isLast =
        got.attributes.value(row: 0, column: 0) == .int(999) && Set(written.statuses) == [.replaced]
        && Set(written.versions) == Set(got.versions)
      return [
        await stage.say(.upsert, many), await stage.say(.upsert, none), isLast ? "the last one counts" : "\(written)",
      ]
    },
    HostileBody(69, "old versions and repeats", "conflict", "the same answer, nothing changed", "CONFLICT") { stage in
      let first = try await stage.cluster.ask(stage.upsert(1, writer: 502) { $0.attributes[1] = .int(41) })
      let second = stage.upsert(2, writer: 502) { $0.attributes[1] = .int(42) }
      let written = try await stage.cluster.ask(second)
      var old = stage.upsert(1, writer: 503) { $0.attributes[1] = .int(43) }
      old.expectedVersions = first.versions
      let conflict = try await stage.cluster.ask(old)
      let again = try await stage.cluster.ask(second)
      var get = GetRequest(collection: "shop", ids: second.ids)
      get.attributes = .named(["stock"])
      let got = try await stage.cluster.ask(get)
      let isSame =
        again.isReplayed && again.statuses == written.statuses && again.versions == written.versions
        && got.versions == written.versions && got.attributes.value(row: 0, column: 0) == .int(42)
      return [
        conflict.statuses == [.conflict] ? "conflict" : "\(conflict)",
        isSame ? "the same answer, nothing changed" : "\(again)",
        await stage.say(stage.upsert(1, writer: 502) { $0.attributes[1] = .int(44) }),
      ]
    },
    HostileBody(70, "deleting what is not there", "absent") { stage in
      let delete = DeleteRequest(collection: "shop", writer: 504, op: 1, ids: [4242], expectedVersions: [0])
      return [try await stage.cluster.ask(delete).statuses == [.absent] ? "absent" : "something else"]
    },
    HostileBody(
      71, "models that are none", "MODEL_REFUSED", "MODEL_REFUSED", "MODEL_REFUSED", "MODEL_REFUSED",
      "the old model serves"
    ) { stage in
      guard let model = stage.shop.model else { return [] }
      let request = stage.rank { $0.user = UserID(7) }
      let before = try resultBytes(try await stage.cluster.body(request))
      var poisoned = model
      poisoned.weights[1][3] = .nan
      let manifest = String(decoding: model.files[0], as: UTF8.self)
      let deep = manifest.replacing(/"out" ?: ?13/, with: "\"out\":2147483648")
      let files = [
        [model.files[0], [UInt8](repeating: 0xFF, count: 64), model.files[2]],
        [Array(deep.utf8), model.files[1], model.files[2]], [[], model.files[1], model.files[2]],
      ]
      var answers = [await stage.say(of: poisoned.loads(upload: 901))]
      for (index, files) in files.enumerated() {
        answers.append(await stage.say(of: SlowModel.loads(files: files, upload: UInt64(902 + index))))
      }
      let after = try resultBytes(try await stage.cluster.body(request))
      return answers + [after == before ? "the old model serves" : "another model serves"]
    },
  ]
}

extension HostileStage {
  /// The first refusal of a sequence of uploads, or `ok`.
  func say(of loads: [ModelLoadRequest]) async -> String {
    for load in loads {
      let answer = await say(load)
      if answer != "ok" { return answer }
    }
    return "ok"
  }
}
