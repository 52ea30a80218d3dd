/// Why a dictionary or a key cannot be used.
///
/// Never holds an id: an id of a shopper must not reach a log this way.
package struct NameError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of trouble.
  package enum Kind: Sendable {
    /// The file is not there, or cannot be read.
    case unreadable
    /// The file is damaged.
    case dictionary
    /// The key is missing, another one, or no key.
    case key
    /// Two ids have one pseudonym.
    case conflict
  }

  package let file: String
  package let kind: Kind
  package let message: String
  /// Advice; empty if there is none.
  package let advice: String

  package init(_ file: String, _ kind: Kind, _ message: String, advice: String = "") {
    self.file = file
    self.kind = kind
    self.message = message
    self.advice = advice
  }

  /// `FILE: MESSAGE`, in one line.
  package var description: String { "\(file): \(message)" }
}
