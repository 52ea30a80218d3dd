import LoadClient
import Testing

struct ArrivalScheduleTests {
  @Test func constantArrivalsAreEven() {
    var schedule = ArrivalSchedule(.constant, rate: 1000, seed: 1)
    #expect((0..<4).map { _ in schedule.next() } == [0, 1_000_000, 2_000_000, 3_000_000])
  }

  @Test func poissonArrivalsComeFromTheSeedAndKeepTheRate() {
    var a = ArrivalSchedule(.poisson, rate: 1000, seed: 1)
    var b = ArrivalSchedule(.poisson, rate: 1000, seed: 1)
    var c = ArrivalSchedule(.poisson, rate: 1000, seed: 2)
    let (x, y, z) = (
      (0..<20_000).map { _ in a.next() }, (0..<20_000).map { _ in b.next() }, (0..<5).map { _ in c.next() }
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
}
