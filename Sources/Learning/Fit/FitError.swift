package import DataSets

/// Why there is nothing to learn from a log, or nothing was learnt.
package enum FitError: Error, Equatable, Sendable {
  case noEvents
  case oneUser
  case oneItem
  /// Every event has weight 0.
  case noWeight
  /// Every user has had every item.
  case nothingToTellApart
  /// No user has two events of which one could follow from the other.
  case noSequences
  /// The same where a visit is learned from what was had before it: no user has two visits.
  case noVisits
  /// No new event is left to learn from.
  case nothingNew
  /// Users have no attribute of this name.
  case noUserAttribute(String)
  /// No user has this value of the attribute.
  case noUserGroup(String, String)
  /// A loss or a vector was not finite.
  case diverged(epoch: Int)

  /// The fault, for people.
  package var message: String {
    switch self {
    case .noEvents: "the data set has no events"
    case .oneUser: "all events are of one user, so there are no tastes to tell apart"
    case .oneItem: "all events are of one item, so there is nothing to rank"
    case .noWeight: "every event has weight 0"
    case .nothingToTellApart: "every user has had every item, so nothing tells what they would not choose"
    case .noSequences: "no user has two events, so a re-ranker has nothing to learn on"
    case .noVisits:
      "no user has events of two days, or two events in a log without times, so nothing shows what is bought again"
    case .nothingNew: "the new log has too few events to learn from"
    case .noUserAttribute(let name): "users have no attribute '\(name)'"
    case .noUserGroup(let name, let label): "no user has the value '\(label)' of '\(name)'"
    case .diverged(0): "the vectors of the retrieval tower are not finite"
    case .diverged(let epoch): "the loss is no longer finite in epoch \(epoch)"
    }
  }

  /// Advice.
  package var advice: String {
    switch self {
    case .noEvents, .oneUser, .oneItem, .noSequences, .nothingNew: "import a longer log, or drop fewer of its rows"
    case .noVisits: "import a log of more days, or train without --keep-known"
    case .noUserAttribute, .noUserGroup: "see users.jsonl of the data set; --group-weights names its values"
    case .noWeight: "see --weights"
    case .nothingToTellApart:
      "is a row for every user and item in the log, chosen or not? --min-value of import drops them"
    case .diverged: "lower --learning-rate or --tower-rate"
    }
  }

  /// Refuses a log from which nothing can be learnt.
  package static func check(_ log: Interactions) throws(FitError) {
    guard let user = log.users.first, let item = log.items.first else { throw .noEvents }
    guard log.users.contains(where: { $0 != user }) else { throw .oneUser }
    guard log.items.contains(where: { $0 != item }) else { throw .oneItem }
    guard log.weights.contains(where: { $0 > 0 }) else { throw .noWeight }
    let active = Set(log.users).count
    var pairs = Set<UInt64>()
    // As soon as there are fewer events than pairs, some pair is missing.
    if log.count >= active * log.itemCount {
      for (user, item) in zip(log.users, log.items) { pairs.insert(UInt64(user) << 32 | UInt64(item)) }
      guard pairs.count < active * log.itemCount else { throw .nothingToTellApart }
    }
  }
}
