import Testing

@testable import DataSets

struct TimestampTests {
  private func read(_ text: String, _ change: (inout TimeForm) -> Void = { _ in }) -> Int64? {
    var form = TimeForm()
    change(&form)
    return try? form.read(Array(text.utf8)[...])
  }

  private func reason(_ text: String, _ change: (inout TimeForm) -> Void = { _ in }) -> RowFault.Reason? {
    var form = TimeForm()
    change(&form)
    do throws(RowFault.Reason) {
      _ = try form.read(Array(text.utf8)[...])
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("0", 0), ("881250949", 881_250_949_000), ("881250949123", 881_250_949_123),
    ("881250949123456", 881_250_949_123), ("1485630413.5", 1_485_630_413_500), ("1970-01-01", 0),
    ("1505194400.0", 1_505_194_400_000), ("1.5051944e9", 1_505_194_400_000),
    ("1505194400000000000", 1_505_194_400_000), ("1.505194400e+12", 1_505_194_400_000),
    ("1970-01-02T00:00", 86_400_000), ("2000-02-29T12:30:15.25Z", 951_827_415_250),
    ("2010-12-01 08:26:00+01:00", 1_291_188_360_000), ("2010-12-01T08:26:00-0130", 1_291_197_360_000),
    ("1969-12-31T23:59:59.999Z", -1), ("-1", -1000),
    // As shops export them.
    ("2019-10-01 00:00:00 UTC", 1_569_888_000_000), ("2019-10-01 00:00:00 GMT", 1_569_888_000_000),
    ("2019-10-01 00:00:00 Z", 1_569_888_000_000), ("2026-01-31T10:15:00 +05:30", 1_769_834_700_000),
    ("2026/02/01 10:00", 1_769_940_000_000), ("2026-1-5", 1_767_571_200_000), ("2026-01-05 8:26", 1_767_601_560_000),
    ("2026-01-05 8:26 PM", 1_767_644_760_000), ("20260131T101500Z", 1_769_854_500_000),
    ("2026-01-31T10:15:00.123456Z", 1_769_854_500_123), ("2026-031", 1_769_817_600_000),
    ("2026-W05-6", 1_769_817_600_000), ("2026-01-31T24:00:00Z", 1_769_904_000_000),
    ("2024-02-29", 1_709_164_800_000), ("2026-06-30T23:59:60Z", 1_782_864_000_000),
  ]) func timeIsUnderstood(text: String, milliseconds: Int64) { #expect(read(text) == milliseconds) }

  @Test(arguments: [
    "", "soon", "2023-02-29", "2026-13-01", "2026-01-32", "2026-01-01T", "2026-01-01T24:01",
    "2026-01-01T10:00+", "2026-01-01T10:00:00Zx", "0x10", "2026-01-01T10:00:00.", "-2026-01-01", "2026-366",
    "2026-W54-1", "2026-W05-8", "2026-01/02", "2026-01-311015", "01:21.7", "null", "NaT", "２０２６-01-31",
    "2026-01-31T10:15:00−05:00", "13:00 PM",
  ]) func whatIsNoTimeIsRefused(text: String) { #expect(reason(text) == .notTime) }

  @Test(arguments: ["01/02/2026 10:00", "29-01-2021 07:01", "31.01.2026", "1/31/26 10:15", "12/1/2010 8:26"])
  func neitherDayNorMonthIsGuessedToComeFirst(text: String) { #expect(reason(text) == .dayOrMonth) }

  @Test(arguments: ["20260131", "2026", "202601311015", "20260131101500", "20260131.0", "2026.0"])
  func numberThatMayBeADayIsNoSecond(text: String) {
    #expect(reason(text) == .dayOrNumber)
    // Once it is said, it is one thing.
    #expect(read(text) { $0.unit = .seconds } == Double(text).map { Int64($0) * 1000 })
  }

  @Test(arguments: ["20261331", "1899", "2101", "20260230", "1772000001"])
  func numberThatIsNoDayIsOne(text: String) { #expect(read(text) != nil) }

  @Test(arguments: [
    ("dmy", "29-01-2021 07:01", 1_611_903_660_000), ("dmy", "01/02/2026 10:00", 1_769_940_000_000),
    ("mdy", "01/02/2026 10:00", 1_767_348_000_000), ("mdy", "1/31/26 10:15", 1_769_854_500_000),
    ("mdy", "12/1/2010 8:26", 1_291_191_960_000), ("dmy", "31.01.2026 10:15", 1_769_854_500_000),
    ("ymd", "20260131", 1_769_817_600_000), ("ymd", "20260131101500", 1_769_854_500_000),
    ("ymd", "26-01-31", 1_769_817_600_000), ("dmy", "31.01.99", 917_740_800_000),
    // A date with the year first is one thing whatever else the file has.
    ("dmy", "2026-01-31", 1_769_817_600_000),
    ("%d.%m.%Y %H:%M", "31.01.2026 10:15", 1_769_854_500_000), ("%b %d %Y", "Jan 31 2026", 1_769_817_600_000),
    ("%d %B %Y", "31 january 2026", 1_769_817_600_000), ("%m/%d/%y %I:%M %p", "01/31/26 12:15 AM", 1_769_818_500_000),
    ("%Y%m%d", "20260131", 1_769_817_600_000), ("%F %T%z", "2026-01-31 10:15:00+0100", 1_769_850_900_000),
    ("%Y-%j", "2026-031", 1_769_817_600_000), ("%d.%m.%Y %H:%M:%S,%f", "31.01.2026 10:15:00,5", 1_769_854_500_500),
  ]) func patternSaysWhatComesFirst(pattern: String, text: String, milliseconds: Int64) throws {
    let pattern = try #require(TimePattern(pattern))
    #expect(read(text) { $0.pattern = pattern } == milliseconds)
  }

  @Test func whatHasAnotherFormThanToldIsRefused() {
    for text in ["31.13.2026", "31.02.2026", "1772000001", "31.01.2026x", "13/1-2026"] {
      #expect(reason(text) { $0.pattern = .order(.dmy) } == .notPattern, "\(text)")
    }
    for text in ["day", "%Q", "%", ""] { #expect(TimePattern(text) == nil) }
  }

  @Test func zoneIsOfTimesThatNameNone() throws {
    let offset = try #require(LocalZone("+05:30"))
    #expect(read("2026-01-31T10:15") { $0.zone = offset } == 1_769_834_700_000)
    #expect(read("2026-01-31T10:15Z") { $0.zone = offset } == 1_769_854_500_000)
    if let berlin = LocalZone("Europe/Berlin") {
      #expect(read("2026-07-01 12:00") { $0.zone = berlin } == 1_782_900_000_000)
      #expect(read("2026-01-01 12:00") { $0.zone = berlin } == 1_767_265_200_000)
      // The clocks skip the hour from 2 to 3 in spring, and show it twice in autumn.
      for hour in ["2026-03-29 02:30", "2026-10-25 02:30"] { #expect(reason(hour) { $0.zone = berlin } == .notTime) }
      #expect(read("2026-03-29 03:00") { $0.zone = berlin } == 1_774_746_000_000)
      #expect(read("2026-10-25 02:30+01:00") { $0.zone = berlin } == 1_792_891_800_000)
    }
    for name in ["Nowhere/City", "../etc/passwd", "/etc/passwd", "", "+25:00", "Europe"] {
      #expect(LocalZone(name) == nil, "\(name)")
    }
  }

  @Test(arguments: [
    ("20260101", 1_767_225_600_000), ("2026", 1_767_225_600_000), ("2026-01-01", 1_767_225_600_000),
    ("1767225600", 1_767_225_600_000),
  ]) func personMeansTheDay(text: String, milliseconds: Int64) { #expect(Timestamp.moment(text) == milliseconds) }

  @Test(arguments: ["202601", "17", "0", "soon", "31.01.2026"])
  func personMeansNoMomentByAFewDigits(text: String) { #expect(Timestamp.moment(text) == nil) }

  @Test func momentIsWrittenAsItIsRead() {
    var time: Int64 = -62_135_596_800_000
    while time < 253_402_300_799_999 {
      #expect(read(Timestamp.text(time)) == time)
      time += 86_400_000 * 977 + 3_723_001
    }
    #expect(Timestamp.text(0) == "1970-01-01T00:00:00Z")
    #expect(Timestamp.text(-1) == "1969-12-31T23:59:59.999Z")
  }

  @Test func unitIsKept() {
    #expect(read("5000") { $0.unit = .milliseconds } == 5000)
    #expect(read("5000") { $0.unit = .microseconds } == 5)
    #expect(read("5000") { $0.unit = .order } == 5000)
    #expect(read("2026-01-01") { $0.unit = .order } == nil)
    #expect(read("999999999999999999") { $0.unit = .seconds } == nil)
  }
}
