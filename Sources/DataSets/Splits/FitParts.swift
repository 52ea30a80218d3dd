import Vocabulary

/// A log divided for a fit: what the retrieval tower learns, what the re-ranker learns on top of it, and what chooses
/// the epoch.
///
/// The re-ranker never learns on an event that its tower was fitted on: a tower scores what it has seen far higher than
/// what is to come, and a re-ranker that learnt from such scores would trust them too much.
package struct FitParts: Sendable {
  /// The order of a user's events before the last are held out.
  package enum Order: Sendable, Equatable {
    case time
    /// A draw: for logs whose order says nothing.
    case random(seed: UInt64)
  }

  package let whole: Interactions
  package let tower, reranker: Interactions
  /// The tower's and the re-ranker's events: all but the validation.
  package let known: Interactions
  /// Of each event whether it was held out for the validation, `[events]`.
  package let isValidation: [Bool]
  /// The numbers of the re-ranker's events.
  package let rerankerEvents: [Int]
  /// An item a user that the user has not had before, or the items of a visit; at most `casesMax` of them.
  package let validation: [TestCase]

  /// Of each user with three items or more, the events of the last new one go to validation; of the rest, those of the last
  /// `rerankShare`, at least one where there are two, go to the re-ranker. All events of a user on one item go together: a
  /// click behind a view, or a purchase behind a click, says nothing about what else the user will like, and a network
  /// that is praised for foreseeing it learns what users have had by heart.
  ///
  /// - Parameters:
  ///   - oldCount: Events at the start of the log that a tower knows already; only later ones are divided, and none of
  ///     these go to the tower.
  ///   - visit: For shops where people buy again, the length of a visit in units of time: then the events of a user's
  ///     last of three visits or more are the validation, whether their items are new or not, and visits are not divided.
  ///   - heldOut: Of each event whether it is the user's validation, `[events]`, instead of the last new item. It is no
  ///     case if the user has had its item before.
  package init(
    _ log: Interactions, order: Order = .time, rerankShare: Double = 0.2, casesMax: Int = 3000, oldCount: Int = 0,
    visit: Int64? = nil, heldOut: [Bool]? = nil
  ) {
    let histories = Histories(log)
    var part = [Part](repeating: .tower, count: log.count)
    var held: [TestCase] = []
    for user in 0..<log.userCount {
      var events = histories.events(of: user)
      if case .random(let seed) = order {
        var random = SplitMix64(seed: CounterRandom(seed: seed, stream: 0x4649_54).bits(UInt64(user)))
        for i in stride(from: events.count - 1, to: 0, by: -1) { events.swapAt(i, random.below(i + 1)) }
      }
      if let visit, oldCount == 0, heldOut == nil {
        var visits: [[Int]] = []
        for event in events {
          let isSame = visits.last.map {
            log.times[$0[0]].dividedDown(by: visit) == log.times[event].dividedDown(by: visit)
          }
          if isSame == true { visits[visits.count - 1].append(event) } else { visits.append([event]) }
        }
        if visits.count >= 3, let last = visits.popLast() {
          for event in last { part[event] = .validation }
          held.append(TestCase(user: user, relevant: Self.distinct(last.map { log.items[$0] })))
        }
        var wanted = visits.count < 2 ? 0 : max(1, Int(Double(visits.reduce(0) { $0 + $1.count }) * rerankShare))
        while wanted > 0, visits.count > 1, let last = visits.popLast() {
          for event in last { part[event] = .reranker }
          wanted -= last.count
        }
        continue
      }
      let isWarm = oldCount > 0
      // What the tower knows already stays where it is, and new events on it are for the re-ranker.
      let old = Set(events.filter { $0 < oldCount }.map { log.items[$0] })
      var found: [[Int]] = []
      var place: [UInt32: Int] = [:]
      var given: [Int] = []
      for event in events where event >= oldCount {
        let item = log.items[event]
        if heldOut?[event] == true {
          given.append(event)
        } else if old.contains(item) {
          part[event] = .reranker
        } else if let known = place[item] {
          found[known].append(event)
        } else {
          place[item] = found.count
          found.append([event])
        }
      }
      if heldOut != nil {
        for event in given { part[event] = .validation }
        if let event = given.last, place[log.items[event]] == nil {
          held.append(TestCase(user: user, relevant: [log.items[event]]))
        }
      } else if found.count + old.count >= (isWarm ? 2 : 3), let last = found.popLast() {
        for event in last { part[event] = .validation }
        held.append(TestCase(user: user, relevant: [log.items[last[0]]]))
      }
      let count = isWarm ? found.count : found.count < 2 ? 0 : max(1, Int(Double(found.count) * rerankShare))
      for event in found.suffix(count).joined() { part[event] = .reranker }
    }
    if oldCount > 0, held.count < Self.warmCasesMin {
      // A handful of new events says nothing about which epoch is best, and is worth more as something to learn from.
      for event in part.indices where part[event] == .validation { part[event] = .reranker }
      held = []
    }
    whole = log
    tower = log.filter { part[$0] == .tower }
    reranker = log.filter { part[$0] == .reranker }
    known = log.filter { part[$0] != .validation }
    isValidation = part.map { $0 == .validation }
    rerankerEvents = part.indices.filter { part[$0] == .reranker }
    // Evenly over the users, so that no end of the dictionary is preferred.
    let count = held.count
    validation = count <= casesMax ? held : (0..<casesMax).map { held[$0 * count / casesMax] }
  }

  private static func distinct(_ items: [UInt32]) -> [UInt32] {
    var seen: Set<UInt32> = []
    return items.filter { seen.insert($0).inserted }
  }

  /// Held-out new events below which a model that is trained further holds out none.
  private static let warmCasesMin = 20

  private enum Part { case tower, reranker, validation }
}
