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

  package let training: Interactions
  /// Items of each user that are not in `training`, `[users]`.
  package let validation: [[Int]]
  /// Items of each user that are in neither, `[users]`.
  package let test: [[Int]]

  /// Divides a log. With a rule of dates each item is held out once, however often it comes.
  package init(_ log: Interactions, _ rule: Rule) {
    switch rule {
    case .lastOut:
      let histories = Histories(log)
      var part = [UInt8](repeating: 0, count: log.count)
      for user in 0..<log.userCount {
        let events = histories.events(of: user)
        guard events.count >= 3 else { continue }
        part[events[events.count - 1]] = 2
        part[events[events.count - 2]] = 1
      }
      self.init(log) { part[$0] }
    case .dates(let validation, let test):
      self.init(log) { log.times[$0] >= test ? 2 : log.times[$0] >= validation ? 1 : 0 }
    case .randomOne(let seed):
      let histories = Histories(log)
      let random = CounterRandom(seed: seed, stream: 0x5350_4C49_54)
      var isHeld = [Bool](repeating: false, count: log.count)
      for user in 0..<log.userCount {
        let events = histories.events(of: user)
        if events.count >= 2 { isHeld[events[random.below(events.count, UInt64(user))]] = true }
      }
      self.init(log) { isHeld[$0] ? 1 : 0 }
    }
  }

  /// 0 training, 1 validation, 2 test.
  private init(_ log: Interactions, _ part: (Int) -> UInt8) {
    var validation = [[Int]](repeating: [], count: log.userCount)
    var test = validation
    for event in 0..<log.count {
      let (user, item) = (Int(log.users[event]), Int(log.items[event]))
      switch part(event) {
      case 1: if !validation[user].contains(item) { validation[user].append(item) }
      case 2: if !test[user].contains(item) { test[user].append(item) }
      default: break
      }
    }
    training = log.filter { part($0) == 0 }
    self.validation = validation
    self.test = test
  }
}
