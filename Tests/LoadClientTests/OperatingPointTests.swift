import LoadClient
import Testing

struct OperatingPointTests {
  /// Runs a search on a server that says, for a rate and the number of the trial, whether the promise holds.
  private func search(
    start: Double = 100, range: ClosedRange<Double> = 1...100_000, _ holds: (Double, Int) -> Bool
  ) -> (point: OperatingPoint, tried: [Double]) {
    var point = OperatingPoint(start: start, range: range)
    var tried: [Double] = []
    while let rate = point.next, tried.count < 200 {
      tried.append(rate)
      point.finished(rate, held: holds(rate, tried.count))
    }
    return (point, tried)
  }

  @Test(arguments: [1.5, 99, 101, 730, 2650, 51_000]) func highestRateIsFoundAndConfirmed(capacity: Double) throws {
    let (point, tried) = search { rate, _ in rate <= capacity }
    let best = try #require(point.best)
    let failed = try #require(point.failed)
    #expect(best <= capacity && failed > capacity && failed / best <= 1.05)
    #expect(tried.count { $0 == best } == OperatingPoint.holdsWanted)
    #expect(tried.count < 40)
  }

  @Test func serverWithoutALimitStopsAtTheHighestRate() {
    let (point, _) = search(range: 1...1000) { _, _ in true }
    #expect(point.best == 1000)
    #expect(point.failed == nil)
  }

  @Test func serverThatHoldsNothingHasNoRate() {
    let (point, tried) = search { _, _ in false }
    #expect(point.best == nil)
    #expect(point.failed == 1)
    #expect(tried.last == 1)
  }

  @Test func oneBadRunIsNotBelieved() throws {
    let (point, _) = search { rate, trial in rate <= 500 && trial != 2 }
    #expect(try #require(point.best) > 470)
  }

  /// A rate that holds now and then is no operating point.
  @Test func rateThatFailsItsConfirmationIsGivenUp() throws {
    var seen: [Double: Int] = [:]
    let (point, _) = search { rate, _ in
      seen[rate, default: 0] += 1
      return rate <= 300 || (rate <= 400 && seen[rate] == 1)
    }
    let best = try #require(point.best)
    #expect(best <= 300 && best > 250)
  }
}
