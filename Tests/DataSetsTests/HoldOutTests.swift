import Testing

@testable import DataSets

struct HoldOutTests {
  private static let rules: [(HoldOut.Test, FitParts.Order)] = [
    (.nothing, .time), (.last, .random(seed: .max)), (.date(1_317_427_200_000), .time),
    (.lastTwo, .time),
  ]

  @Test(arguments: rules)
  func aRuleComesBackFromItsFile(test: HoldOut.Test, order: FitParts.Order) throws {
    let held = HoldOut(test, order: order, events: 12)
    let again = try DataSetJSON.decode(HoldOut.self, DataSetJSON.encode(held), "training.json")
    #expect(again == held && again.test == test && again.events == 12)
  }

  @Test func theFileSaysWhatItMeans() {
    let text = String(decoding: DataSetJSON.encode(HoldOut(.last, order: .random(seed: 7), events: 3)), as: UTF8.self)
    #expect(text == "{\n  \"draw_seed\" : 7,\n  \"events\" : 3,\n  \"test\" : \"last\"\n}\n")
  }

  @Test func theValidationComesOutOfWhatTheTestLeaves() {
    var log = Interactions()
    for time in 1...5 { log.append(user: 0, item: time, time: Int64(time)) }
    #expect(HoldOut(.nothing, events: 5).parts(log) == [.training, .training, .training, .training, .validation])
    #expect(HoldOut(.last, events: 5).parts(log) == [.training, .training, .training, .validation, .test])
    #expect(HoldOut(.date(4), events: 5).parts(log) == [.training, .training, .validation, .test, .test])
    #expect(HoldOut(.lastTwo, events: 5).parts(log) == [.training, .training, .training, .validation, .test])
    let drawn = HoldOut(.last, order: .random(seed: 3), events: 5).parts(log)
    #expect(drawn[4] == .test && drawn.count { $0 == .validation } == 1)
    var held = HoldOut(.last, events: 5)
    #expect(held.isLearned(.training) && !held.isLearned(.validation) && !held.isLearned(.test))
    held.isRefitted = true
    #expect(held.isLearned(.validation) && !held.isLearned(.test) && held.manner == "refitted")
    var strict = HoldOut(.lastTwo, events: 5)
    #expect(!strict.isGiven(.validation) && strict.manner == "strict")
    strict.isFolded = true
    #expect(strict.isGiven(.validation) && !strict.isLearned(.validation) && strict.manner == "strict")
    #expect(!strict.isGiven(.test))
  }

  @Test func whereWhatIsKnownIsKeptTheLastVisitIsHeldOut() throws {
    var log = Interactions()
    for (time, item) in [(1, 0), (2, 1), (11, 0), (12, 2), (21, 0), (29, 1)] {
      log.append(user: 0, item: item, time: Int64(time))
    }
    let held = HoldOut(.nothing, visit: 10, events: 6)
    #expect(held.parts(log).map { $0 == .validation } == [false, false, false, false, true, true])
    let again = try DataSetJSON.decode(HoldOut.self, DataSetJSON.encode(held), "training.json")
    #expect(again == held && again != HoldOut(.nothing, events: 6))
    #expect(throws: DataError.self) {
      try DataSetJSON.decode(
        HoldOut.self, Array(#"{"test": "nothing", "events": 6, "visit": 0}"#.utf8), "training.json")
    }
  }

  @Test func whatIsHeldOutIsReadFromText() {
    #expect(
      HoldOut.Test("none") == .nothing && HoldOut.Test("last") == .last
        && HoldOut.Test("last-two") == .lastTwo
        && HoldOut.Test("date:1970-01-02") == .date(86_400_000))
    for text in ["", "test", "validation", "date:x"] { #expect(HoldOut.Test(text) == nil) }
  }
}
