/// A retrieval or ranking score: a finite float32 in which zero is always +0.
public struct Score: Hashable, Sendable {
  public let value: Float

  /// - Returns: `nil` for a NaN or an infinity; −0 becomes +0.
  public init?(_ value: Float) {
    guard value.isFinite else { return nil }
    self.value = value + 0
  }
}

/// An item and its retrieval score, in the one order that Winnow knows.
public struct Candidate: Hashable, Comparable, Sendable {
  public let score: Score
  public let itemID: ItemID

  public init(score: Score, itemID: ItemID) {
    self.score = score
    self.itemID = itemID
  }

  /// Orders by score, higher first; equal scores by item id, lower first. Total, because a score is finite.
  public static func < (a: Candidate, b: Candidate) -> Bool {
    a.score.value != b.score.value ? a.score.value > b.score.value : a.itemID < b.itemID
  }
}
