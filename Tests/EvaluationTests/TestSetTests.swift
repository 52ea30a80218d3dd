import Ranking
import Support
import Testing
import Vocabulary

@testable import DataSets
@testable import Evaluation

struct TestSetTests {
  /// Events of users 0…3 by items and days.
  private static func read(_ events: [(Int, Int, Int)], test: [TestCase] = []) throws -> DataSet.Read {
    let text = events.map { "u\($0.0),\($0.1),\($0.2)\n" }.joined()
    let log = try EventLog(InputFile(name: "log", pieces: [Array(("user,item,time\n" + text).utf8)]))
    let data = try DataSet(log, Cleaning(log, CleaningRules()))
    let fixture = try EvaluationFixture()
    return DataSet.Read(data: data, summary: fixture.summary, test: test)
  }

  private static let day = 86_400
  private static let start = 1_600_000_000

  /// u0: items 1 2 3 4, u1: 1 1 2, u2: 5; one day apart each.
  private static func log() throws -> DataSet.Read {
    try read(
      [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1), (1, 2), (1, 1), (2, 5)].enumerated().map {
        ($1.0, $1.1, start + $0 * day)
      })
  }

  private static var refitted: HoldOut {
    var held = HoldOut(.last, events: 8)
    held.isRefitted = true
    return held
  }

  private static func relevant(_ test: TestSet) -> [[UInt64]] {
    test.cases.indices.map { test.query($0).relevant.map(\.rawValue) }
  }

  @Test func theLastItemOfEachUserIsTestedUnlessItIsNotNew() throws {
    var options = TestSet.Options()
    let plain = try TestSet(Self.log(), held: HoldOut(.last, events: 8))
    #expect(plain.choice == .last && Self.relevant(plain) == [[4]] && plain.repeatCount == 1)
    #expect(plain.query(0).excluded.map(\.rawValue) == [1, 2, 3] && plain.warnings(HoldOut(.last, events: 8)).isEmpty)
    // The model has not learned from the validation: neither do baselines.
    #expect(plain.learned[0].count == 2 && plain.known[0].count == 3)
    options.keepsKnown = true
    let kept = try TestSet(Self.log(), held: Self.refitted, options)
    #expect(Self.relevant(kept) == [[4], [1]] && kept.query(1).excluded.isEmpty && kept.repeatCount == 0)
    #expect(kept.learned[0].count == 3)
  }

  @Test func aDateTestsWhatCameLater() throws {
    var options = TestSet.Options()
    options.choice = .date(Int64(Self.start + 3 * Self.day) * 1000)
    let test = try TestSet(Self.log(), held: nil, options)
    #expect(Self.relevant(test) == [[4], [1, 2], [5]] && test.newUserCount == 2)
    // Asked at the time of the first tested event: 16 September 2020, 12:26 in UTC.
    #expect(test.query(0).eventContext.milliseconds == Int64(Self.start + 3 * Self.day) * 1000)
    #expect(test.query(0).eventContext.context["hour"] == .number(12))
    #expect(test.warnings(nil).count == 1 && test.warnings(nil)[0].contains("training.json"))
    options.choice = .date(Int64(Self.start + 30 * Self.day) * 1000)
    let error = #expect(throws: DataError.self) { try TestSet(Self.log(), held: nil, options) }
    #expect(error?.kind == .noRows)
  }

  @Test func theValidationIsWhatTrainingHeldOut() throws {
    var options = TestSet.Options()
    options.choice = .validation
    let last = try TestSet(Self.log(), held: HoldOut(.last, events: 8), options)
    #expect(Self.relevant(last) == [[3]] && last.query(0).excluded.map(\.rawValue) == [1, 2])
    let drawn = try TestSet(Self.log(), held: HoldOut(.nothing, order: .random(seed: 4), events: 8), options)
    #expect(
      Self.relevant(drawn).count >= 1 && drawn.warnings(HoldOut(.nothing, order: .random(seed: 4), events: 8)).isEmpty)
    let error = #expect(throws: DataError.self) { try TestSet(Self.log(), held: nil, options) }
    #expect(error?.file == "training.json")
    let refitted = try TestSet(Self.log(), held: Self.refitted, options)
    #expect(refitted.warnings(Self.refitted).contains { $0.contains("has learned from 1 of the 1 tested events") })
  }

  @Test func aStrictModelIsAskedWithTheValidationInTheHistoryAndNothingHasLearnedFromIt() throws {
    var strict = HoldOut(.lastTwo, events: 8)
    strict.isFolded = true
    let last = try TestSet(Self.log(), held: strict)
    #expect(Self.relevant(last) == [[4]] && last.warnings(strict).isEmpty)
    #expect(last.learned[0].count == 2 && last.given[0].count == 3 && last.known[0].count == 3)
    var options = TestSet.Options()
    for choice in [SplitChoice.validation, .date(0)] {
      options.choice = choice
      let error = #expect(throws: DataError.self) { try TestSet(Self.log(), held: strict, options) }
      #expect(error?.file == "training.json" && error?.advice.contains("--split last") == true)
    }
    options.choice = .validation
    let validation = try TestSet(Self.log(), held: HoldOut(.lastTwo, events: 8), options)
    #expect(Self.relevant(validation) == [[3], [2]] && validation.given[0].count == 2)
  }

  @Test func onlyEventsOfTheKindsAskedForAreTested() throws {
    let text = "user,item,event,time\nu,1,click,1\nu,2,purchase,2\nu,3,click,11\nu,4,purchase,12\nv,1,click,12\n"
    let log = try EventLog(InputFile(name: "log", pieces: [Array(text.utf8)]))
    var rules = CleaningRules()
    rules.timeMin = 0
    let read = DataSet.Read(
      data: try DataSet(log, Cleaning(log, rules)), summary: try EvaluationFixture().summary, test: [])
    var options = TestSet.Options()
    options.choice = .date(10_000)
    #expect(Self.relevant(try TestSet(read, held: nil, options)) == [[3, 4], [1]])
    options.kinds = [.purchase]
    let test = try TestSet(read, held: nil, options)
    // The click of the tested time is no case, and no event that is known either.
    #expect(Self.relevant(test) == [[4]] && test.known[0].count == 2 && test.known[1].isEmpty)
    options.kinds = [.rating]
    let error = #expect(throws: DataError.self) { try TestSet(read, held: nil, options) }
    #expect(error?.kind == .noRows && error?.advice.contains("--test-events") == true)
  }

  @Test func ownCountsPutWhatComesBackFirstAndThenWhatSells() throws {
    var log = Interactions(userCount: 3, itemCount: 5)
    let day: Int64 = 86_400_000
    for (item, time) in [(0, 0), (0, day), (1, 179 * day), (2, 90 * day)] {
      log.append(user: 0, item: item, time: time)
    }
    for user in [1, 2] { log.append(user: user, item: 4, time: 0) }
    let histories = Histories(log)
    let counts = OwnCountsBaseline(histories, given: histories)
    let scores = counts.scores(user: 0, milliseconds: 180 * day)
    // 0.25 + 0.2519, 0.9923, 0.5; then items of others by how often they were chosen.
    #expect(abs(scores[0] - 1.5019) < 1e-3 && abs(scores[1] - 1.9923) < 1e-3 && abs(scores[2] - 1.5) < 1e-6)
    #expect(scores[4] > scores[3] && scores[4] < 1 && scores[3] == 0)
    #expect(counts.scores(user: 0, milliseconds: nil)[0] == 3)
  }

  @Test func testingOnWhatWasLearnedIsSaid() throws {
    // Each user's last item chose the settings; nobody learned from it unless the model was fitted once more.
    let distinct = try Self.read((0..<8).map { ($0 / 4, $0, Self.start + $0 * Self.day) })
    let all = try TestSet(distinct, held: HoldOut(.nothing, events: 8))
    #expect(Self.relevant(all) == [[3], [7]] && all.warnings(HoldOut(.nothing, events: 8)).isEmpty)
    var refitted = HoldOut(.nothing, events: 8)
    refitted.isRefitted = true
    let again = try TestSet(Self.log(), held: refitted)
    #expect(again.warnings(refitted).contains { $0.contains("has learned from 2 of the 2 tested events") })
    #expect(again.warnings(HoldOut(.last, events: 6)).contains { $0.contains("8 events, and had 6") })
    let leaky = try Self.log()
    let leaking = DataSet.Read(
      data: leaky.data, summary: leaky.summary,
      test: [TestCase(user: 0, relevant: [0]), TestCase(user: 1, relevant: [2])])
    let test = try TestSet(leaking, held: nil)
    #expect(test.choice == .file && test.warnings(nil).isEmpty && test.leakCount == 1)
    #expect(Self.relevant(test) == [[3]] && test.repeatCount == 1)
  }

  @Test func aTestFileIsRankedAmongItsNegativesOrAmongAll() throws {
    let data = try Self.log()
    let cases = [
      TestCase(user: 2, relevant: [0], others: [1, 2]), TestCase(user: 2, relevant: [3], others: [1]),
      TestCase(user: 1, relevant: [3]),
    ]
    let read = DataSet.Read(data: data.data, summary: data.summary, test: cases)
    let full = try TestSet(read, held: nil)
    #expect(Self.relevant(full) == [[1, 4], [4]] && full.query(0).others == nil)
    var options = TestSet.Options()
    options.candidates = .negatives(2)
    let ncf = try TestSet(read, held: nil, options)
    #expect(Self.relevant(ncf) == [[1], [4], [4]] && ncf.query(0).others?.map(\.rawValue) == [2, 3])
    // User 1 has had 1 and 2 and is tested on 4: only 3 and 5 are left to draw.
    #expect(Set(ncf.query(2).others ?? []) == [ItemID(3), ItemID(5)])
    #expect(ncf.query(2).excluded.isEmpty && ncf.query(2).negatives.isEmpty)
  }

  @Test func negativesAreNewToTheUserAndTheSameForASeed() throws {
    let fixture = try EvaluationFixture()
    let test = try TestSet(fixture.read(), held: nil)
    let all = Histories(fixture.data.interactions)
    for index in test.cases.indices {
      let drawn = test.negatives(of: index, count: 20)
      #expect(drawn.count == 20 && Set(drawn).count == 20 && drawn == test.negatives(of: index, count: 20))
      #expect(drawn.allSatisfy { !all.contains(test.cases[index].user, Int($0)) })
    }
    var options = TestSet.Options()
    options.seed = 2
    let other = try TestSet(fixture.read(), held: nil, options)
    #expect(other.negatives(of: 0, count: 20) != test.negatives(of: 0, count: 20))
  }

  @Test func choicesAreReadFromText() {
    #expect(SplitChoice("last") == .last && SplitChoice("test") == .file && SplitChoice("validation") == .validation)
    #expect(SplitChoice("date:2011-10-01") == .date(1_317_427_200_000))
    for text in ["", "lst", "date:", "date:soon"] { #expect(SplitChoice(text) == nil) }
  }

  @Test func aTestedEventIsAskedWithWhatItsLogSays() throws {
    let text = "user,item,time,device\nu,1,100000,tv\nu,2,200000,phone\nu,3,300000,desk\nu,4,400000,pad\n"
    let log = try EventLog(InputFile(name: "log", pieces: [Array(text.utf8)]))
    var rules = CleaningRules()
    rules.timeMin = 0
    let data = try DataSet(log, Cleaning(log, rules))
    let test = try TestSet(DataSet.Read(data: data, summary: EvaluationFixture().summary, test: []), held: nil)
    #expect(test.query(0).eventContext.context["device"] == .word("pad"))
    // Without the first event every other keeps its own word.
    let rest = data.filter { $0 != 0 }
    #expect((0..<3).map { rest.eventContext($0).context["device"] } == [.word("phone"), .word("desk"), .word("pad")])
  }
}
