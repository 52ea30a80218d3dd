import Testing

@testable import Training

struct TimestampTests {
  @Test(arguments: [
    ("0", 0), ("881250949", 881_250_949_000), ("881250949123", 881_250_949_123),
    ("881250949123456", 881_250_949_123), ("1485630413.5", 1_485_630_413_500), ("1970-01-01", 0),
    ("1970-01-02T00:00", 86_400_000), ("2000-02-29T12:30:15.25Z", 951_827_415_250),
    ("2010-12-01 08:26:00+01:00", 1_291_188_360_000), ("2010-12-01T08:26:00-0130", 1_291_197_360_000),
    ("1969-12-31T23:59:59.999Z", -1), ("-1", -1000),
  ]) func timeIsUnderstood(text: String, milliseconds: Int64) {
    #expect(Timestamp.parse(Array(text.utf8)[...]) == milliseconds)
  }

  @Test(arguments: [
    "", "soon", "2023-02-29", "2026-13-01", "2026-01-32", "2026-01-01T24:00", "2026-01-01T", "2026-01-01T1:00", "1e400",
    "2026-01-01T10:00+", "2026-01-01T10:00:00Zx", "2026/01/01", "0x10", "nan", "2026-01-01T10:00:00.", "-2026-01-01",
  ]) func whatIsNoTimeIsRefused(text: String) { #expect(Timestamp.parse(Array(text.utf8)[...]) == nil) }

  @Test func unitIsKept() {
    let bytes = Array("5000".utf8)[...]
    #expect(Timestamp.parse(bytes, unit: .milliseconds) == 5000)
    #expect(Timestamp.parse(bytes, unit: .microseconds) == 5)
    #expect(Timestamp.parse(bytes, unit: .order) == 5000)
    #expect(Timestamp.parse(Array("2026-01-01".utf8)[...], unit: .order) == nil)
    #expect(Timestamp.parse(Array("999999999999999999".utf8)[...], unit: .seconds) == nil)
  }
}
