import Testing
import Vocabulary

struct MomentTests {
  @Test(
    arguments: [
      // The start of 1970 was a Thursday.
      (0, 0, 3, 0 as Float), (-1, 23, 2, -1 / 86_400_000), (86_400_000 * 4 - 1, 23, 6, 4), (86_400_000 * 4, 0, 0, 4),
      // 2024-02-29 13:30:00, a Thursday.
      (1_709_213_400_000, 13, 3, 19782.5625), (-86_400_000 * 7, 0, 3, -7),
    ] as [(Int64, Int, Int, Float)])
  func hourAndWeekdayAreThoseOfUTC(milliseconds: Int64, hour: Int, weekday: Int, day: Float) {
    let moment = Moment(milliseconds: milliseconds)
    #expect(moment.hour == hour && moment.weekday == weekday)
    #expect(moment.day == day)
  }

  @Test func theFirstAndLastTimesAreMomentsToo() {
    for time in [Int64.min, .max] {
      let moment = Moment(milliseconds: time)
      #expect((0..<24).contains(moment.hour) && (0..<7).contains(moment.weekday))
    }
  }
}
