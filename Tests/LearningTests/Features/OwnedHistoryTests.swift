import DataSets
import Foundation
import Kernels
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

  /// Where people buy again a server ranks candidates and what the shopper has had: so are hard negatives drawn, and no
  /// other is one of the latter.
  @Test func candidatesAndWhatWasNotTakenAgainAreDrawnAlike() {
    var log = Interactions(userCount: 1, itemCount: 40)
    let own = [UInt32](30..<36)
    for item in own { log.append(user: 0, item: Int(item), weight: 1, time: 1) }
    // The user's scores of items fall, so that items 0 to 3 are the candidates.
    let (queries, embeddings) = (FloatMatrix(rows: 1, columns: 1), FloatMatrix(rows: 40, columns: 1))
    queries[0, 0] = 1
    for item in 0..<40 { embeddings[item, 0] = -Float(item) }
    let known = Histories(log)
    let lists = CandidateLists(
      RetrievalTower(queries: queries, embeddings: embeddings), for: [0], without: known, depth: 4, threads: 1)
    let sampler = NegativeSampler(known, .uniform, candidates: lists, hardCount: 2)
    var counts = [Int](repeating: 0, count: 40)
    let random = CounterRandom(seed: 3, stream: 0)
    for draw in 0..<4000 as Range<UInt64> {
      counts[sampler.draw(for: 0, random, draw, place: Int(draw % 2), own: { own })] += 1
    }
    // Each of ten items is drawn 400 times, give or take five standard deviations of 19.
    for item in 0..<40 {
      let isRanked = item < 4 || own.contains(UInt32(item))
      #expect(isRanked ? (305...495).contains(counts[item]) : counts[item] == 0, "\(item): \(counts[item])")
    }
    for draw in 0..<4000 as Range<UInt64> {
      #expect(!own.contains(UInt32(sampler.draw(for: 0, random, draw, place: 2, own: { own }))))
    }
  }

  @Test func withoutAClockAnEventKnowsThoseBeforeIt() throws {
    let history = try Self.history([(7, 1), (7, 2), (8, 3)], hasClock: false)
    #expect(history.inputs(user: 0, item: 0, event: 0, day: nil) == [0, 0, 0, 0])
    #expect(history.inputs(user: 0, item: 0, event: 1, day: nil)[3] == 0)
    #expect(history.inputs(user: 0, item: 0, event: 2, day: nil)[3] == 1)
  }

  @Test func aSessionCountsAsEventsOfItsDayCount() throws {
    let before: [(item: Int, day: Int64)] = [(7, 1), (8, 1), (7, 11), (9, 12)]
    // Items are numbered as they come: 7 is 0, 8 is 1, 9 is 2, 6 is 3.
    let session: [UInt64] = [3, 0, 0, 1]
    let ids = (0..<4).map { ItemID(UInt64($0)) }
    let whole = try Self.history(before + [(6, 15), (7, 15), (7, 15), (8, 15)]).owned(user: 0, ids: ids)
    let known = try Self.history(before).owned(user: 0, ids: ids)
    let feature = OwnedFeature(context: "day", halfLife: 10)
    #expect(feature.owned(known, adding: session, ["day": .number(15)]) == whole && whole != known)
    #expect(feature.owned(known, adding: [], ["day": .number(15)]) == known)
    // Without a day none passes: two events of day 11, of which one was of day 1, and two more.
    let timeless = feature.owned(known, adding: session, [:])
    #expect(timeless[0]?.count == 4 && timeless[0]?.day == 11)
    #expect(abs((timeless[0]?.level ?? 0) - Float(log2(3.5))) < 1e-6)
  }

  @Test func aStrangersSessionIsReadAsAServerReadsIt() throws {
    let history = try Self.history([(7, 1), (8, 1), (7, 11)])
    let served = history.feature.owned(OwnedItems(), adding: [1, 0, 1], ["day": .number(20)])
    for item in [0, 1, 2] as [UInt32] {
      let trained = history.inputs(session: [1, 0, 1], item: item, day: 20)
      #expect(trained == history.feature.inputs(served[UInt64(item)], day: 20))
      #expect(trained[0] == (item < 2 ? 1 : 0))
    }
    let strangers = OwnedHistory(strangers: 2, history.feature)
    #expect(strangers.inputs(user: 1, item: 0, event: nil, day: 20) == [0, 0, 0, 0])
  }

  @Test func oneMoreIsAddedUnderTheLogarithm() {
    for step in -400...700 {
      let t = Double(step) / 8 - 0.03
      #expect(abs(SignedLog.log2OfOneMore(t) - log2(1 + pow(2, t))) < 1e-13, "\(t)")
    }
    #expect(SignedLog.log2OfOneMore(0) == 1 && SignedLog.log2OfOneMore(-.infinity) < 1e-300)
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
