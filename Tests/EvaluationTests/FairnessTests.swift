import Names
import Support
import Testing
import Vocabulary

@testable import DataSets
@testable import Evaluation

struct FairnessTests {
  /// Items 1…4 (index 0…3) of kinds and prices, users of two groups with four, three and five events.
  private static func shop() throws -> (data: DataSet, read: DataSet.Read) {
    let events = [(0, 1), (0, 2), (0, 4), (0, 3), (1, 1), (1, 4), (1, 3), (2, 1), (2, 2), (2, 4), (2, 3)]
    var log = Interactions(userCount: 3, itemCount: 4)
    for (time, event) in events.enumerated() { log.append(user: event.0, item: event.1 - 1, time: Int64(time)) }
    var (users, items) = (IDDictionary("users.dict"), IDDictionary("items.dict"))
    for user in ["7", "8", "9"] { _ = try users.add(user) }
    for item in 1...4 { _ = try items.add("\(item)") }
    let data = DataSet(
      log, kinds: [EventKind](repeating: .click, count: log.count), values: [Float](repeating: 1, count: log.count),
      hasClock: false, users: users, items: items,
      itemTable: (
        [
          AttributeDefinition(name: "kind", type: .keyword), AttributeDefinition(name: "tags", type: .keywordSet),
          AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "title", type: .text),
        ],
        [
          [.keyword("a"), .keyword("a"), .keyword("b"), nil],
          [.keywordSet(["x", "y"]), .keywordSet(["x"]), .keywordSet(["y"]), .keywordSet([])],
          [.float(5), .float(1), .float(9), nil], [nil, nil, nil, nil],
        ]
      ),
      userTable: (
        [AttributeDefinition(name: "sex", type: .keyword)], [[.keyword("f"), .keyword("m"), .keyword("f")]]
      ))
    let fixture = try EvaluationFixture()
    return (data, DataSet.Read(data: data, summary: fixture.summary, test: []))
  }

  private static func ids(_ numbers: [UInt64]) -> [ItemID] { numbers.map { ItemID($0) } }

  /// All three users are tested on item 3; the second is not answered.
  private static let standing = Standing(
    "x",
    [
      RankedCase(places: [1], of: 4, first: ids([1, 3, 2])), RankedCase(places: [.max], of: 0),
      RankedCase(places: [0], of: 4, first: ids([3, 2])),
    ])

  private static func item(_ id: ItemID) -> Int? { Int(id.rawValue) - 1 }

  @Test func exposureIsWeightedByPlaceAndStandsBesideWhatWasWanted() throws {
    let (data, read) = try Self.shop()
    let test = try TestSet(read, held: nil)
    #expect(test.cases.map(\.relevant) == [[2], [2], [2]])
    let groups = try #require(ItemGroups("kind", data, learned: test.learned))
    let exposure = Exposure(groups, Self.standing, test, k: 2, item: Self.item)
    // The places weigh 1 and 1 / log₂ 3: the first user sees a and b, the third b and a.
    let second = 1 / (1 + 1.584962500721156)
    #expect(exposure.groups.map(\.label) == ["a", "b", "(none)"])
    let (a, b) = (exposure.groups[0], exposure.groups[1])
    #expect(abs(a.exposure - 0.5) < 1e-12 && abs(b.exposure - 0.5) < 1e-12)
    #expect(a.relevance == 0 && b.relevance == 1 && a.items == 2 && exposure["(none)"] == 0)
    #expect(abs((a.gap?.mean ?? 0) - 0.5) < 1e-12 && abs((b.gap?.mean ?? 0) + 0.5) < 1e-12)
    // With two users, the interval ends at one or the other.
    #expect(abs((a.gap?.low ?? 0) - second) < 1e-12 && abs((a.gap?.high ?? 0) - (1 - second)) < 1e-12)
    let first = Exposure(groups, Self.standing, test, k: 1, item: Self.item)
    #expect(first["a"] == 0.5 && first["b"] == 0.5)
  }

  @Test func anItemOfTwoGroupsBelongsToEachByHalf() throws {
    let (data, read) = try Self.shop()
    let test = try TestSet(read, held: nil)
    let groups = try #require(ItemGroups("tags", data, learned: test.learned))
    let exposure = Exposure(groups, Self.standing, test, k: 1, item: Self.item)
    #expect(exposure["x"] == 0.25 && exposure["y"] == 0.75)
    #expect(exposure.groups.map(\.items).reduce(0, +) == 4)
    #expect(exposure.groups.first { $0.label == "x" }?.items == 1.5)
  }

  @Test func itemsAreGroupedByPriceAndPopularity() throws {
    let (data, read) = try Self.shop()
    let test = try TestSet(read, held: nil)
    let bands = try #require(ItemGroups("price_band", data, learned: test.learned))
    // Three prices in fifths: some bands are empty.
    #expect(bands.groups.map { bands.labels[$0[0]] } == ["2: up to 5.0", "1: up to 1.0", "4: up to 9.0", "(none)"])
    let deciles = try #require(ItemGroups("popularity_decile", data, learned: test.learned))
    // Known before the test: item 1 three times, 4 three times, 2 twice, 3 never.
    #expect(deciles.groups.map { deciles.labels[$0[0]] } == ["1, the most popular", "6", "8", "3"])
    for name in ["title", "price", "nothing"] { #expect(ItemGroups(name, data, learned: test.learned) == nil) }
  }

  @Test func qualityStandsByGroupOfUsers() throws {
    let (data, read) = try Self.shop()
    let test = try TestSet(read, held: nil)
    let groups = try #require(UserGroups("sex", Self.standing, test, data, metric: .ndcg(2)))
    let ndcg = (1 / 1.584962500721156, 1.0)
    let mean = (ndcg.0 + ndcg.1) / 3
    #expect(groups.groups.map(\.label) == ["m", "f"] && groups.groups.map(\.cases) == [1, 2])
    #expect(groups.groups[0].value.mean == 0 && abs(groups.groups[0].gap + mean) < 1e-12)
    #expect(abs(groups.groups[1].value.mean - (ndcg.0 + ndcg.1) / 2) < 1e-12)
    let activity = try #require(UserGroups("activity", Self.standing, test, data, metric: .hitRate(1)))
    #expect(Set(activity.groups.map(\.label)) == ["1: up to 2 events", "2: up to 3 events"])
    #expect(activity.groups.map(\.cases).sorted() == [1, 2])
    #expect(UserGroups("shoe_size", Self.standing, test, data, metric: .ndcg(2)) == nil)
    #expect(UserGroups("sex", Self.standing, test, data, metric: .logLoss) == nil)
  }
}
