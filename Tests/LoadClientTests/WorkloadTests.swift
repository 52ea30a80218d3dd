import LoadClient
import Testing
import Vocabulary
import WinnowClient

struct WorkloadTests {
  private func workload(seed: UInt64 = 1) -> Workload {
    var workload = Workload(template: RankQuery(collection: "shop", k: 10, depth: 100), seed: seed)
    workload.users = 5...104
    return workload
  }

  private func text(_ query: RankQuery) -> String { "\(query)" }

  @Test func requestsAreAFunctionOfSeedAndIndex() {
    var a = workload()
    a.sessionLengths = 0...5
    a.k = WeightedChoice("10,20", in: 1...100)
    #expect((0..<50).map { text(a.query($0)) } == (0..<50).reversed().map { text(a.query($0)) }.reversed())
    var b = workload(seed: 2)
    b.sessionLengths = 0...5
    #expect((0..<50).map { text(a.query($0)) } != (0..<50).map { text(b.query($0)) })
  }

  @Test func shoppersFollowZipf() {
    var load = workload()
    load.userExponent = 1
    var counts: [UInt64: Int] = [:]
    for index in 0..<20_000 { counts[load.query(index).user?.rawValue ?? 0, default: 0] += 1 }
    #expect(counts.keys.allSatisfy { (5...104).contains($0) })
    // The harmonic number of 100 is 5.187.
    for (rank, share) in [(1, 1 / 5.187), (2, 0.5 / 5.187), (10, 0.1 / 5.187)] {
      let seen = Double(counts[UInt64(rank) + 4] ?? 0) / 20_000
      #expect(abs(seen - share) < 0.012, "rank \(rank): \(seen)")
    }
  }

  @Test(arguments: [0, 0.5, 1, 1.5, 3]) func ranksStayInRange(exponent: Double) {
    for count in [1, 2, 1000, UInt64.max] {
      let zipf = ZipfDistribution(count: count, exponent: exponent)
      for index in 0..<200 {
        var draws = RequestDraws(seed: 3, index: index)
        #expect((1...count).contains(zipf.rank(&draws)))
      }
    }
  }

  @Test func sessionsAndMixesKeepTheirShares() {
    var load = workload()
    load.sessionLengths = 2...4
    load.items = 7...9
    load.k = WeightedChoice("10:3,50:1", in: 1...100)
    load.depth = WeightedChoice("20", in: 1...100)
    let queries = (0..<2000).map { load.query($0) }
    #expect(Set(queries.map(\.sessionItems.count)) == [2, 3, 4])
    #expect(queries.allSatisfy { $0.sessionItems.allSatisfy { (7...9).contains($0.rawValue) } })
    #expect(abs(queries.count { $0.k == 10 } - 1500) < 80)
    #expect(queries.allSatisfy { $0.depth == max(20, $0.k) })
  }

  @Test func readsWritesAndRemovalsKeepTheirWeights() {
    var load = workload()
    load.mix = (90, 9, 1)
    var counts = (query: 0, upsert: 0, delete: 0)
    for index in 0..<10_000 {
      switch load.operation(index) {
      case .query: counts.query += 1
      case .upsert: counts.upsert += 1
      case .delete: counts.delete += 1
      }
    }
    #expect(abs(counts.query - 9000) < 150 && abs(counts.upsert - 900) < 120 && abs(counts.delete - 100) < 50)
  }

  @Test(arguments: ["", "x", "10:", "10:0", "0", "101", "10:1:1", "10,", "10:-1", "10:inf"])
  func badMixesAreRefused(text: String) { #expect(WeightedChoice(text, in: 1...100) == nil) }

  @Test func filtersLetTheirShareThrough() throws {
    let values = (0..<1000).map { Double($0) / 2 }
    let windows = try #require(FilterWindows(attribute: "price", sample: values, shares: [0.01, 0.2]))
    var seen: Set<Int> = []
    for index in 0..<100 {
      var draws = RequestDraws(seed: 1, index: index)
      let parts = windows.filter(&draws).split(separator: " ")
      #expect(parts.count == 7 && parts[0] == "price" && parts[1] == ">=" && parts[3] == "and" && parts[5] == "<=")
      let (low, high) = (try #require(Double(parts[2])), try #require(Double(parts[6])))
      seen.insert(values.count { $0 >= low && $0 <= high })
    }
    #expect(seen == [10, 200])
    #expect(FilterWindows(attribute: "price", sample: [], shares: [0.5]) == nil)
  }

  @Test func listedQueriesComeInTurn() {
    var load = workload()
    load.listed = [RankQuery(collection: "a"), RankQuery(collection: "b")]
    #expect((0..<4).map { load.query($0).collection } == ["a", "b", "a", "b"])
  }
}
