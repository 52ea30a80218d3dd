@testable import DataSets
import Learning
import Names
import Support
import Testing
import Vocabulary

/// Users of some groups count more in what the re-ranker learns.
struct GroupWeightTests {
  /// Which taste a network serves that cannot tell users apart, by how much users of an even number count.
  private static func favoursEven(_ loss: RankingLoss, weight: Float) -> Bool {
    let log = TrainerTests.log()
    let network = TrainerTests.network(log, NetworkShape(dimension: 6, hidden: [12], usesUser: false))
    let options = TrainerTests.options {
      $0.loss = loss
      $0.epochs = 8
      $0.userWeights = (0..<log.userCount).map { $0.isMultiple(of: 2) ? weight : 1 }
    }
    _ = RankingTrainer(network, log, options, known: Histories(log)).run()
    let logits = network.logits(user: 0, items: Array(0..<40))
    return logits[..<20].reduce(0, +) > logits[20...].reduce(0, +)
  }

  @Test(arguments: RankingLoss.allCases) func theGroupThatCountsMoreIsServedBetter(loss: RankingLoss) {
    #expect(Self.favoursEven(loss, weight: 8) && !Self.favoursEven(loss, weight: 0.125))
  }

  @Test func weightsOfOneChangeNoBit() {
    let log = TrainerTests.log()
    let runs = [nil, [Float](repeating: 1, count: log.userCount)].map { weights in
      let network = TrainerTests.network(log)
      _ = RankingTrainer(network, log, TrainerTests.options { $0.userWeights = weights }).run()
      return TrainerTests.bits(network)
    }
    #expect(runs[0] == runs[1])
  }

  @Test func groupsAreThoseOfAnAttribute() throws {
    let log = TrainerTests.log(users: 4)
    var (users, items) = (IDDictionary("users.dict"), IDDictionary("items.dict"))
    for user in 0..<log.userCount { _ = try users.add("\(user)") }
    for item in 0..<log.itemCount { _ = try items.add("\(item)") }
    let data = DataSet(
      log, kinds: [EventKind](repeating: .click, count: log.count), values: [Float](repeating: 1, count: log.count),
      hasClock: false, users: users, items: items, itemTable: ([], []),
      userTable: (
        [AttributeDefinition(name: "gender", type: .keyword)], [[.keyword("F"), .keyword("M"), nil, .keyword("F")]]
      ))
    #expect(try #require(GroupWeights("gender:F=2.5")).ofUsers(data) == [2.5, 1, 1, 2.5])
    #expect(try #require(GroupWeights("gender:F=2,(none)=0.5")).ofUsers(data) == [2, 1, 0.5, 2])
    #expect(throws: FitError.noUserAttribute("age")) { try #require(GroupWeights("age:1=2")).ofUsers(data) }
    #expect(throws: FitError.noUserGroup("gender", "X")) { try #require(GroupWeights("gender:X=2")).ofUsers(data) }
    for text in [
      "", "gender", "gender:", "gender:F", "gender:F=0", "gender:F=-1", "gender:F=nan", "gender:F=1e9",
      "gender:F=1,F=2", "gender:=1", "gender:F=1,",
    ] {
      #expect(GroupWeights(text) == nil, "\(text)")
    }
  }
}
