import Testing

@testable import DataSets

struct SplitTests {
  private func log() -> Interactions {
    var log = Interactions()
    for (user, item, time) in [(0, 0, 5), (0, 1, 3), (0, 2, 9), (1, 1, 1), (1, 2, 2), (2, 3, 4), (2, 0, 4), (2, 1, 4)] {
      log.append(user: user, item: item, time: Int64(time))
    }
    return log
  }

  @Test func lastItemIsTestedAndTheOneBeforeItValidates() {
    let split = Split(log(), .lastOut)
    #expect(split.test == [[2], [], [1]])
    #expect(split.validation == [[0], [], [0]])
    #expect(zip(split.training.users, split.training.items).map { [$0, $1] } == [[0, 1], [1, 1], [1, 2], [2, 3]])
    #expect(split.training.itemCount == 4)
  }

  @Test func datesDivideAll() {
    let split = Split(log(), .dates(validation: 4, test: 9))
    #expect(split.test == [[2], [], []])
    #expect(split.validation == [[0], [], [3, 0, 1]])
    #expect(split.training.count == 3)
  }

  @Test func randomOneIsOneOfEachAndTheSameForASeed() {
    let split = Split(log(), .randomOne(seed: 5))
    #expect(split.validation.map(\.count) == [1, 1, 1])
    #expect(split.training.count == 5)
    #expect(Split(log(), .randomOne(seed: 5)).validation == split.validation)
    for user in 0..<3 { #expect(!Histories(split.training).contains(user, split.validation[user][0])) }
  }
}

struct TestCaseFileTests {
  private func read(_ ratings: String, _ negatives: String) throws -> [TestCase] {
    try TestCase.readNCF(
      ratings: InputFile(name: "t.rating", pieces: [Array(ratings.utf8)]),
      negatives: InputFile(name: "t.negative", pieces: [Array(negatives.utf8)])
    ) {
      Int($0).flatMap { $0 < 3 ? $0 : nil }
    } item: {
      Int($0).flatMap { $0 < 100 ? $0 : nil }
    }
  }

  @Test func negativesOfThePaperAreReadWithoutTheTestedItem() throws {
    let tests = try read("0\t25\t5\t978824351\n1\t7\t3\t978300174\n", "(0,25)\t1\t25\t3\n(1,7)\t4\t5\n")
    #expect(
      tests == [
        TestCase(user: 0, relevant: [25], others: [1, 3]), TestCase(user: 1, relevant: [7], others: [4, 5]),
      ])
  }

  @Test(arguments: [
    ("(0,26)\t1\n", 1), ("(0,25)\t1\n(1,7)\t2\n", 2), ("0,25\t1\n", 1), ("(0,25)\t1\t200\n", 1), ("(9,25)\t1\n", 1),
    ("(0,25)\tx\n", 1),
  ]) func filesThatDisagreeAreAnError(negatives: String, line: Int) throws {
    let error = #expect(throws: DataError.self) { try read("0\t25\t5\t978824351\n", negatives) }
    #expect(error?.line == line)
    #expect(error?.file == "t.negative")
  }

  @Test func missingTestsAreAnError() {
    #expect(throws: DataError.self) { try read("0\t25\t5\t1\n1\t7\t5\t1\n", "(0,25)\t1\n") }
  }
}
