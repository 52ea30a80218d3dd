import DataSets
import Ranking
import Support
import Testing
import Vocabulary

@testable import Learning

struct OwnedHistoryTests {
  private static let day: Int64 = 86_400_000

  /// One user's events of item and day, with and without a clock.
  private static func history(_ events: [(item: Int, day: Int64)], hasClock: Bool = true) throws -> OwnedHistory {
    let rows = events.map { "u,\($0.item),\($0.day * 86_400)\n" }.joined()
    var options = EventReader.Options()
    if !hasClock { options.times.unit = .order }
    let log = try EventLog(InputFile(name: "log", pieces: [Array(("user,item,time\n" + rows).utf8)]), options)
    var rules = CleaningRules()
    (rules.timeMin, rules.keepsDuplicates) = (0, true)
    let data = try DataSet(log, Cleaning(log, rules))
    let all = Array(0..<data.interactions.count)
    return OwnedHistory(TrainingEvents(data, known: all, learned: all), OwnedFeature(context: "day", halfLife: 10))
  }

  @Test func anEventKnowsWhatCameBeforeItsDay() throws {
    let history = try Self.history([(7, 1), (8, 1), (7, 11), (7, 11), (9, 21)])
    // Items are numbered as they come: 7 is 0, 8 is 1, 9 is 2.
    func inputs(_ item: UInt32, _ event: Int?, _ day: Double) -> [Float] {
      history.inputs(user: 0, item: item, event: event, day: day)
    }
    #expect(inputs(0, 0, 1) == [0, 0, 0, 0] && inputs(1, 2, 11)[0] == 1)
    // Both of day 11 know one event of day 1, and not one another.
    for event in [2, 3] {
      let input = inputs(0, event, 11)
      #expect(input[0] == 1 && abs(input[1] - 0.6931472) < 1e-6 && abs(input[2] - 2.3978953) < 1e-6 && input[3] == -1)
    }
    // ½ of day 1 and two of day 11; ten days later that is a half.
    let last = inputs(0, 4, 21)
    #expect(abs(last[1] - 1.3862944) < 1e-6 && abs(last[3] - 0.32192808) < 1e-6)
    #expect(inputs(2, nil, 30)[0] == 1 && inputs(2, 4, 21)[0] == 0)
  }

  @Test func whatWasNotTakenAgainIsANegative() throws {
    let history = try Self.history([(7, 1), (8, 1), (7, 11), (9, 21)])
    #expect(history.left(user: 0, event: 0).isEmpty)
    #expect(history.left(user: 0, event: 2) == [1] && history.left(user: 0, event: 3) == [0, 1])
  }

  @Test func withoutAClockAnEventKnowsThoseBeforeIt() throws {
    let history = try Self.history([(7, 1), (7, 2), (8, 3)], hasClock: false)
    #expect(history.inputs(user: 0, item: 0, event: 0, day: nil) == [0, 0, 0, 0])
    #expect(history.inputs(user: 0, item: 0, event: 1, day: nil)[3] == 0)
    #expect(history.inputs(user: 0, item: 0, event: 2, day: nil)[3] == 1)
  }

  @Test func theEndIsWrittenUnderTheItemsIDs() throws {
    let history = try Self.history([(7, 1), (8, 2), (7, 11)])
    let owned = history.owned(user: 0, ids: [ItemID(50), ItemID(3)])
    #expect(owned.ids == [3, 50] && owned[50]?.count == 2 && owned[50]?.day == 11 && owned[4] == nil)
    #expect(owned[3] == OwnedItems.Item(count: 1, day: 2, level: 0))
    let feature = history.feature
    for (id, item) in [(50 as UInt64, 0 as UInt32), (3, 1)] {
      #expect(feature.inputs(owned[id], day: 40) == history.inputs(user: 0, item: item, event: nil, day: 40))
    }
  }
}
