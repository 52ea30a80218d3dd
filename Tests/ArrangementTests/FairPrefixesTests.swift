import Testing
import Vocabulary

@testable import Arrangement

@Suite struct FairPrefixesTests {
  /// The distribution function of a binomial distribution, term by term from the definition.
  private static func distribution(_ m: Int, of n: Int, share: Double) -> Double {
    (0...m).reduce(0) { sum, j in
      var term = 1.0
      for i in 0..<j { term *= Double(n - i) / Double(i + 1) * share }
      for _ in 0..<(n - j) { term *= 1 - share }
      return sum + term
    }
  }

  @Test(arguments: [0.05, 0.1, 0.3, 0.5]) func minimaAreThoseOfTheTest(significance: Double) {
    for share in [0.02, 0.1, 0.25, 0.5, 0.75, 0.95] {
      let fair = FairPrefixes(shares: [share], significance: significance, places: 60)
      for n in 1...60 {
        let least = fair.least[0][n - 1]
        #expect(Self.distribution(least, of: n, share: share) > significance - 1e-9)
        if least > 0 { #expect(Self.distribution(least - 1, of: n, share: share) <= significance + 1e-9) }
      }
    }
  }

  /// FA*IR of one group, as the paper has it: the group's best if the minimum asks for it, else the better of both.
  private static func slow(_ isOfGroup: [Bool], least: [Int]) -> [Int] {
    var group = isOfGroup.indices.filter { isOfGroup[$0] }
    var others = isOfGroup.indices.filter { !isOfGroup[$0] }
    var (order, count): ([Int], Int) = ([], 0)
    for minimum in least.prefix(isOfGroup.count) {
      let mustBe = count < minimum && !group.isEmpty
      if mustBe || others.isEmpty || (group.first ?? .max) < (others.first ?? .max), !group.isEmpty {
        order.append(group.removeFirst())
        count += 1
      } else {
        order.append(others.removeFirst())
      }
    }
    let taken = Set(order)
    return order + isOfGroup.indices.filter { !taken.contains($0) }
  }

  @Test func oneGroupIsPlacedAsThePaperSays() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<200 {
      let count = 1 + Int(random.next() % 60)
      let rate = 1 + random.next() % 9
      let isOfGroup = (0..<count).map { _ in random.next() % 10 < rate }
      let share = Double(1 + random.next() % 9) / 10
      let fair = FairPrefixes(shares: [share], significance: 0.1, places: min(count, 30))
      #expect(fair.order(of: isOfGroup.map { $0 ? 0 : nil }) == Self.slow(isOfGroup, least: fair.least[0]))
    }
  }

  /// Whether every prefix of a list of groups has the minima.
  private static func holds(_ fair: FairPrefixes, _ groups: [Int?]) -> Bool {
    fair.least.enumerated().allSatisfy { group, least in
      least.enumerated().allSatisfy { n, minimum in groups[...n].count { $0 == group } >= minimum }
    }
  }

  @Test func everyPrefixHoldsForSeveralGroups() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<100 {
      let groupCount = 1 + Int(random.next() % 5)
      var shares = (0..<groupCount).map { _ in Double(random.next() % 100) / 100 }
      let sum = max(1, shares.reduce(0, +))
      shares = shares.map { $0 / sum }
      let fair = FairPrefixes(shares: shares, significance: Double(1 + random.next() % 5) / 10, places: 25)
      // Enough of each group, in any order.
      var groups: [Int?] = (0..<groupCount).flatMap { [Int?](repeating: $0, count: 25) }
      groups += [Int?](repeating: nil, count: 25)
      for place in stride(from: groups.count - 1, to: 0, by: -1) {
        groups.swapAt(place, Int(random.next() % UInt64(place + 1)))
      }
      let order = fair.order(of: groups)
      #expect(order.sorted() == Array(groups.indices))
      #expect(Self.holds(fair, order.map { groups[$0] }))
      // What holds already stays as it is.
      let placed = order.map { groups[$0] }
      #expect(fair.order(of: placed).prefix(25).elementsEqual(0..<25))
    }
  }

  @Test func aGroupWithoutCandidatesLeavesItsPlaces() {
    let fair = FairPrefixes(shares: [0.5], significance: 0.1, places: 10)
    #expect(fair.order(of: [Int?](repeating: nil, count: 12)) == Array(0..<12))
  }
}
