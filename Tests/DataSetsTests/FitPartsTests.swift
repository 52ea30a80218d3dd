import DataSets
import Testing

struct FitPartsTests {
  private static func log(_ counts: [Int]) -> Interactions {
    var log = Interactions(userCount: counts.count, itemCount: 20)
    for place in 0..<20 {
      for (user, count) in counts.enumerated() where place < count {
        log.append(user: user, item: (user + place) % 20, time: Int64(place))
      }
    }
    return log
  }

  @Test func eachEventHasOnePurposeAndTheLatestIsHeldOut() {
    let parts = FitParts(Self.log([1, 2, 3, 11]), rerankShare: 0.2)
    #expect(parts.tower.count + parts.reranker.count + parts.validation.count == 17)
    #expect(parts.known.count == parts.tower.count + parts.reranker.count)
    // One event: for the tower. Two: the later for the re-ranker. Three: the last is held out.
    #expect(parts.validation == [TestCase(user: 2, relevant: [4]), TestCase(user: 3, relevant: [13])])
    let reranked = zip(parts.reranker.users, parts.reranker.items).map { [$0, $1] }.sorted { $0[0] < $1[0] }
    #expect(reranked == [[1, 2], [2, 3], [3, 11], [3, 12]])
  }

  @Test func whatAUserDoesWithOneItemGoesTogether() {
    var log = Interactions(userCount: 1, itemCount: 6)
    for (time, item) in [0, 1, 2, 2, 3, 4, 4, 1, 4].enumerated() { log.append(user: 0, item: item, time: Int64(time)) }
    let parts = FitParts(log, rerankShare: 0.3)
    #expect(parts.validation == [TestCase(user: 0, relevant: [4])])
    #expect(parts.isValidation == [false, false, false, false, false, true, true, false, true])
    #expect(Array(parts.reranker.items) == [3] && Array(parts.tower.items) == [0, 1, 2, 2, 1])
  }

  @Test func visitsAreNotDividedAndKnownItemsAreCases() {
    var log = Interactions(userCount: 2, itemCount: 6)
    for (time, item) in [(-5, 0), (1, 1), (9, 2), (11, 0), (15, 3), (22, 0), (22, 0), (25, 4)] {
      log.append(user: 0, item: item, time: Int64(time))
    }
    log.append(user: 1, item: 5, time: 1)
    log.append(user: 1, item: 5, time: 11)
    let parts = FitParts(log, rerankShare: 0.3, visit: 10)
    // User 1 has two visits: none is held out, and the later is for the re-ranker.
    #expect(parts.validation == [TestCase(user: 0, relevant: [0, 4])])
    #expect(Array(parts.tower.items) == [0, 1, 2, 5] && Array(parts.reranker.items) == [0, 3, 5])
    #expect(parts.isValidation.filter { $0 }.count == 3)
  }

  @Test func givenEventsAreTheValidationAndCasesOnlyWhereTheirItemIsNew() {
    var log = Interactions(userCount: 2, itemCount: 6)
    for (time, item) in [0, 1, 2, 1].enumerated() { log.append(user: 0, item: item, time: Int64(time)) }
    for (time, item) in [3, 4, 5].enumerated() { log.append(user: 1, item: item, time: Int64(time)) }
    let parts = FitParts(log, rerankShare: 0.3, heldOut: [false, false, false, true, false, false, true])
    #expect(parts.isValidation == [false, false, false, true, false, false, true])
    // User 0 has had item 1: nothing is held out in its place.
    #expect(parts.validation == [TestCase(user: 1, relevant: [5])])
    #expect(Array(parts.known.items) == [0, 1, 2, 3, 4] && Array(parts.reranker.items) == [2, 4])
  }

  @Test func aLogWithoutOrderIsDividedByADrawThatItsSeedRepeats() {
    let log = Self.log([9, 9, 9, 9, 9, 9])
    let draws = [1, 1, 2].map { FitParts(log, order: .random(seed: $0)).validation }
    #expect(draws[0] == draws[1] && draws[0] != draws[2])
    #expect(draws[0] != FitParts(log).validation)
  }

  @Test func onlyNewEventsAreDividedWhereATowerKnowsTheOld() {
    let users = 25
    let old = Self.log([Int](repeating: 4, count: users))
    var log = old
    for user in 0..<users {
      log.append(user: user, item: user % 20, time: 100)
      log.append(user: user, item: (user + 9) % 20, time: 101)
    }
    let parts = FitParts(log, oldCount: old.count)
    #expect(parts.tower.count == old.count && Array(parts.reranker.items) == (0..<users).map { UInt32($0 % 20) })
    #expect(parts.validation == (0..<users).map { TestCase(user: $0, relevant: [UInt32(($0 + 9) % 20)]) })
  }

  @Test func aHandfulOfNewEventsIsAllLearnedFrom() {
    var log = Self.log([4, 4])
    log.append(user: 1, item: 12, time: 100)
    log.append(user: 1, item: 13, time: 101)
    let parts = FitParts(log, oldCount: 8)
    #expect(parts.tower.count == 8 && Array(parts.reranker.items) == [12, 13])
    #expect(parts.validation.isEmpty)
  }

  @Test func newEventsOnOldItemsAreForTheReranker() {
    // As many users as it takes to hold out anything; user 0 has had items 0 to 3.
    let old = Self.log([Int](repeating: 4, count: 20))
    var log = old
    for (time, item) in [2, 9, 9, 10].enumerated() { log.append(user: 0, item: item, time: Int64(100 + time)) }
    for user in 1..<20 { log.append(user: user, item: (user + 10) % 20, time: 100) }
    let parts = FitParts(log, oldCount: old.count)
    #expect(parts.tower.count == old.count && Array(parts.reranker.items) == [2, 9, 9])
    #expect(parts.validation.first == TestCase(user: 0, relevant: [10]) && parts.validation.count == 20)
  }

  @Test func casesAreTakenEvenlyFromAllUsers() {
    let parts = FitParts(Self.log([Int](repeating: 5, count: 40)), casesMax: 4)
    #expect(parts.validation.map(\.user) == [0, 10, 20, 30])
  }
}
