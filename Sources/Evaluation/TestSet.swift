package import DataSets
import Names
import Vocabulary

/// The cases that systems are compared on, and what is known of the users before them.
package struct TestSet: Sendable {
  /// Among what a relevant item is ranked.
  package enum Candidates: Sendable, Equatable {
    /// All items of the catalogue.
    case catalogue
    /// The negatives of the test file, or this number drawn by the seed: the protocol of the NCF paper (He et al.
    /// 2017).
    case negatives(Int)
  }

  /// How to make the cases of a data set.
  package struct Options: Sendable {
    /// `nil`: the test file if there is one, else the last items.
    package var choice: SplitChoice?
    package var candidates = Candidates.catalogue
    /// Whether items that a user has had may be ranked again, for shops where people buy again.
    package var keepsKnown = false
    /// The kinds of events that are tested; `nil`: all. Others of the tested time are neither tested nor known.
    package var kinds: Set<EventKind>?
    package var seed: UInt64 = 1

    package init() {}
  }

  package let options: Options
  package let choice: SplitChoice
  package private(set) var cases: [TestCase]
  /// All events before the test: what a shop knows of its users when they come back.
  package let known: Histories
  /// Those of them that the model may have learned from, so that baselines learn from no more.
  package let learned: Histories
  /// Those of them that stand in the history that the model knows of a user.
  package let given: Histories
  /// Relevant items that were left out because the user has had them before.
  package private(set) var repeatCount = 0
  /// Cases whose user has no event before the test.
  package private(set) var newUserCount = 0
  /// Cases of a test file whose item the user has in the log too, where a model may have learned it.
  package let leakCount: Int
  private let log: Interactions
  /// When each user is tested: at the first tested event, else at the end of the log.
  let eventContexts: [EventContext]
  /// Events of the log that are tested.
  let tested: [Int]
  /// By index.
  let userIDs: [UserID]
  let itemIDs: [ItemID]
  /// All that users have had, tested items too: no such item is a negative.
  private let all: Histories

  /// - Parameter held: What the model's training says that it held out; `nil` if that is not known.
  /// - Throws: If there is nothing to test on.
  package init(_ read: DataSet.Read, held: HoldOut?, _ options: Options = Options()) throws(DataError) {
    let log = read.data.interactions
    self.options = options
    choice = options.choice ?? (read.test.isEmpty ? .last : .file)
    all = Histories(log)
    userIDs = read.data.users.ids.map { UserID($0) }
    itemIDs = read.data.catalogue.ids
    var roles = try Self.roles(read, choice, held)
    if let kinds = options.kinds {
      for event in roles.indices where roles[event] == .tested && !kinds.contains(read.data.kinds[event]) {
        roles[event] = .later
      }
    }
    self.log = log
    tested = (0..<log.count).filter { roles[$0] == .tested }
    eventContexts = Self.eventContexts(read.data, tested)
    cases = choice == .file ? read.test : Self.cases(log, tested)
    let heldParts = held?.parts(log)
    known = Histories(log.filter { [roles] in roles[$0] == .known })
    func histories(_ isKept: (HoldOut, Split.Part) -> Bool) -> Histories {
      Histories(
        log.filter { event in
          guard roles[event] == .known, let held, let heldParts else { return roles[event] == .known }
          return isKept(held, heldParts[event])
        })
    }
    learned = histories { $0.isLearned($1) }
    given = histories { $0.isGiven($1) }
    let had = known
    leakCount =
      choice == .file ? cases.count { test in test.relevant.contains { had.contains(test.user, Int($0)) } } : 0
    prepare()
    newUserCount = self.cases.count { known[$0.user].isEmpty }
    guard !self.cases.isEmpty else {
      throw DataError(
        "interactions.tsv", .noRows, "no user has an item to test on",
        advice: repeatCount > 0
          ? "they only had known ones again: give --keep-known"
          : options.kinds == nil ? "choose another --split" : "choose another --split or other --test-events")
    }
  }

  /// The role of an event in a test.
  private enum Role { case known, tested, later }

  /// The role of each event of the log.
  private static func roles(
    _ read: DataSet.Read, _ choice: SplitChoice, _ held: HoldOut?
  ) throws(DataError) -> [Role] {
    let log = read.data.interactions
    try checkMix(choice, held)
    switch choice {
    case .file:
      guard !read.test.isEmpty else {
        throw DataError("test.tsv", .noRows, "the data set has no test", advice: "give --split last or date:YYYY-MM-DD")
      }
      return [Role](repeating: .known, count: log.count)
    case .last: return HoldOut.Test.last.parts(log).map { $0 == .test ? .tested : .known }
    case .date(let time):
      guard read.data.hasClock else {
        throw DataError("dataset.json", field: "clock", .conflict, "the log has no dates", advice: "give --split last")
      }
      return HoldOut.Test.date(time).parts(log).map { $0 == .test ? .tested : .known }
    case .validation:
      guard let held else {
        throw DataError(
          "training.json", field: "held_out", .conflict, "nothing says what the model's training has held out",
          advice: "give --split last or test")
      }
      return held.parts(log).map { $0 == .training ? .known : $0 == .validation ? .tested : .later }
    }
  }

  /// Refuses a test by which a model of `--hold-out last-two` was not trained.
  private static func checkMix(_ choice: SplitChoice, _ held: HoldOut?) throws(DataError) {
    guard let held, held.test == .lastTwo else { return }
    switch choice {
    case .date:
      throw DataError(
        "training.json", field: "held_out", .conflict,
        "training held out the last two events of each user, and has learned from other events of these dates",
        advice: "give --split last, or train with 'winnow train --hold-out' and this date")
    case .validation where held.isFolded:
      throw DataError(
        "training.json", field: "folded", .conflict, "the vectors of users know the validation events",
        advice: "give --split last, or train with 'winnow train --no-refit'")
    default: break
    }
  }

  private static func eventContexts(_ data: DataSet, _ tested: [Int]) -> [EventContext] {
    let log = data.interactions
    var first = [Int?](repeating: nil, count: log.userCount)
    for event in tested {
      let user = Int(log.users[event])
      if first[user].map({ log.times[event] < log.times[$0] }) ?? true { first[user] = event }
    }
    let end = EventContext(milliseconds: data.hasClock ? log.times.max() : nil)
    return first.map { $0.map { data.eventContext($0) } ?? end }
  }

  /// The tested items of each user, each once.
  private static func cases(_ log: Interactions, _ tested: [Int]) -> [TestCase] {
    var items = [[UInt32]](repeating: [], count: log.userCount)
    for event in tested {
      let user = Int(log.users[event])
      if !items[user].contains(log.items[event]) { items[user].append(log.items[event]) }
    }
    return items.enumerated().filter { !$0.element.isEmpty }.map { TestCase(user: $0.offset, relevant: $0.element) }
  }

  /// Why figures of a model on these cases may flatter it, in sentences.
  ///
  /// - Parameter held: What its training says that it held out; `nil` if that is not known.
  package func warnings(_ held: HoldOut?) -> [String] {
    var warnings: [String] = []
    guard let held else {
      let isLeaky = choice != .file
      return isLeaky ? ["no training.json says what the model has learned from: it may be the tested events"] : []
    }
    let parts = held.parts(log)
    let learned = tested.count { held.isLearned(parts[$0]) }
    if learned > 0 {
      warnings.append(
        "the model has learned from \(learned) of the \(tested.count) tested events, so these figures say nothing about "
          + "new ones: train with \(choice == .validation ? "--no-refit" : "--hold-out")")
    }
    if held.events != log.count {
      warnings.append(
        "the log has \(log.count) events, and had \(held.events) at training: what was held out may be another part")
    }
    return warnings
  }

  private mutating func prepare() {
    switch options.candidates {
    case .catalogue:
      var relevant: [Int: [UInt32]] = [:]
      for test in cases { relevant[test.user, default: []] += test.relevant }
      var seen: Set<Int> = []
      cases = cases.filter { seen.insert($0.user).inserted }.map {
        TestCase(user: $0.user, relevant: relevant[$0.user] ?? [])
      }
      guard !options.keepsKnown else { return }
      for index in cases.indices {
        let user = cases[index].user
        let new = cases[index].relevant.filter { !known.contains(user, Int($0)) }
        repeatCount += cases[index].relevant.count - new.count
        cases[index].relevant = new
      }
      cases.removeAll { $0.relevant.isEmpty }
    case .negatives(let count):
      for index in cases.indices where cases[index].others == nil {
        cases[index].others = negatives(of: index, count: count)
      }
    }
  }

  /// The items of a user's events in the log, tested ones included.
  func hadItems(_ user: Int) -> [ItemID] { all[user].map { itemIDs[Int($0)] } }

  /// Items that the user of a case never had, drawn by the seed; fewer if there are no more.
  package func negatives(of index: Int, count: Int) -> [UInt32] {
    let (test, itemCount) = (cases[index], known.itemCount)
    let random = CounterRandom(seed: options.seed, stream: UInt64(index))
    var drawn: [UInt32] = []
    func add(_ item: Int) {
      let isNew = !all.contains(test.user, item) && !test.relevant.contains(UInt32(item))
      if isNew, !drawn.contains(UInt32(item)) { drawn.append(UInt32(item)) }
    }
    var draw: UInt64 = 0
    while drawn.count < count, draw < 20 * UInt64(count) {
      add(random.below(itemCount, draw))
      draw += 1
    }
    // Hardly anything is left to draw: take the next ones instead.
    var item = 0
    while drawn.count < count, item < itemCount {
      add(item)
      item += 1
    }
    return drawn
  }
}
