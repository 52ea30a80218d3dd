import Evaluation
import Names
import Ranking
import Storage
import Support
import Testing
import Vocabulary

@testable import DataSets
@testable import Learning

/// Ids and words that differ in bytes and are canonically equivalent.
struct EquivalentNamesTests {
  /// Six users of six items; to `String` they are three.
  private static let users = ["cafe\u{301}", "caf\u{E9}", "K1", "\u{212A}1", "\u{2126}", "\u{3A9}"]

  private static func log() throws -> EventLog {
    let rows = users.enumerated().map { "\($1)\ti\($0)\tclick\t\(1_772_000_001 + $0)\n" }
    let text = "user\titem\tevent\ttime\n" + rows.joined()
    return try EventLog(InputFile(name: "nfc.tsv", pieces: [Array(text.utf8)]))
  }

  private static func items() throws -> EntityTable {
    // Each category is that of items enough to have a level of prices of its own.
    let rows = (0..<24).map { item in
      let brand = ["caf\u{E9}", "cafe\u{301}"][item % 2]
      let price = item % 2 == 0 ? 10 + item : 1000 + 7 * item
      return #"{"id": "i\#(item)", "category": "\#(brand)", "tags": ["\#(brand)", "b"], "price": \#(price)}"# + "\n"
    }
    return try EntityTable(InputFile(name: "items.jsonl", pieces: [Array(rows.joined().utf8)]))
  }

  private static func data(_ key: Pseudonyms? = nil) throws -> DataSet {
    let log = try log()
    return try DataSet(
      log, Cleaning(log, CleaningRules()), items: items(),
      userDictionary: IDDictionary("users.dict", pseudonyms: key), pseudonyms: key)
  }

  @Test func importKeepsThemApart() throws {
    #expect(try Self.log().userNames.count == 6)
    let data = try Self.data()
    #expect(data.users.count == 6 && data.users.names.map(\.exact) == Self.users.map(\.exact))
    let key = Pseudonyms(key: Array("0123456789abcdef".utf8))
    let hidden = try Self.data(key)
    #expect(hidden.users.count == 6 && Set(hidden.users.ids).count == 6)
    #expect(try Self.users.map { try hidden.users.position(of: $0, key) } == Array(0..<6))
  }

  @Test func tablesKeepThemApart() throws {
    let text = "id,brand\n" + Self.users.map { "\($0),\($0)\n" }.joined()
    let table = try EntityTable(InputFile(name: "items", pieces: [Array(text.utf8)]))
    #expect(table.ids.count == 6 && table.repeats.total == 0)
    let json = #"{"id": 1, "tags": ["caf\#u{E9}", "cafe\#u{301}", "caf\#u{E9}"]}"# + "\n"
    let sets = try EntityTable(InputFile(name: "items.jsonl", pieces: [Array(json.utf8)]))
    #expect(sets.columns[0][0] == .keywordSet(["cafe\u{301}", "caf\u{E9}"]))
  }

  @Test func aDirectoryGivesThemBack() throws {
    let directory = TemporaryDirectory()
    let data = try Self.data()
    for file in data.files(nil) { try RealDisk().replace("\(directory.path)/\(file.name)", with: file.bytes) }
    let read = try DataSet.read(directory.path, on: RealDisk()).data
    #expect(read.users.ids == data.users.ids && read.users.names.map(\.exact) == data.users.names.map(\.exact))
    #expect(read.catalogue.columns == data.catalogue.columns)
    var removal = try UserRemoval(of: ["caf\u{E9}"], from: directory.path, pseudonyms: nil, on: RealDisk())
    #expect(removal.users == 1)
    removal = try UserRemoval(of: ["caf\u{E8}"], from: directory.path, pseudonyms: nil, on: RealDisk())
    #expect(removal.users == 0)
  }

  @Test func vocabulariesAndGroupsHaveBoth() throws {
    let data = try Self.data()
    let column = try #require(data.catalogue.column("category"))
    let words = try #require(FeatureFit.words(column, wordsMax: 9))
    #expect(words.map(\.exact) == ["cafe\u{301}", "caf\u{E9}"])
    let groups = try #require(ItemGroups("category", data, learned: Histories(data.interactions)))
    #expect(groups.labels.count == 2)
    let shares = words.map { HistoryInput.share(attribute: "category", word: $0.exact) }
    #expect(shares[0] != shares[1])
    let parts = HistoryReader(shares, decay: 1).parts(of: data.catalogue)
    #expect(Set(parts.map(\.words)) == [[0], [1]])
  }

  @Test func aRecipeKeepsTheirPriceLevelsApart() throws {
    let data = try Self.data()
    let derived = DerivedAttributes(data.catalogue, hasClock: true)
    #expect(derived.priceLevels?.ofCategory.count == 2)
    let again = try DataSetJSON.decode(DerivedAttributes.self, DataSetJSON.encode(derived), "training.json")
    #expect(again == derived)
    let old = #"""
      {"price_levels": {"a": {"mean": 1, "deviation": 2}}, "price_level": {"mean": 3, "deviation": 4},
      "has_first_seen": false}
      """#
    let read = try DataSetJSON.decode(DerivedAttributes.self, Array(old.utf8), "training.json")
    #expect(read.priceLevels?.ofCategory["a"]?.deviation == 2)
  }
}
