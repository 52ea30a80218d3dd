import Testing
import Vocabulary

@testable import Privacy

/// No user moves a sum by more than 1, whatever their log is.
@Suite struct SensitivityTests {
  private let settings = NeighbourSettings()

  private func kept(_ count: Int) -> KeptItems {
    var random = SplitMix64(seed: 5)
    let counts = ItemCounts(sums: (0..<count).map { _ in Int64(random.next() >> 34) + 1 << 27 })
    return counts.kept(GaussianMechanism("", sigma: 0.5), settings)
  }

  private func history(_ items: Int, _ count: Int, _ random: inout SplitMix64) -> [UInt32] {
    var seen: Set<UInt32> = []
    return (0..<count).compactMap { _ in
      let item = UInt32(random.next() % UInt64(items))
      return seen.insert(item).inserted ? item : nil
    }
  }

  @Test func oneUserMovesEachSumByOneAtMost() {
    let items = 300
    let kept = kept(items)
    var pairs = UserPairs(kept, settings)
    var random = SplitMix64(seed: 11)
    for user in 0..<10_000 {
      let length = user % 97 == 0 ? 1 : Int(random.next() % 40) + 1
      let history = history(items, length, &random)
      pairs.set(history.map(Int.init))
      #expect(Fixed.isWithin1(pairs.values))
      #expect(Set(pairs.cells).count == pairs.cells.count)
      let share = ItemCounts.share(of: history.count)
      #expect(Fixed.isWithin1([Int64](repeating: share, count: history.count)))
    }
    pairs.set([3])
    #expect(pairs.values.isEmpty)
    pairs.set((0..<items).map { $0 })
    #expect(Fixed.isWithin1(pairs.values))
  }

  @Test func aSumBeyondTheBoundIsSeen() {
    #expect(Fixed.isWithin1([1 << 24]))
    #expect(!Fixed.isWithin1([1 << 24, 1]))
    #expect(!Fixed.isWithin1([.min]))
  }

  @Test func droppingAUserMovesTheSumsByTheirShareAlone() {
    var random = SplitMix64(seed: 3)
    let items = 40
    let histories = (0..<30).map { _ in history(items, 12, &random) }
    let all = PrivateLog(itemCount: items, histories: histories)
    var settings = settings
    // Of 30 users, so that some items are kept and others are not.
    settings.leastCount = 2
    let kept = ItemCounts(all).kept(GaussianMechanism("", sigma: 0), settings)
    #expect(kept.count > 5 && kept.count < items)
    for user in histories.indices {
      var others = histories
      others.remove(at: user)
      let fewer = PrivateLog(itemCount: items, histories: others)
      let counts = zip(ItemCounts(all).sums, ItemCounts(fewer).sums).map { $0 - $1 }
      #expect(Fixed.isWithin1(counts))
      let pairs = zip(
        NeighbourSums(all, kept, settings).sums, NeighbourSums(fewer, kept, settings).sums
      ).map { $0 - $1 }
      #expect(Fixed.isWithin1(pairs))
      #expect(pairs.contains { $0 != 0 } == (histories[user].count { kept.items.contains($0) } > 1))
    }
  }

  @Test func everyCellHasNoiseAndThreadsDoNotMatter() throws {
    let log = PrivateLog(
      itemCount: 30, histories: (0..<40).map { user in (0..<8).map { UInt32(($0 * 3 + user) % 30) } })
    let plain = ItemCounts(log).kept(GaussianMechanism("", sigma: 0), settings)
    let quiet = NeighbourSums(log, plain, settings)
    let mechanism = GaussianMechanism("", sigma: 3)
    var sums = (1...3).map { _ in quiet }
    for (place, threads) in [1, 2, 7].enumerated() {
      sums[place].add(mechanism, DiscreteGaussianTests.key, threads: threads)
    }
    #expect(sums[0] == sums[1] && sums[0] == sums[2])
    #expect(zip(sums[0].sums, quiet.sums).allSatisfy { $0 != $1 })
    var counts = ItemCounts(log)
    let before = counts.sums
    counts.add(mechanism, DiscreteGaussianTests.key)
    #expect(zip(counts.sums, before).allSatisfy { $0 != $1 })
  }

  @Test func bothReleasesTogetherHaveTheBudget() throws {
    let terms = try PrivacyTerms(epsilon: 4)
    let sigma = try #require(RenyiCurve.sigma(epsilon: 4, delta: terms.delta))
    let made = settings.mechanisms(mu: 1 / sigma)
    #expect(RenyiCurve([made.counts, made.pairs]).epsilon(delta: terms.delta).epsilon <= 4)
    #expect(RenyiCurve([made.counts, made.pairs]).epsilon(delta: terms.delta).epsilon > 3.999)
  }
}
