import Vocabulary

/// The cases that systems are compared on, and what is known of the users before them.
package struct TestSet: Sendable {
  /// Among what a relevant item is ranked.
  package enum Candidates: Sendable, Equatable {
    /// All items of the catalogue.
    case catalogue
    /// The negatives of the test file, or so many drawn by the seed: the protocol of the NCF paper.
    case negatives(Int)
  }

  /// How to make the cases of a data set.
  package struct Options: Sendable {
    /// `nil`: the test file if there is one, else the last items.
    package var choice: SplitChoice?
    package var candidates = Candidates.catalogue
    /// Whether items that a user has had may be ranked again, for shops where people buy again.
    package var keepsKnown = false
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
  /// Relevant items that were left out because the user has had them before.
  package private(set) var repeatCount = 0
  /// Cases whose user has no event before the test.
  package private(set) var newUserCount = 0
  /// Why figures on these cases may not mean what they seem to, in sentences.
  package private(set) var warnings: [String] = []
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
    let (cases, parts) = try Self.cases(read, choice, held)
    self.cases = cases
    let isLearned = held?.isLearned(log)
    known = Histories(log.filter { parts[$0] == .training })
    learned = isLearned.map { isLearned in Histories(log.filter { parts[$0] == .training && isLearned[$0] }) } ?? known
    warn(held, learnedTests: isLearned.map { zip($0, parts).count { $0 && $1 == .test } })
    prepare()
    newUserCount = self.cases.count { known[$0.user].isEmpty }
    guard !self.cases.isEmpty else {
      throw DataError(
        "interactions.tsv", .noRows, "no user has an item to test on",
        advice: repeatCount > 0 ? "they only had known ones again: give --keep-known" : "choose another --split")
    }
  }

  /// The cases as the data has them, and of each event whether it comes before the test, is tested, or neither.
  private static func cases(
    _ read: DataSet.Read, _ choice: SplitChoice, _ held: HoldOut?
  ) throws(DataError) -> ([TestCase], [Split.Part]) {
    let log = read.data.interactions
    let split: Split
    switch choice {
    case .file:
      guard !read.test.isEmpty else {
        throw DataError("test.tsv", .noRows, "the data set has no test", advice: "give --split last or date:YYYY-MM-DD")
      }
      return (read.test, [Split.Part](repeating: .training, count: log.count))
    case .last: split = Split(log, .lastOut)
    case .date(let time):
      guard read.data.hasClock else {
        throw DataError("dataset.json", field: "clock", .conflict, "the log has no dates", advice: "give --split last")
      }
      split = Split(log, .dates(validation: time, test: time))
    case .validation:
      guard let rule = held?.splitRule else {
        throw DataError(
          "training.json", field: "held_out", .conflict, "the model's training held nothing out",
          advice: "give --split last or test")
      }
      let split = Split(log, rule)
      // Events behind the validation are neither known nor tested.
      let parts: [Split.Part] = split.parts.map { $0 == .validation ? .test : $0 == .test ? .validation : .training }
      return (cases(split.validation), parts)
    }
    return (cases(split.test), split.parts.map { $0 == .test ? .test : .training })
  }

  private static func cases(_ items: [[Int]]) -> [TestCase] {
    items.enumerated().filter { !$0.element.isEmpty }
      .map { TestCase(user: $0.offset, relevant: $0.element.map { UInt32($0) }) }
  }

  private mutating func warn(_ held: HoldOut?, learnedTests: Int?) {
    let leaked =
      choice == .file ? cases.count { test in test.relevant.contains { known.contains(test.user, Int($0)) } } : 0
    if leaked > 0 {
      warnings.append("\(leaked) tested pairs also stand in the log, which the model may have learned from")
    }
    if let learnedTests, learnedTests > 0 {
      warnings.append(
        "the model has learned from \(learnedTests) of the tested events: these figures say nothing about new ones")
    } else if held == nil, choice != .file {
      warnings.append("no training.json says what the model has learned from: it may be the tested events")
    }
    if let held, held.events != all.eventCount {
      warnings.append(
        "the log has \(all.eventCount) events, and had \(held.events) at training: what was held out may be another part"
      )
    }
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
