import Support
import Bytes
import Names
import Testing
import Vocabulary

@testable import DataSets

/// The files of a synthetic shop, and what they have to offer to those who clean them and learn from them.
struct SyntheticShopTests {
  private let files: [String: [UInt8]]
  private let log: EventLog
  private let cleaning: Cleaning

  init() throws {
    let shop = SyntheticShop(seed: 3, itemCount: 240, shopperCount: 300)
    files = Dictionary(uniqueKeysWithValues: shop.files.map { ($0.name, $0.bytes) })
    log = try EventLog(Self.file(files, "events.tsv"))
    cleaning = Cleaning(log, CleaningRules())
  }

  private static func file(_ files: [String: [UInt8]], _ name: String) throws -> InputFile {
    try InputFile(name: name, pieces: [try #require(files[name])])
  }

  @Test func seedGivesTheSameBytesOnEveryMachine() {
    func bytes(_ seed: UInt64) -> [[UInt8]] {
      SyntheticShop(seed: seed, itemCount: 50, shopperCount: 9).files.map(\.bytes)
    }
    #expect(bytes(7) == bytes(7))
    let hash = ContentHash.hexadecimal(ContentHash.sha256(joining: bytes(7)))
    #expect(hash == "f16747c3dc31b3cd1ba1ec41110517b8ef8107b051ae60e078aca8f02bc1f44c")
    #expect(zip(bytes(7), bytes(8)).allSatisfy { $0 != $1 })
  }

  @Test func searchesChangeNoEvent() throws {
    func written(_ seed: UInt64) -> [[UInt8]] {
      SyntheticShop(seed: seed, itemCount: 240, shopperCount: 300, hasSearches: true).files.map(\.bytes)
    }
    let searching = written(3)
    #expect(searching == written(3))
    let lines = { (bytes: [UInt8]) in
      bytes.split(separator: 0x0A).map { Array($0.split(separator: 0x09, omittingEmptySubsequences: false)) }
    }
    let (plain, more) = (lines(try #require(files["events.tsv"])), lines(searching[0]))
    #expect(
      plain.count == more.count && more[0].suffix(2).map { String(decoding: $0, as: UTF8.self) } == ["query", "place"])
    // The few lines that are broken have lost their end.
    #expect(zip(plain, more).allSatisfy { $1.starts(with: $0) })
    #expect(searching[1] == files["items.jsonl"])

    let found = try EventLog(InputFile(name: "events.tsv", pieces: [searching[0]]))
    #expect(found.users == log.users && found.items == log.items && found.times == log.times)
    #expect(Set(Cleaning(found, CleaningRules()).dropped.entries.keys) == [.impossibleTime, .duplicate, .bot])
    let count = (0..<found.count).count { found.searches.query(of: $0) != nil }
    #expect((0.3..<0.9).contains(Double(count) / Double(found.count)), "\(count) of \(found.count)")
    #expect(
      (0..<found.count).allSatisfy { (found.searches.query(of: $0) == nil) == (found.searches.place(of: $0) == nil) })
    #expect(found.searches.queries.names.contains("hiking boots"))
  }

  /// Most of what shoppers type are words of the item that they then look at; a few have a slip.
  @Test func aQueryIsOfTheWordsOfItsItem() throws {
    let shop = SyntheticShop(seed: 3, itemCount: 240, shopperCount: 300, hasSearches: true)
    let found = try EventLog(InputFile(name: "events.tsv", pieces: [shop.files[0].bytes]))
    var (fitting, all) = (0, 0)
    for event in 0..<found.count {
      guard let query = found.searches.text(of: event),
        let number = Int(found.itemNames.names[Int(found.items[event])])
      else { continue }
      let item = shop.items[number - 1]
      let words = "\(item.title) \(ShopCatalogue.categories[item.category].name) \(item.colours.joined(separator: " "))"
      all += 1
      if query.split(separator: " ").allSatisfy({ words.lowercased().contains($0) }) { fitting += 1 }
    }
    #expect(fitting * 10 > all * 8 && fitting < all, "\(fitting) of \(all)")
  }

  @Test func tablesHaveEveryAttributeOfEveryRow() throws {
    let items = try EntityTable(Self.file(files, "items.jsonl"), .init())
    #expect(items.ids.count == 240 && items.faults.total == 0)
    #expect(
      items.definitions.map { "\($0.name) \($0.type.word)" } == [
        "category keyword", "brand keyword", "style keyword", "price float", "rating float", "reviews int",
        "in_stock bool", "colours keyword_set", "title text",
      ])
    let users = try EntityTable(Self.file(files, "users.jsonl"), .init())
    #expect(users.ids.count == 300)
    #expect(users.definitions.map(\.type) == [.keyword, .int, .bool])
    for column in items.columns + users.columns { #expect(!column.contains(nil)) }
  }

  @Test func cleaningHasSomethingOfEverythingToReport() {
    #expect(Set(log.faults.entries.keys.map(\.reason)) == [.fieldCount, .missing, .unknownEvent, .notTime, .notUTF8])
    #expect(Set(cleaning.dropped.entries.keys) == [.impossibleTime, .duplicate, .bot])
    #expect(cleaning.botCount == 1)
    let share = Double(cleaning.kept.count) / Double(log.rowsRead)
    #expect((0.85..<0.99).contains(share), "\(share) kept")
  }

  @Test func fewItemsHaveMostEvents() throws {
    let events = try DataSet(log, cleaning).interactions
    let top = Histories(events).popularity.sorted(by: >).prefix(24).reduce(0, +)
    #expect((0.25..<0.75).contains(Double(top) / Double(events.count)))
  }

  @Test func shoppersLookAtWhatTheyLike() throws {
    let data = try DataSet(log, cleaning, items: EntityTable(Self.file(files, "items.jsonl"), .init()))
    let category = try #require(data.catalogue.columns.first)
    func count(_ user: Int, _ word: String) throws -> Int {
      let position = try #require(try data.users.position(of: "\(user)"))
      return (0..<data.interactions.count).count {
        data.interactions.users[$0] == position && category[Int(data.interactions.items[$0])] == .keyword(word)
      }
    }
    // Ada's tents and Bruno's lamps.
    #expect(try count(1, "tents") > 3 * count(2, "tents"))
    #expect(try count(2, "lamps") > 3 * count(1, "lamps"))
  }
}
