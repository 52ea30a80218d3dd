import Support
import Testing
import Vocabulary
import Wire

@testable import CoordinatorNode

struct UpdateTests {
  /// Random writes over three shards against a dictionary, with filtered queries between them.
  @Test(arguments: [1, 2] as [UInt64]) func aClusterAgreesWithADictionary(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    let schema = try #require(TestCluster.schema)
    let cluster = try TestCluster(shardCount: 3)
    try cluster.createShop()
    var twin: [UInt64: Item] = [:]
    let stock = TestCluster.items(80, seed: seed)
    _ = try cluster.ask(try TestCluster.upsert(Array(stock.prefix(60))))
    for item in stock.prefix(60) { twin[item.id.rawValue] = item }
    func value(_ attribute: Int) -> AttributeValue {
      switch attribute {
      case 0: .float(Double(below(60)))
      case 1: .keyword("brand\(below(6))")
      default: .text("title \(below(9))")
      }
    }
    for op in 2...40 as ClosedRange<UInt64> {
      let chosen = stock.filter { _ in below(5) == 0 }
      guard !chosen.isEmpty else { continue }
      let columns = schema.attributes.indices.filter { _ in below(3) > 0 }
      let rows = chosen.map { _ in columns.map { below(3) == 0 ? nil : value($0) } }
      let removed = rows.map { $0.map { $0 == nil && below(2) == 0 } }
      let reply = try cluster.ask(
        UpdateRequest(
          collection: "shop", writer: 9, op: op, ids: chosen.map(\.id.rawValue),
          expectedVersions: chosen.map { _ in 0 },
          attributes: AttributeTable(rows: rows, definitions: columns.map { schema.attributes[$0] }),
          removals: columns.indices.map { column in AttributeTable.bits(removed.map { $0[column] }) }))
      for (place, item) in chosen.enumerated() {
        let id = item.id.rawValue
        #expect(reply.statuses[place] == (twin[id] == nil ? .absent : .replaced))
        for (index, attribute) in columns.enumerated() {
          if let value = rows[place][index] { twin[id]?.attributes[attribute] = value }
          if removed[place][index] { twin[id]?.attributes[attribute] = nil }
        }
      }
      if op % 8 == 0 {
        let brand = AttributeValue.keyword("brand\(below(6))")
        let expected = SlowSearch.search(
          twin.values.sorted { $0.id < $1.id }, query: TestCluster.query, limit: 10
        ) { $0.attributes[1] == brand }
        guard case .keyword(let word) = brand else { continue }
        let found = try cluster.ask(cluster.rank { $0.filter = "brand = \(word)" }).results.ids
        #expect(found == expected.map(\.itemID.rawValue))
      }
    }
    var get = GetRequest(collection: "shop", ids: stock.map(\.id.rawValue))
    get.attributes = .all
    get.wantsEmbeddings = true
    get.wantsRerank = true
    let reply = try cluster.ask(get)
    #expect(reply.ids == twin.keys.sorted())
    for (row, id) in reply.ids.enumerated() {
      let attributes = schema.attributes.indices.map { reply.attributes.value(row: row, column: $0) }
      #expect(attributes == twin[id]?.attributes)
    }
    #expect(reply.embeddings == twin.keys.sorted().flatMap { twin[$0]?.embedding ?? [] })
    #expect(reply.rerank == twin.keys.sorted().flatMap { twin[$0]?.rerank ?? [] })
  }

  @Test func anUpdateThatDoesNotFitAsksNoShard() throws {
    let cluster = try TestCluster(shardCount: 2)
    try cluster.createShop()
    var request = UpdateRequest(
      collection: "other", writer: 1, op: 1, ids: [1], expectedVersions: [0],
      attributes: AttributeTable(rows: [[.int(1)]], definitions: [AttributeDefinition(name: "price", type: .int)]),
      removals: [[0]])
    #expect(cluster.code(request) == .unknownCollection)
    request.collection = "shop"
    #expect(cluster.code(request) == .unknownAttribute)
    #expect(cluster.shards.allSatisfy { $0.count(of: .update) == 0 })
  }
}
