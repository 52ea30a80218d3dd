/// Why nothing private was made: what is wrong and what to do. Nothing was released where one was thrown.
package struct PrivacyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of trouble; a closed set, so that tests and callers can tell them apart without reading text.
  package enum Kind: Sendable {
    /// ε, δ or another setting has no meaning, or promises nothing.
    case setting
    /// The ledger's budget does not allow it.
    case budget
    /// The noise key is no key, or was used for other data or settings.
    case key
    /// The ledger cannot be read or written.
    case ledger
    /// The list of items and the log do not fit.
    case items
    /// A file of a federation is damaged, forged, or of another offer or round.
    case federation
  }

  package let kind: Kind
  package let message: String
  /// Advice; empty if there is none.
  package let advice: String

  package init(_ kind: Kind, _ message: String, advice: String = "") {
    (self.kind, self.message, self.advice) = (kind, message, advice)
  }

  package var description: String { message }
}
