/// Decides which events of a log stay: one by one, then duplicates, then bots, then who and what is too rare.
package struct Cleaning: Sendable {
  /// The events that stay, by their number in the log, ascending.
  package private(set) var kept: [Int] = []
  /// The weight of each that stays, `[kept]`, above 0.
  package private(set) var weights: [Float] = []
  package private(set) var dropped = Tally<DropReason>()
  package private(set) var botCount = 0
  /// The first time that was impossible, in milliseconds since 1970.
  package private(set) var firstImpossibleTime: Int64?
  /// How often all users and items were counted for the k-core.
  package private(set) var coreRounds = 0

  private var isAlive: [Bool]

  /// Cleans a log.
  package init(_ log: EventLog, _ rules: CleaningRules) {
    isAlive = [Bool](repeating: true, count: log.count)
    dropSingly(log, rules)
    dropByUser(log, rules)
    dropRare(log, rules)
    for event in 0..<log.count where isAlive[event] {
      kept.append(event)
      weights.append(rules.weights.weight(log.kinds[event], value: log.values[event]))
    }
    isAlive = []
  }

  private mutating func drop(_ event: Int, _ reason: DropReason, _ log: EventLog) {
    isAlive[event] = false
    dropped.add(reason, line: Int(log.lines[event]))
  }

  private mutating func dropSingly(_ log: EventLog, _ rules: CleaningRules) {
    let longQueries = log.searches.queries.names.map {
      $0.unicodeScalars.split { $0.properties.isWhitespace }.count > CleaningRules.queryWordsMax
    }
    for event in 0..<log.count {
      let (time, value) = (log.times[event], log.values[event])
      if log.hasClock, time < rules.timeMin || time > rules.timeMax {
        firstImpossibleTime = firstImpossibleTime ?? time
        drop(event, .impossibleTime, log)
      } else if value < 0 {
        drop(event, .negativeValue, log)
      } else if let least = rules.valueMin, value < least {
        drop(event, .lowValue, log)
      } else if rules.weights.weight(log.kinds[event], value: value) == 0 {
        drop(event, .noWeight, log)
      } else if let query = log.searches.query(of: event), longQueries[query] {
        drop(event, .longQuery, log)
      }
    }
  }

  private struct Identity: Hashable {
    let item: UInt32
    let kind: EventKind
    let value: UInt32
    let time: Int64
    let query: Int?
  }

  private mutating func dropByUser(_ log: EventLog, _ rules: CleaningRules) {
    // Events by user, in the order of the log: two passes of a counting sort.
    var next = [Int](repeating: 0, count: log.userNames.count + 1)
    for user in log.users { next[Int(user) + 1] += 1 }
    for user in 0..<log.userNames.count { next[user + 1] += next[user] }
    let ends = next.dropFirst()
    var order = [UInt32](repeating: 0, count: log.count)
    for event in 0..<log.count {
      order[next[Int(log.users[event])]] = UInt32(event)
      next[Int(log.users[event])] += 1
    }
    var start = 0
    var doubles: [Int] = []
    var programs: [Int] = []
    var searching: [Int] = []
    for end in ends {
      var events = order[start..<end].map(Int.init).filter { isAlive[$0] }
      start = end
      if !rules.keepsDuplicates {
        var seen: Set<Identity> = []
        events = events.filter { event in
          // Without a clock the position is no part of what happened.
          let time = log.hasClock ? log.times[event] : 0
          let isNew = seen.insert(
            Identity(
              item: log.items[event], kind: log.kinds[event], value: log.values[event].bitPattern, time: time,
              query: log.searches.query(of: event))
          ).inserted
          if !isNew { doubles.append(event) }
          return isNew
        }
      }
      guard log.hasClock, events.count > min(rules.bots?.eventsPerHourMax ?? .max, CleaningRules.sessionSearchesMax)
      else { continue }
      let byTime = events.sorted { (log.times[$0], $0) < (log.times[$1], $1) }
      if let bots = rules.bots, bots.isBot(times: byTime.map { log.times[$0] }, items: byTime.map { log.items[$0] }) {
        botCount += 1
        programs += events
      } else if !log.searches.isEmpty {
        searching += Self.searchingSessions(byTime, log)
      }
    }
    for event in doubles.sorted() { drop(event, .duplicate, log) }
    for event in programs.sorted() { drop(event, .bot, log) }
    for event in searching.sorted() { drop(event, .searchingSession, log) }
  }

  /// The events of a user's sessions with too many searches; a search is a query that is not the one before it.
  private static func searchingSessions(_ byTime: [Int], _ log: EventLog) -> [Int] {
    var found: [Int] = []
    var start = 0
    for end in byTime.indices.dropFirst() + [byTime.endIndex] {
      let isOver =
        end == byTime.endIndex
        || log.times[byTime[end]] &- log.times[byTime[end - 1]] >= CleaningRules.sessionPauseMilliseconds
      guard isOver else { continue }
      let queries = byTime[start..<end].compactMap { log.searches.query(of: $0) }
      let searchCount = queries.indices.count { $0 == 0 || queries[$0] != queries[$0 - 1] }
      if searchCount > CleaningRules.sessionSearchesMax { found += byTime[start..<end] }
      start = end
    }
    return found
  }

  private mutating func dropRare(_ log: EventLog, _ rules: CleaningRules) {
    guard rules.userEventsMin > 1 || rules.itemEventsMin > 1 else { return }
    while true {
      coreRounds += 1
      var users = [Int](repeating: 0, count: log.userNames.count)
      var items = [Int](repeating: 0, count: log.itemNames.count)
      for event in 0..<log.count where isAlive[event] {
        users[Int(log.users[event])] += 1
        items[Int(log.items[event])] += 1
      }
      var isDone = true
      for event in 0..<log.count where isAlive[event] {
        if users[Int(log.users[event])] < rules.userEventsMin {
          drop(event, .rareUser, log)
          isDone = false
        } else if items[Int(log.items[event])] < rules.itemEventsMin {
          drop(event, .rareItem, log)
          isDone = false
        }
      }
      if isDone { return }
    }
  }
}
