import Arrangement
import Kernels
import Testing
import Vocabulary

@Suite struct ArrangementTests {
  @Test func eachStepTellsWhatItMovedAndWhatItCost() throws {
    var arrangement = Arrangement(order: [0, 1, 2, 3], logits: [4, 3, 2, nil], k: 2)
    arrangement.take(.diversity, [0, 2, 1, 3])
    arrangement.take(.pins, [3, 0, 2, 1])
    #expect(arrangement.order == [3, 0, 2, 1])
    let steps = arrangement.steps
    #expect(steps.map(\.kind) == [.diversity, .pins] && steps.map(\.moved) == [2, 4])
    #expect(steps[0].cost == 1 && steps[1].cost == 2)
    #expect(abs(steps[0].clicksCost - (Exact.sigmoid(3) - Exact.sigmoid(2))) < 1e-6)
    #expect(arrangement.moves(of: 2).map(\.places) == [1, -1])
    #expect(arrangement.moves(of: 3).map(\.places) == [3] && arrangement.moves(of: 0).map(\.places) == [-1])
  }

  @Test func whatACapLeavesOutDoesNotCountAsMoved() {
    var arrangement = Arrangement(order: [0, 1, 2], logits: [3, 2, 1], k: 2)
    arrangement.take(.caps, [0, 2])
    #expect(arrangement.steps[0].moved == 1 && arrangement.steps[0].cost == 1)
    #expect(arrangement.moves(of: 1).isEmpty && arrangement.moves(of: 2).map(\.places) == [1])
  }

  @Test func exposureFallsWithThePlace() {
    #expect(ExposureBalance.exposure(0) == 1)
    #expect(abs(ExposureBalance.exposure(2) - 0.5) < 1e-12)
    #expect(abs(ExposureBalance.exposure(1) - 0.630_929_753_571) < 1e-9)
  }

  @Test func aGroupIsOwedWhatItsTargetLacks() {
    var balance = ExposureBalance(groups: 2)
    #expect(balance.owed(0, target: 0.5) == 0)
    balance.add([0, nil, 0])
    balance.add([0, nil, nil])
    #expect(balance.owed(0, target: 0.1) == 0)
    // Half of two lists, of which it had nothing.
    #expect(abs(balance.owed(1, target: 0.5) - 1) < 1e-12)
    #expect(balance.share(of: 1) == 0)
  }

  @Test func additionsMoveAGroupUp() {
    #expect(ExposureBalance.order(logits: [3, 2, 1], additions: [0, 0, 0]) == [0, 1, 2])
    #expect(ExposureBalance.order(logits: [3, 2, 1], additions: [0, 0, 1.5]) == [0, 2, 1])
    // The order so far counts, not the logits: they stand at the places of the list.
    #expect(ExposureBalance.order(logits: [1, 3, 2], additions: [0, 0, 0]) == [0, 1, 2])
  }

  @Test func manyListsOverTimeComeToTheTarget() {
    var balance = ExposureBalance(groups: 1)
    let logits = (0..<10).map { 1 - Float($0) / 10 }
    for _ in 0..<400 {
      let owed = Float(balance.owed(0, target: 0.3))
      // The last three of ten are the group.
      let order = ExposureBalance.order(logits: logits, additions: (0..<10).map { $0 >= 7 ? 0.25 * owed : 0 })
      balance.add(order.prefix(5).map { $0 >= 7 ? 0 : nil })
    }
    #expect(abs(balance.share(of: 0) - 0.3) < 0.02)
  }
}
