package import Vocabulary

/// Takes results in their order, up to a limit for each value of an attribute.
package struct GroupCap: Sendable {
  private let most: Int
  private var counts: [AttributeValue: Int] = [:]
  /// Candidates that a full group kept out.
  package private(set) var displacedCount = 0

  /// A cap of `most` per value, at least 1.
  package init(most: Int) { self.most = most }

  /// Whether the next candidate, of this value, is taken; without a value it is a group of its own.
  package mutating func admits(_ value: AttributeValue?) -> Bool {
    guard let value else { return true }
    guard counts[value, default: 0] < most else {
      displacedCount += 1
      return false
    }
    counts[value, default: 0] += 1
    return true
  }
}
