import Names

/// Why a name has no number, or a dictionary cannot be used.
public struct DictionaryError: Error, Hashable, Sendable {
  /// The kind of error.
  public enum Kind: Hashable, Sendable {
    /// The dictionary has no such name.
    case unknownName
    /// A file is missing, or cannot be read.
    case unreadable
    /// A file is not what was written.
    case damaged
    /// Users are pseudonyms and the key is missing or another one.
    case key
  }

  public let kind: Kind
  /// The message, with the file, for people.
  public let message: String
  /// Advice; empty if there is none.
  public let advice: String

  init(_ error: NameError) {
    kind =
      switch error.kind {
      case .unreadable: .unreadable
      case .dictionary, .conflict: .damaged
      case .key: .key
      }
    message = error.description
    advice = error.advice
  }

  init(unknown name: String, in file: String) {
    kind = .unknownName
    message = "\(file) has no \(name.debugDescription)"
    advice = "import the log that has it with --dictionaries, train and push again"
  }
}

extension DictionaryError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}
