/// One step's pairs: users, items, targets and weights, `[pairs]` each.
///
/// Under a grouped loss each event stands before its negatives.
package struct PairBatch: Sendable {
  package var users: [UInt32] = []
  package var items: [UInt32] = []
  /// 1 for an event, 0 for a negative.
  package var targets: [Float] = []
  package var weights: [Float] = []
  /// The events whose moments the pairs are about; empty if a network reads nothing of moments.
  package var events: [UInt32] = []
  /// The tower's scores to read instead of those of the network's own tower; empty for these.
  package var retrievalScores: [Float] = []

  /// The pairs that strangers meet; `nil`: each is met by the shopper of its event.
  package var strangers: StrangerRows?

  package init() {}

  package init(users: [UInt32], items: [UInt32], targets: [Float], weights: [Float]) {
    (self.users, self.items, self.targets, self.weights) = (users, items, targets, weights)
  }

  package var count: Int { users.count }

  /// The users whose vectors the pairs move, in the table; those of strangers are in no table.
  var movedUsers: [UInt32] {
    guard let strangers else { return users }
    return zip(users, strangers.rows).map { $1 < 0 ? $0 : .max }
  }

  mutating func removeAll() {
    users.removeAll(keepingCapacity: true)
    items.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    events.removeAll(keepingCapacity: true)
    retrievalScores.removeAll(keepingCapacity: true)
    strangers = nil
  }

  mutating func append(_ user: UInt32, _ item: UInt32, _ target: Float, _ weight: Float) {
    users.append(user)
    items.append(item)
    targets.append(target)
    weights.append(weight)
  }
}
