import Support
import Telemetry
import Testing
import Vocabulary

@Suite struct LogTests {
  /// A log whose lines a test reads back.
  final class Lines: Sendable {
    private let lines = Lock<[String]>([])
    let clock = ManualClock()

    func log(_ format: Log.Format = .keyValue, level: Log.Level = .debug) -> Log {
      Log(
        format: format, level: level, clock: clock, time: { "T" },
        sink: { [lines] line in lines.withLock { $0.append(line) } })
    }

    var all: [String] { lines.withLock { $0 } }
  }

  @Test func linesAreKeysAndValues() {
    let lines = Lines()
    let log = lines.log()
    log(.info, "shard connected", ["shard": 3, "address": "127.0.0.1:7700", "load": 0.5, "fresh": true, "cause": ""])
    log(.warning, "slow", ["count": LogValue(UInt64.max), "name": LogValue("a b")])
    #expect(
      lines.all == [
        "time=T level=info message=\"shard connected\" shard=3 address=127.0.0.1:7700 load=0.5 fresh=true cause=\"\"",
        "time=T level=warning message=slow count=18446744073709551615 name=\"a b\"",
      ])
  }

  @Test func jsonIsJSON() {
    let lines = Lines()
    lines.log(.json)(.error, "a \"b\"", ["n": -3, "x": .real(.infinity), "t": "\\é\u{7}", "f": false])
    #expect(
      lines.all == [
        #"{"time":"T","level":"error","message":"a \"b\"","n":-3,"x":"inf","t":"\\é\u0007","f":false}"#
      ])
  }

  @Test func noControlCharacterIsEverRaw() {
    let scalars = (0...0x2FF).map { UInt32($0) } + [0x2028, 0x2029, 0x202E, 0x200B, 0xFEFF, 0xE000, 0xE0001, 0x1F600]
    for format in [Log.Format.keyValue, .json] {
      let lines = Lines()
      let log = lines.log(format)
      for scalar in scalars.compactMap(Unicode.Scalar.init) {
        log(.info, "m\(scalar)", ["key\(scalar)": "v\(scalar)v"])
      }
      #expect(lines.all.count == scalars.count)
      for line in lines.all {
        let raw = line.unicodeScalars.filter {
          [.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        #expect(raw.isEmpty, "\(line.debugDescription)")
      }
    }
  }

  @Test func aValueCannotForgeAField() {
    let lines = Lines()
    lines.log()(.info, "m", ["user": "x level=error", "evil key=1": "1=2"])
    #expect(lines.all == ["time=T level=info message=m user=\"x level=error\" evil_key_1=\"1=2\""])
  }

  @Test func longValuesAreCut() {
    let lines = Lines()
    lines.log()(.info, "m", ["x": LogValue(String(repeating: "a", count: 5000))])
    #expect(lines.all[0].utf8.count < 1100 && lines.all[0].hasSuffix("a…\""))
  }

  @Test func levelsBelowAreDropped() {
    let lines = Lines()
    let log = lines.log(level: .warning)
    for level in Log.Level.allCases { log(level, "m") }
    #expect(lines.all.count == 2)
    #expect(log.isEnabled(.error) && !log.isEnabled(.info))
    #expect(Log.Level(word: "warning") == .warning && Log.Level(word: "WARN") == nil)
  }

  @Test func aKeyWritesOnceInItsInterval() {
    let lines = Lines()
    let log = lines.log()
    for _ in 0..<5 { log.limited(by: "bad frame", every: 1000, .warning, "bad frame") }
    log.limited(by: "other", every: 1000, .warning, "other")
    lines.clock.advance(microseconds: 999)
    log.limited(by: "bad frame", every: 1000, .warning, "bad frame")
    lines.clock.advance(microseconds: 1)
    log.limited(by: "bad frame", every: 1000, .warning, "bad frame", ["peer": "p"])
    lines.clock.advance(microseconds: 1000)
    log.limited(by: "bad frame", every: 1000, .warning, "bad frame")
    #expect(
      lines.all == [
        "time=T level=warning message=\"bad frame\"",
        "time=T level=warning message=other",
        "time=T level=warning message=\"bad frame\" peer=p suppressed=5",
        "time=T level=warning message=\"bad frame\"",
      ])
  }

  @Test func keysDoNotGrowWithoutEnd() {
    let lines = Lines()
    let log = lines.log()
    for key in 0..<3000 { log.limited(by: "peer \(key)", every: 1000, .info, "m") }
    // 1,024 keys of their own, then one line of the key that the rest share.
    #expect(lines.all.count == 1025)
    lines.clock.advance(microseconds: 1000)
    log.limited(by: "peer 5000", every: 1000, .info, "m")
    #expect(lines.all.count == 1026)
  }

  @Test func timeIsUTC() {
    #expect(Log.timeText(seconds: 0, milliseconds: 7) == "1970-01-01T00:00:00.007Z")
    #expect(Log.timeText(seconds: 1_795_464_309, milliseconds: 42) == "2026-11-23T20:05:09.042Z")
    #expect(Log.presentTime().count == 24)
  }
}
