/// What a shopper did (`proto-spec/03-messages/event.md`).
public enum ShopperAction: UInt8, Sendable, CaseIterable {
  /// An answer showed the item.
  case impression = 1
  case view = 2
  case click = 3
  case cart = 4
  case purchase = 5
  /// Its value is the rating.
  case rating = 6
  /// Its text is what was searched for; it has no item.
  case search = 7
  /// The shopper does not want to see the item again.
  case hide = 8

  /// The word for people, and in files.
  public var word: String { "\(self)" }

  /// The kind of a word.
  public init?(word: some StringProtocol) {
    guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = kind
  }
}
