/// What one user is tested on: held-out items, among given candidates or the whole catalogue.
package struct TestCase: Sendable, Equatable {
  package var user: Int
  /// Items that should stand in front; not empty.
  package var relevant: [UInt32]
  /// The others to rank them against, as the NCF protocol's 99 negatives; `nil` for every item that is not in the
  /// user's history.
  package var others: [UInt32]?

  package init(user: Int, relevant: [UInt32], others: [UInt32]? = nil) {
    (self.user, self.relevant, self.others) = (user, relevant, others)
  }
}
