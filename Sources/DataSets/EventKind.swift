/// The kind of an event.
package enum EventKind: UInt8, Sendable, CaseIterable {
  case view
  case click
  case cart
  case purchase
  case rating

  /// The word that files and flags use.
  package var word: String { "\(self)" }

  /// The kind that a word of a log means, in any case.
  init?(_ bytes: ArraySlice<UInt8>) {
    switch String(decoding: bytes, as: UTF8.self).lowercased() {
    case "view", "pv", "pageview", "page_view", "detail", "impression": self = .view
    case "click": self = .click
    case "cart", "addtocart", "add_to_cart", "add-to-cart", "basket": self = .cart
    case "purchase", "buy", "order", "transaction", "sale": self = .purchase
    case "rating", "rate", "review", "like": self = .rating
    default: return nil
    }
  }

  /// The kind that a flag names.
  package init?(word: some StringProtocol) {
    guard let kind = EventKind.allCases.first(where: { $0.word == word }) else { return nil }
    self = kind
  }
}
