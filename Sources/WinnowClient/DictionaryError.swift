import Names

/// Why a name has no number, or a dictionary cannot be used.
public struct DictionaryError: Error, Hashable, Sendable {
  /// What kind of trouble it is.
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
  /// What happened, with the file, for people.
  public let message: String
  /// What to do about it; empty if nothing comes to mind.
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
  /// What happened.
  public var description: String { message }
}
