import Testing
import Vocabulary

@testable import DataSets

struct CleaningTests {
  private static func log(_ events: [Event], hasClock: Bool = true) -> EventLog {
    var log = EventLog(name: "log", hasClock: hasClock)
    for event in events { log.append(event) }
    return log
  }

  private static func event(
    _ user: String, _ item: String, _ time: Int64, line: Int = 0, kind: EventKind = .click, value: Double = 1
  ) -> Event {
    Event(user: user, item: item, kind: kind, value: value, time: 1_500_000_000_000 + time * 1000, line: line)
  }

  @Test func everyRowIsKeptOrCounted() throws {
    let text = """
      user,item,event,value,time
      a,x,click,1,1500000000
      a,x,click,1,1500000000
      a,y,click,1,5
      a,y,rating,2,1500000000
      a,y,rating,-1,1500000000
      a,z,view,1,1500000000
      a,z,nothing,1,1500000000
      a,z
      """
    var rules = CleaningRules()
    rules.weights = try #require(EventWeights(["view=0", "rating=0.5*value"]))
    rules.timeMax = 1_600_000_000_000
    let log = try EventLog(InputFile(name: "log", pieces: [Array(text.utf8)]))
    let cleaning = Cleaning(log, rules)
    let report = CleaningReport(log, cleaning, weights: rules.weights)
    #expect(cleaning.kept == [0, 3])
    #expect(cleaning.weights == [2, 1])
    #expect(report.rowsRead == 8)
    #expect(report.rowsKept + report.dropped.reduce(0) { $0 + $1.rows } == report.rowsRead)
    #expect(
      cleaning.dropped.entries == [
        .duplicate: .init(count: 1, lines: [3]), .impossibleTime: .init(count: 1, lines: [4]),
        .negativeValue: .init(count: 1, lines: [6]), .noWeight: .init(count: 1, lines: [7]),
      ])
    #expect(report.malformed == 2)
    #expect(report.text.contains("1 dropped (12.5 %): impossible time, the first was read as "))
    #expect(try DataSetJSON.decode(CleaningReport.self, report.json, "report") == report)
    #expect(String(decoding: report.json, as: UTF8.self).contains("\"rows_kept\" : 2"))
  }

  @Test func queriesThatNoPersonTypesAreDropped() throws {
    let words = { (count: Int) in (0..<count).map { "w\($0)" }.joined(separator: "  ") }
    let log = try EventLog(
      InputFile(
        name: "log", pieces: [Array("user,item,query\na,x,\(words(32))\na,y,\(words(33))\n".utf8)]))
    let cleaning = Cleaning(log, CleaningRules())
    #expect(cleaning.kept == [0] && cleaning.dropped.entries == [.longQuery: .init(count: 1, lines: [3])])
  }

  @Test func sessionsWithTooManySearchesAreDropped() {
    func events(_ user: String, searches: Int, pauseAfter pause: Int? = nil) -> [Event] {
      (0..<searches).flatMap { search in
        // Two events come from each search, and one from none.
        [0, 1, 2].map { step in
          let wait = pause.map { search >= $0 ? 1800 : 0 } ?? 0
          var event = Self.event(user, "i\(search)-\(step)", Int64(search * 20 + step * 3 + wait))
          if step < 2 { event.query = "query \(search)" }
          return event
        }
      }
    }
    var rules = CleaningRules()
    rules.bots = nil
    let log = Self.log(
      events("few", searches: 500) + events("many", searches: 501) + events("parts", searches: 800, pauseAfter: 400)
        + events("half", searches: 600, pauseAfter: 550))
    let cleaning = Cleaning(log, rules)
    #expect(cleaning.dropped.entries.mapValues(\.count) == [.searchingSession: 501 * 3 + 550 * 3])
    #expect(cleaning.kept.count == 500 * 3 + 800 * 3 + 50 * 3)
    rules.bots = BotRule()
    #expect(Cleaning(log, rules).dropped.total >= cleaning.dropped.total)
  }

  @Test func coreIsIteratedUntilItHolds() {
    // A chain: each cut leaves the next one short of two.
    let events = [
      Self.event("a", "x", 0), Self.event("a", "y", 1), Self.event("b", "x", 2), Self.event("b", "y", 3),
      Self.event("c", "y", 4), Self.event("c", "z", 5), Self.event("d", "z", 6),
    ]
    var rules = CleaningRules()
    (rules.userEventsMin, rules.itemEventsMin) = (2, 2)
    let cleaning = Cleaning(Self.log(events), rules)
    #expect(cleaning.kept == [0, 1, 2, 3])
    #expect(cleaning.dropped.entries[.rareUser]?.count == 2)
    #expect(cleaning.dropped.entries[.rareItem]?.count == 1)
  }

  @Test func programsAreFoundAndPeopleAreNot() {
    var random = SplitMix64(seed: 7)
    var events: [Event] = []
    // One event every two seconds; the same three items in a hurry; far too many; and a person in a long hurry.
    for i in 0..<1000 { events.append(Self.event("clock", "i\(i)", Int64(2 * i))) }
    var time: Int64 = 0
    for i in 0..<1000 {
      time += Int64(random.below(7))
      events.append(Self.event("narrow", "i\(i % 3)", time))
    }
    time = 0
    for i in 0..<7000 {
      time += random.below(14) == 0 ? 6 : 0
      events.append(Self.event("flood", "i\(i)", time))
    }
    time = 0
    for i in 0..<1000 {
      time += Int64(random.below(3) == 0 ? random.below(12) : random.below(3))
      events.append(Self.event("person", "i\(random.below(500))-\(i)", time))
    }
    for i in 0..<1000 { events.append(Self.event("slow", "i\(i % 2)", Int64(60 * i))) }
    let log = Self.log(events)
    let cleaning = Cleaning(log, CleaningRules())
    #expect(Set(cleaning.kept.map { log.userNames.names[Int(log.users[$0])] }) == ["person", "slow"])
    #expect(cleaning.botCount == 3)
    var rules = CleaningRules()
    rules.bots = nil
    #expect(Cleaning(log, rules).botCount == 0)
  }

  @Test func withoutAClockThePositionIsNoPartOfAnEvent() {
    let events = [Self.event("a", "x", 0), Self.event("a", "x", 1), Self.event("a", "y", 2)]
    #expect(Cleaning(Self.log(events, hasClock: false), CleaningRules()).kept == [0, 2])
    var rules = CleaningRules()
    rules.keepsDuplicates = true
    #expect(Cleaning(Self.log(events, hasClock: false), rules).kept == [0, 1, 2])
  }

  @Test(arguments: ["click", "click=-1", "click=nan", "browse=1", "click=two", "click=*value"])
  func wrongWeightIsRefused(text: String) { #expect(EventWeights([text]) == nil) }

  @Test func weightsReadWhatTheyWrite() throws {
    let weights = try #require(EventWeights(["click=1.5", "rating=value", "purchase=2*value"]))
    #expect(EventWeights(weights.text.split(separator: ",").map(String.init)) == weights)
    #expect(weights.weight(.purchase, value: 3) == 6)
    #expect(weights.weight(.click, value: 3) == 1.5)
  }

  @Test func onlyBadRowsIsAnError() {
    let error = #expect(throws: DataError.self) {
      try EventLog(InputFile(name: "log", pieces: [Array("user,item\n,x\n,y\na\n".utf8)]))
    }
    #expect(error?.kind == .noRows)
    #expect(error?.line == 2)
  }
}
