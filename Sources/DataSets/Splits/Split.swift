/// A log divided into what is learned from, what settings are chosen by, and what is reported.
package struct Split: Sendable {
  /// How to divide.
  package enum Rule: Sendable, Equatable {
    /// Of each user the last item for testing and the one before it for validation; users with fewer than three events
    /// keep all for training.
    case lastOut
    /// Events from one time on for testing, those of the time before it for validation.
    case dates(validation: Int64, test: Int64)
    /// Of each user one item, drawn by a seed, for validation and none for testing: where the log has no times and the
    /// test is a file of its own.
    case randomOne(seed: UInt64)
  }

  /// The part of the data that an event is in.
  package enum Part: Sendable { case training, validation, test }

  /// Of each event of the log, `[events]`.
  package let parts: [Part]
  package let training: Interactions
  /// Items of each user that are not in `training`, `[users]`.
  package let validation: [[Int]]
  /// Items of each user that are in neither, `[users]`.
  package let test: [[Int]]

  /// Divides a log. With a rule of dates each item is held out once, however often it comes.
  package init(_ log: Interactions, _ rule: Rule) {
    var parts = [Part](repeating: .training, count: log.count)
    switch rule {
    case .lastOut:
      let histories = Histories(log)
      for user in 0..<log.userCount {
        let events = histories.events(of: user)
        guard events.count >= 3 else { continue }
        parts[events[events.count - 1]] = .test
        parts[events[events.count - 2]] = .validation
      }
    case .dates(let validation, let test):
      for (event, time) in log.times.enumerated() where time >= min(validation, test) {
        parts[event] = time >= test ? .test : .validation
      }
    case .randomOne(let seed):
      let histories = Histories(log)
      let random = CounterRandom(seed: seed, stream: 0x5350_4C49_54)
      for user in 0..<log.userCount {
        let events = histories.events(of: user)
        if events.count >= 2 { parts[events[random.below(events.count, UInt64(user))]] = .validation }
      }
    }
    var validation = [[Int]](repeating: [], count: log.userCount)
    var test = validation
    for (event, part) in parts.enumerated() where part != .training {
      let (user, item) = (Int(log.users[event]), Int(log.items[event]))
      if part == .validation {
        if !validation[user].contains(item) { validation[user].append(item) }
      } else if !test[user].contains(item) {
        test[user].append(item)
      }
    }
    self.parts = parts
    training = log.filter { parts[$0] == .training }
    self.validation = validation
    self.test = test
  }
}
