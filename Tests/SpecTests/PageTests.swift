import Foundation
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct PageTests {
  private static func number(_ cell: String) -> Int? {
    cell.hasPrefix("0x") ? Int(cell.dropFirst(2), radix: 16) : Int(cell.replacing(",", with: ""))
  }

  /// Which opcodes each role serves, by the table of messages.
  static func servedOpcodes() throws -> [Vector.Receiver: OpcodeSet] {
    var served: [Vector.Receiver: OpcodeSet] = [.coordinator: [], .shard: []]
    for row in try SpecFolder.rows("03-messages/README.md", columns: 5) {
      guard let number = number(row[0]).flatMap({ UInt8(exactly: $0) }) else { continue }
      if row[2] == "yes" { served[.coordinator]?.insert(Opcode(rawValue: number)) }
      if row[3] == "yes" { served[.shard]?.insert(Opcode(rawValue: number)) }
    }
    return served
  }

  @Test func opcodesOfTheTablesAreOurs() throws {
    var named: [UInt8: String] = [:]
    let rows =
      try SpecFolder.rows("03-messages/README.md", columns: 5) + SpecFolder.rows("04-flow.md", columns: 3)
    for row in rows {
      if let number = Self.number(row[0]).flatMap({ UInt8(exactly: $0) }), row[0].count == 4 { named[number] = row[1] }
    }
    let ours = Dictionary(uniqueKeysWithValues: Opcode.names.map { ($0.key.rawValue, $0.value) })
    #expect(named == ours)
  }

  @Test func messagesOfTheTablesAreOurs() throws {
    let numbers = { (page: String, columns: Int) in
      Set(try SpecFolder.rows(page, columns: columns).filter { $0[0].count == 4 }.compactMap { Self.number($0[0]) })
    }
    #expect(try numbers("03-messages/README.md", 5) == Set(Messages.requests.map { Int($0.opcode.rawValue) }))
    let connection = Messages.connectionBodies.map { Int($0.key.rawValue) }
    #expect(try numbers("04-flow.md", 3) == Set(connection))
  }

  @Test func errorsOfTheRegistryAreOurs() throws {
    let bits: [String: ErrorClass] = [
      "FATAL": .fatal, "RETRIABLE": .retriable, "NOT_EXECUTED": .notExecuted, "INDEFINITE": .indefinite,
      "REFRESH": .refresh, "BACKOFF": .backoff,
    ]
    let rows = try SpecFolder.rows("05-errors.md", columns: 4).filter { $0[0].hasPrefix("0x") }
    #expect(rows.count == ErrorCode.registry.count)
    for (row, entry) in zip(rows, ErrorCode.registry) {
      #expect(Self.number(row[0]) == Int(entry.code.rawValue))
      #expect(row[1] == entry.name)
      let words = row[2].split(separator: " ").map(String.init)
      #expect(ErrorClass(words.compactMap { bits[$0] }) == entry.errorClass, "\(entry.name)")
      #expect(words.allSatisfy { bits[$0] != nil }, "\(entry.name)")
      #expect(row[3] == entry.meaning, "\(entry.name)")
    }
  }

  @Test func limitsOfTheTablesAreOurs() throws {
    let rows = try SpecFolder.rows("06-limits.md", columns: 2) + SpecFolder.rows("06-limits.md", columns: 4)
    let page = Dictionary(rows.map { ($0[0], $0.dropFirst().joined(separator: " | ")) }) { first, _ in first }
    let ours = [
      "payload of a frame, wire / raw":
        "8,192 / 8,192, no LZ4 | \(comma(Limits.frameWireBytesDefault)) / \(comma(Limits.frameRawBytesMax)) | "
        + "\(comma(Limits.frameWireBytesMax)) / \(comma(Limits.frameRawBytesMax))",
      "message":
        "one frame | \(comma(Limits.messageBytesMaxClient)) | \(comma(Limits.messageBytesMaxPeer))",
      "unfinished messages of a connection, together":
        "one frame | \(comma(TransportLimits.client.unfinishedBytesMax)) | \(comma(TransportLimits.peer.unfinishedBytesMax))",
      "time_us": "1…\(comma(Int(Limits.budgetMicrosecondsMax)))",
      "features in HELLO or WELCOME": comma(Limits.featuresMax),
      "k of RANK": "1…\(comma(Limits.kMax))",
      "depth of RANK": "k…\(comma(Limits.depthMax))",
      "explained results": comma(Limits.explainedMax),
      "limit of SEARCH": "1…\(comma(Limits.searchLimitMax)); 1…\(comma(Limits.wordedSearchLimitMax)) with terms",
      "terms of SEARCH / bytes of one / its weight":
        "\(Limits.termsMax) / 1…\(Limits.termBytesMax) / above 0, at most \(comma(Int(Limits.termWeightMax)))",
      "embedding dimension": "1…\(comma(Limits.dimensionMax))",
      "rerank and user dimension": "0…\(comma(Limits.dimensionMax))",
      "attributes of a collection": comma(Limits.attributesMax),
      "bytes of a keyword or text value": comma(Limits.attributeBytesMax),
      "strings of a keyword set": comma(Limits.keywordSetMax),
      "exclude ids": comma(Limits.excludeMax),
      "session items": comma(Limits.sessionItemsMax),
      "context features of a query": comma(Limits.contextFeaturesMax),
      "filter text": "\(comma(Limits.filterTextBytesMax)) bytes",
      "filter predicates / depth / values of an `in`":
        "\(Limits.filterPredicatesMax) / \(Limits.filterDepthMax) / \(comma(Limits.filterInValuesMax))",
      "items of an UPSERT, DELETE or UPDATE": comma(Limits.upsertItemsMax),
      "ids of a GET": comma(Limits.getItemsMax),
      "collections of a cluster": comma(Limits.collectionsMax),
      "shards of a cluster": comma(Limits.shardsMax),
      "bytes of one MODEL_LOAD chunk": comma(ModelLoadRequest.chunkBytesMax),
      "items, items gone, writers of a TRANSFER part": comma(TransferPart.rowsMax),
      "error message": "\(WireError.messageBytesMax) bytes",
    ]
    for (name, value) in ours { #expect(page[name] == value, "\(name)") }
  }

  private func comma(_ value: Int) -> String {
    let digits = Array(String(value))
    return digits.indices.map { ($0 > 0 && (digits.count - $0) % 3 == 0 ? "," : "") + String(digits[$0]) }.joined()
  }

  @Test func linksLeadSomewhere() throws {
    for path in try SpecFolder.pages() {
      let folder = SpecFolder.url.appending(path: path).deletingLastPathComponent()
      for match in try SpecFolder.page(path).matches(of: /\]\(([^)#\s]+)(?:#[^)]*)?\)/) {
        let target = String(match.1)
        guard !target.hasPrefix("http") else { continue }
        let exists = FileManager.default.fileExists(atPath: folder.appending(path: target).standardized.path)
        #expect(exists, "\(path) links to \(target)")
      }
    }
  }

  @Test func examplesOfThePagesAreTheVectors() throws {
    let vectors = Dictionary(uniqueKeysWithValues: try SpecFolder.vectors().map { ($0.name, $0) })
    var shown = 0
    for path in try SpecFolder.pages() where path.hasPrefix("03-messages/") {
      let page = try SpecFolder.page(path)
      for match in page.matches(of: /`([a-z0-9-]+-(?:request|reply)[a-z0-9-]*)`/) {
        #expect(vectors[String(match.1)] != nil, "\(path) names \(match.1)")
      }
      for match in page.matches(of: /```hex ([a-z0-9-]+)\n([0-9a-f\n]*)```/) {
        let vector = try #require(vectors[String(match.1)], "\(path)")
        let body = try ReceivedMessage.all(in: vector.bytes).last?.body
        #expect(body == [UInt8](hex: String(match.2).replacing("\n", with: "")), "\(vector.name)")
        shown += 1
      }
    }
    #expect(shown >= 20)
  }
}
