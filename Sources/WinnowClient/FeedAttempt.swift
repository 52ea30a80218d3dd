import Wire

/// A part of a batch on its way: what has become of each of its elements so far.
struct FeedAttempt: Sendable {
  let lane: Int
  let part: FeedLane.Part
  private(set) var statuses: [WriteOutcome.Status]
  private(set) var versions: [UInt64]
  /// Positions of elements for which the cluster has not answered.
  private(set) var open: [Int]
  /// Why the last request failed; `nil` if it was answered.
  private(set) var failure: WinnowError?
  private(set) var isDurable = true
  /// How many members of its shard have each item at least; `nil`: not known.
  private(set) var copies: Int?
  /// Whether the last request settled something.
  private(set) var hasAdvanced = false

  init(lane: Int, part: FeedLane.Part) {
    self.lane = lane
    self.part = part
    statuses = part.elements.map { _ in .notExecuted }
    versions = part.elements.map { _ in 0 }
    open = Array(part.elements.indices)
  }

  var openElements: [Feeder.Element] { open.map { part.elements[$0] } }

  /// Whether what is open may be settled by the same op, sent again.
  var isWorthRepeating: Bool { failure.map { $0.isRetriable } ?? true }

  /// Takes in the answer to the open elements.
  mutating func take(_ outcome: WriteOutcome) {
    failure = nil
    isDurable = isDurable && outcome.isDurable
    if outcome.copies > 0 { copies = min(copies ?? .max, outcome.copies) }
    let before = open
    open = []
    for (place, position) in before.enumerated() {
      let status = outcome.statuses[place]
      // What an earlier request may have done stays in doubt until a shard answers.
      statuses[position] = status == .notExecuted && statuses[position] == .unknown ? .unknown : status
      versions[position] = outcome.versions[place]
      if !status.isSettled { open.append(position) }
    }
    hasAdvanced = open.count < before.count
  }

  /// Takes in that there is no answer.
  mutating func take(_ error: WinnowError) {
    failure = error
    hasAdvanced = false
    if error.isIndefinite { for position in open { statuses[position] = .unknown } }
  }
}
