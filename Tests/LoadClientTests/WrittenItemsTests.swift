import LoadClient
import Testing
import Vocabulary

@testable import WinnowClient

struct WrittenItemsTests {
  private static let definitions = [
    AttributeDefinition(name: "title", type: .text), AttributeDefinition(name: "price", type: .float),
    AttributeDefinition(name: "stock", type: .int), AttributeDefinition(name: "tags", type: .keywordSet),
    AttributeDefinition(name: "new", type: .bool), AttributeDefinition(name: "brand", type: .keyword),
  ]

  private func schema() throws -> CollectionSchema {
    try #require(CollectionSchema(embeddingDimension: 4, rerankDimension: 2, attributes: Self.definitions))
  }

  private func maker() throws -> WrittenItem { try #require(WrittenItem(schema: try schema())) }

  private func shown(_ item: Item) -> [NamedAttribute] {
    zip(Self.definitions, item.attributes).map { NamedAttribute(name: $0.name, value: $1) }
  }

  private func written() throws -> WrittenItems {
    WrittenItems(ids: 100...100, maker: try maker(), firstRevision: 1000)
  }

  private func change(_ written: inout WrittenItems, isDelete: Bool = false) throws -> WrittenItems.Change {
    var draws = RequestDraws(seed: 1, index: 0)
    return try #require(written.begin(isDelete: isDelete, &draws))
  }

  @Test func itemsSayWhichRevisionTheyAre() throws {
    let maker = try maker()
    let item = maker.item(7, revision: 12)
    #expect(try item.fault(under: schema()) == nil)
    #expect(maker.item(7, revision: 12) == item)
    #expect(maker.item(7, revision: 13) != item && maker.item(8, revision: 12) != item)
    #expect(maker.revision(7, of: shown(item)) == 12)
    #expect(maker.revision(8, of: shown(item)) == nil)
    for place in Self.definitions.indices {
      var torn = item
      torn.attributes[place] = maker.item(7, revision: 14).attributes[place]
      if torn != item { #expect(maker.revision(7, of: shown(torn)) == nil, "\(Self.definitions[place].name)") }
    }
    let bare = try #require(CollectionSchema(embeddingDimension: 4, rerankDimension: 0, attributes: []))
    #expect(WrittenItem(schema: bare) == nil)
  }

  @Test func whatWasAcknowledgedBeforeTheQueryMustShow() throws {
    var items = try written()
    let first = try change(&items)
    let old = shown(items.item(first))
    #expect(items.isRight(100, old, since: items.moment) == true)
    items.finished(first, isAcknowledged: true)
    let second = try change(&items)
    let new = shown(items.item(second))
    // While the second write is under way, both may show.
    #expect(items.isRight(100, old, since: items.moment) == true)
    #expect(items.isRight(100, new, since: items.moment) == true)
    let before = items.moment
    items.finished(second, isAcknowledged: true)
    #expect(items.isRight(100, old, since: items.moment) == false)
    #expect(items.isRight(100, new, since: items.moment) == true)
    // A query that was sent before the acknowledgement may have seen either.
    #expect(items.isRight(100, old, since: before) == true)
  }

  @Test func whatWasRemovedMustNotShow() throws {
    var items = try written()
    let write = try change(&items)
    items.finished(write, isAcknowledged: true)
    let removal = try change(&items, isDelete: true)
    #expect(items.isRight(100, shown(items.item(write)), since: items.moment) == true)
    items.finished(removal, isAcknowledged: true)
    #expect(items.isRight(100, shown(items.item(write)), since: items.moment) == false)
    #expect(items.touched == [100])
  }

  @Test func whatNobodyWroteMustNotShow() throws {
    var items = try written()
    let maker = try maker()
    #expect(items.isRight(99, [], since: 0) == nil)
    #expect(items.isRight(100, [], since: 0) == false)
    // An earlier load may have left its own.
    #expect(items.isRight(100, shown(maker.item(100, revision: 999)), since: 0) == true)
    #expect(items.isRight(100, shown(maker.item(100, revision: 1000)), since: 0) == false)
    items.finished(try change(&items), isAcknowledged: true)
    #expect(items.isRight(100, shown(maker.item(100, revision: 1001)), since: items.moment) == false)
  }

  @Test func itemAskedForByItsIDIsCheckedWhole() throws {
    var items = try written()
    let write = try change(&items)
    let item = items.item(write)
    func entry(_ change: (inout [Float]) -> Void = { _ in }) -> StoredItems.Entry {
      var embedding = item.embedding
      change(&embedding)
      return StoredItems.Entry(
        id: item.id, version: 1, attributes: shown(item), embedding: embedding, rerank: item.rerank)
    }
    #expect(items.isRight(100, stored: nil, since: 0))
    items.finished(write, isAcknowledged: true)
    #expect(items.isRight(100, stored: entry(), since: items.moment))
    #expect(!items.isRight(100, stored: entry { $0[1] += 1 }, since: items.moment))
    #expect(!items.isRight(100, stored: nil, since: items.moment))
    let removal = try change(&items, isDelete: true)
    #expect(items.isRight(100, stored: nil, since: items.moment))
    items.finished(removal, isAcknowledged: true)
    #expect(items.isRight(100, stored: nil, since: items.moment))
    #expect(!items.isRight(100, stored: entry(), since: items.moment))
  }

  @Test func idWhoseWriteWasNotAcknowledgedIsLeftAlone() throws {
    var items = try written()
    let write = try change(&items)
    items.finished(write, isAcknowledged: false)
    var draws = RequestDraws(seed: 1, index: 0)
    #expect(items.begin(isDelete: false, &draws) == nil)
    #expect(items.isRight(100, shown(items.item(write)), since: items.moment) == true)
  }
}
