import Glibc
import LoadClient
import Testing

struct QualityTallyTests {
  @Test func sameAnswerIsPerfect() {
    var tally = QualityTally()
    tally.compare([3, 1, 2], with: [3, 1, 2], at: [1, 3])
    tally.compare([], with: [], at: [1, 3])
    #expect(tally.recall(at: 3) == 1 && tally.ndcg(at: 3) == 1 && tally.recall(at: 1) == 1)
    #expect(tally.sameCount == 2)
    #expect(tally.recall(at: 2) == nil)
  }

  @Test func missingAndMisplacedItemsCost() throws {
    var tally = QualityTally()
    tally.compare([1, 3, 2, 9], with: [1, 2, 3, 4], at: [1, 4])
    #expect(tally.recall(at: 1) == 1)
    #expect(tally.recall(at: 4) == 0.75)
    // Gains 1, 3/4, 2/4, 1/4 of the exact answer's places.
    let gained = 1 / log2(2.0) + 0.5 / log2(3.0) + 0.75 / log2(4.0)
    let best = 1 / log2(2.0) + 0.75 / log2(3.0) + 0.5 / log2(4.0) + 0.25 / log2(5.0)
    #expect(try abs(#require(tally.ndcg(at: 4)) - gained / best) < 1e-12)
    #expect(tally.sameCount == 0)
    tally.fail()
    #expect(tally.comparedCount == 1 && tally.failedCount == 1)
  }
}
