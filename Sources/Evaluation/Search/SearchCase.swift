/// Something that was searched for, and what it should find.
package struct SearchCase: Sendable {
  package let text: String
  /// What each judged item is worth, above 0.
  package var gains: [Int: Double]
  package var good: Set<Int>
  /// Items that are left out, since the shopper has them.
  package var hidden: Set<Int>
  /// The shopper's row in the model; `nil`: nothing is known of them.
  package var user: Int?
  /// Items that the shopper has met before, oldest first.
  package var history: [UInt32]

  package init(
    text: String, gains: [Int: Double] = [:], good: Set<Int> = [], hidden: Set<Int> = [], user: Int? = nil,
    history: [UInt32] = []
  ) {
    (self.text, self.gains, self.good, self.hidden) = (text, gains, good, hidden)
    (self.user, self.history) = (user, history)
  }
}
