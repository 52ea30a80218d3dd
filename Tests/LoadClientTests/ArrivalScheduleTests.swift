import LoadClient
import Testing

struct ArrivalScheduleTests {
  @Test func constantArrivalsAreEven() {
    var schedule = ArrivalSchedule(.constant, rate: LoadRate(1000), seed: 1)
    #expect((0..<4).compactMap { _ in schedule.next() } == [0, 1_000_000, 2_000_000, 3_000_000])
  }

  @Test func poissonArrivalsComeFromTheSeedAndKeepTheRate() {
    var a = ArrivalSchedule(.poisson, rate: LoadRate(1000), seed: 1)
    var b = ArrivalSchedule(.poisson, rate: LoadRate(1000), seed: 1)
    var c = ArrivalSchedule(.poisson, rate: LoadRate(1000), seed: 2)
    let (x, y, z) = (
      (0..<20_000).compactMap { _ in a.next() }, (0..<20_000).compactMap { _ in b.next() },
      (0..<5).compactMap { _ in c.next() }
    )
    #expect(x == y)
    #expect(Array(x.prefix(5)) != z)
    #expect(zip(x, x.dropFirst()).allSatisfy { $0 <= $1 })
    let mean = Double(x[19_999]) / 19_999
    #expect(abs(mean - 1_000_000) < 30_000)
    // The share of distances above the mean is 1/e.
    let long = zip(x, x.dropFirst()).count { $1 - $0 > 1_000_000 }
    #expect(abs(Double(long) / 19_999 - 0.3679) < 0.015)
  }

  @Test(arguments: [(100.0, 300.0), (300, 100)]) func rampClimbsEvenlyAfterTheWarmUp(first: Double, last: Double) {
    var schedule = ArrivalSchedule(
      .constant, rate: LoadRate(from: first, to: last), steadyMicroseconds: 1_000_000, climbMicroseconds: 4_000_000,
      seed: 1)
    var perSecond = [Int](repeating: 0, count: 5)
    while let due = schedule.next(), due < 5_000_000_000 { perSecond[Int(due / 1_000_000_000)] += 1 }
    let slope = (last - first) / 4
    let expected = [first] + (0..<4).map { first + slope * (Double($0) + 0.5) }
    for (count, expected) in zip(perSecond, expected) { #expect(abs(Double(count) - expected) <= 1) }
  }
}
