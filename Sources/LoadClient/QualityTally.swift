import Glibc

/// How near answers under load were to the exact ones, of a sample of queries, and whether items were what was written.
package struct QualityTally: Sendable, Equatable {
  /// The sums of a measure over all compared answers, by depth.
  package private(set) var recallSums: [Int: Double] = [:]
  package private(set) var ndcgSums: [Int: Double] = [:]
  /// Answers that were compared.
  package private(set) var comparedCount: UInt64 = 0
  /// Answers that were compared and are the same, item by item.
  package private(set) var sameCount: UInt64 = 0
  /// Answers of the sample for which no exact one was to be had.
  package private(set) var failedCount: UInt64 = 0

  /// Items that were compared with what was written.
  package private(set) var checkedCount: UInt64 = 0
  /// The results among them that differ, or are missing.
  package private(set) var wrongCount: UInt64 = 0

  /// Nothing yet.
  package init() {}

  /// A tally as it was kept in a file.
  package init(
    recallSums: [Int: Double], ndcgSums: [Int: Double], comparedCount: UInt64, sameCount: UInt64, failedCount: UInt64,
    checkedCount: UInt64, wrongCount: UInt64
  ) {
    self.checkedCount = checkedCount
    self.wrongCount = wrongCount
    self.recallSums = recallSums
    self.ndcgSums = ndcgSums
    self.comparedCount = comparedCount
    self.sameCount = sameCount
    self.failedCount = failedCount
  }

  /// Compares an answer with the exact one.
  ///
  /// - Parameter depths: How many of the first results count, once for each.
  package mutating func compare(_ answer: [UInt64], with exact: [UInt64], at depths: Set<Int>) {
    comparedCount += 1
    if answer == exact { sameCount += 1 }
    for k in depths {
      recallSums[k, default: 0] += Self.recall(answer.prefix(k), exact.prefix(k))
      ndcgSums[k, default: 0] += Self.ndcg(answer.prefix(k), exact.prefix(k))
    }
  }

  /// Counts an item that is, or is not, what was written.
  package mutating func check(isRight: Bool) {
    checkedCount += 1
    if !isRight { wrongCount += 1 }
  }

  /// Counts an answer that could not be compared.
  package mutating func fail() { failedCount += 1 }

  /// Adds another tally.
  package mutating func merge(_ other: QualityTally) {
    recallSums.merge(other.recallSums, uniquingKeysWith: +)
    ndcgSums.merge(other.ndcgSums, uniquingKeysWith: +)
    comparedCount += other.comparedCount
    sameCount += other.sameCount
    failedCount += other.failedCount
    checkedCount += other.checkedCount
    wrongCount += other.wrongCount
  }

  /// The mean share of the first `k` of the exact answer that was among the first `k`; `nil`: nothing was compared.
  package func recall(at k: Int) -> Double? { mean(recallSums[k]) }

  /// The mean normalised discounted cumulative gain of the first `k`, where the exact answer's place p, from 0, gains
  /// 1 − p / k; `nil`: nothing was compared.
  package func ndcg(at k: Int) -> Double? { mean(ndcgSums[k]) }

  private func mean(_ sum: Double?) -> Double? { sum.map { $0 / Double(max(1, comparedCount)) } }

  private static func recall(_ answer: ArraySlice<UInt64>, _ exact: ArraySlice<UInt64>) -> Double {
    exact.isEmpty ? 1 : Double(Set(answer).intersection(exact).count) / Double(exact.count)
  }

  private static func ndcg(_ answer: ArraySlice<UInt64>, _ exact: ArraySlice<UInt64>) -> Double {
    let gains = Dictionary(
      exact.enumerated().map { ($1, 1 - Double($0) / Double(exact.count)) }, uniquingKeysWith: { first, _ in first })
    func discounted(_ items: ArraySlice<UInt64>) -> Double {
      items.enumerated().reduce(0) { $0 + (gains[$1.element] ?? 0) / log2(Double($1.offset) + 2) }
    }
    return exact.isEmpty ? 1 : discounted(answer) / discounted(exact)
  }
}
