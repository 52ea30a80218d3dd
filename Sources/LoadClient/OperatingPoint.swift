/// Looks for the highest rate at which a promise is kept: doubles it until the promise breaks, closes in, and confirms.
///
/// One run proves little on a machine with noise: a rate is given up when it has failed twice, and is confirmed when it
/// has held `holdsWanted` times before that.
package struct OperatingPoint: Sendable {
  /// How often each rate held and failed.
  private struct Score: Sendable {
    var holds = 0
    var failures = 0
  }

  /// Runs that a rate has to hold to be confirmed.
  package static let holdsWanted = 3
  /// Runs that a rate has to fail to be given up.
  package static let failuresWanted = 2

  private let start: Double
  private let range: ClosedRange<Double>
  /// How near the rate that failed may be, as a factor, for the search to end.
  private let resolution: Double
  private let trialsMax: Int
  private var scores: [Double: Score] = [:]
  private var trialCount = 0

  /// A search that begins at a rate.
  package init(start: Double, range: ClosedRange<Double>, resolution: Double = 1.05, trialsMax: Int = 60) {
    precondition(range.lowerBound > 0 && resolution > 1, "a search needs steps")
    self.start = min(max(start, range.lowerBound), range.upperBound)
    self.range = range
    self.resolution = resolution
    self.trialsMax = trialsMax
  }

  /// The lowest rate that was given up.
  package var failed: Double? { scores.filter { $0.value.failures >= Self.failuresWanted }.keys.min() }

  /// The highest rate below it that has held.
  private var held: Double? {
    let limit = failed ?? .infinity
    return scores.filter { $0.value.holds > 0 && $0.key < limit }.keys.max()
  }

  /// The highest rate that was confirmed.
  package var best: Double? {
    let limit = failed ?? .infinity
    return scores.filter { $0.value.holds >= Self.holdsWanted && $0.key < limit }.keys.max()
  }

  /// The rate to try now; `nil`: the search is over.
  package var next: Double? {
    guard trialCount < trialsMax else { return nil }
    // A rate that failed once is tried again at once: it may have been the machine.
    if let doubtful = scores.first(where: {
      $0.value.failures > 0 && $0.value.failures < Self.failuresWanted && $0.value.holds == 0 && $0.key < limit
    }) {
      return doubtful.key
    }
    switch (held, failed) {
    case (nil, nil): return start
    case (nil, let failed?): return failed <= range.lowerBound ? nil : max(failed / 2, range.lowerBound)
    case (let held?, nil):
      return held < range.upperBound ? min(held * 2, range.upperBound) : confirmation(of: held)
    case (let held?, let failed?):
      return failed / held > resolution ? (held * failed).squareRoot() : confirmation(of: held)
    }
  }

  private var limit: Double { failed ?? .infinity }

  private func confirmation(of rate: Double) -> Double? {
    (scores[rate]?.holds ?? 0) < Self.holdsWanted ? rate : nil
  }

  /// Takes in whether a rate held.
  package mutating func finished(_ rate: Double, held: Bool) {
    trialCount += 1
    if held { scores[rate, default: Score()].holds += 1 } else { scores[rate, default: Score()].failures += 1 }
  }
}
