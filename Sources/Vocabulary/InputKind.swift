/// The kind of an input of a network, by its number in explanations (`proto-spec/03-messages/rank.md`); unknown numbers
/// survive.
package struct InputKind: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  private init(_ rawValue: UInt8) { self.rawValue = rawValue }

  package static let userVector = InputKind(1)
  package static let profile = InputKind(2)
  package static let itemVector = InputKind(3)
  package static let product = InputKind(4)
  package static let dot = InputKind(5)
  package static let attribute = InputKind(6)
  package static let retrievalScore = InputKind(7)
  package static let habit = InputKind(8)
  package static let affinity = InputKind(9)
  package static let age = InputKind(10)
  package static let context = InputKind(11)
  package static let owned = InputKind(12)
  package static let words = InputKind(13)

  /// The words for people, by number from 1.
  private static let allWords = [
    "user vector", "profile", "item vector", "product", "dot product", "attribute", "retrieval score", "habit",
    "affinity", "age", "context", "had before", "words",
  ]

  /// The words for people.
  package var words: String {
    (1...Self.allWords.count).contains(Int(rawValue)) ? Self.allWords[Int(rawValue) - 1] : "input \(rawValue)"
  }
}
