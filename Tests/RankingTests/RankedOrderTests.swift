import Ranking
import Testing
import Vocabulary

@Suite struct RankedOrderTests {
  @Test func groupsAreCappedAndMissingValuesAreNot() {
    var cap = GroupCap(most: 1)
    let values: [AttributeValue?] = [.keyword("a"), .keyword("a"), nil, nil, .int(1), .int(2), .keyword("b"), .int(1)]
    #expect(values.map { cap.admits($0) } == [true, false, true, true, true, true, true, false])
    #expect(cap.displacedCount == 2)
  }

  @Test func unrankedFollowNotFiniteAndFinite() {
    let order = RankedOrder(
      ids: [9, 8, 7, 6, 5, 4].map { ItemID($0) }, logits: [Score(1), nil, Score(2), Score(1), nil])
    #expect(order.positions == [2, 3, 0, 4, 1, 5])
    #expect(order.finiteCount == 3)
  }

  @Test func theFirstAreTakenUnderTheCap() {
    let values: [AttributeValue?] = [.keyword("a"), .keyword("a"), .keyword("b"), nil, .keyword("a"), .keyword("b")]
    let order = RankedOrder(
      ids: (0..<6).map { ItemID($0) }, logits: [Score(1), Score(5), Score(4), nil, Score(3), Score(2)])
    let plain = order.first(4)
    #expect(plain.positions == [1, 2, 4, 5] && plain.finiteCount == 4 && plain.displacedCount == 0)
    let capped = order.first(4, most: 1) { values[$0] }
    #expect(capped.positions == [1, 2, 3] && capped.finiteCount == 2 && capped.displacedCount == 3)
  }
}
