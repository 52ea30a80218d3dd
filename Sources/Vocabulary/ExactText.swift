/// Text that a user owns, as a key: equal to other text only if both have the same UTF-8 bytes, ordered by those bytes.
///
/// `String` compares, orders and hashes by canonical equivalence: `é` as one scalar and `é` as `e` with an accent behind
/// it are one key to it, although a log may have them as two shoppers. Python, JSON files and the wire compare bytes. So
/// ids, keywords, words of a vocabulary and names of columns are compared, hashed and sorted as this type. Names by the
/// grammar of `isName` need no such care: no other text is canonically equivalent to one of them.
public struct ExactText: Sendable {
  public let text: String

  public init(_ text: String) { self.text = text }
}

extension ExactText: Hashable {
  public static func == (a: ExactText, b: ExactText) -> Bool {
    var (a, b) = (a.text, b.text)
    // SAFETY: the buffers are read within the calls that lend them.
    return a.withUTF8 { a in b.withUTF8 { b in unsafe a.count == b.count && a.elementsEqual(b) } }
  }

  public func hash(into hasher: inout Hasher) {
    var text = text
    // SAFETY: the buffer is read within the call that lends it.
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    // No UTF-8 has this byte, so texts behind each other hash apart.
    hasher.combine(0xFF as UInt8)
  }
}

extension ExactText: Comparable {
  public static func < (a: ExactText, b: ExactText) -> Bool {
    var (a, b) = (a.text, b.text)
    // SAFETY: the buffers are read within the calls that lend them.
    return a.withUTF8 { a in
      b.withUTF8 { b in
        for place in 0..<min(a.count, b.count) {
          let (left, right) = unsafe (a[place], b[place])
          if left != right { return left < right }
        }
        return a.count < b.count
      }
    }
  }
}

extension ExactText: Codable {
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension ExactText: ExpressibleByStringLiteral, CustomStringConvertible {
  public init(stringLiteral text: String) { self.init(text) }

  public var description: String { text }
}

extension String {
  /// The text to be compared by its bytes.
  public var exact: ExactText { ExactText(self) }

  /// The text behind a prefix; `nil` if the bytes do not begin with it.
  package func after(_ prefix: String) -> String? {
    utf8.starts(with: prefix.utf8) ? String(self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...]) : nil
  }

  /// The parts before and behind the first byte of this value; `nil` if there is none.
  package func split(at byte: Unicode.Scalar) -> (before: String, behind: String)? {
    // By scalars: a mark that combines would make another character of the one before it.
    guard let place = unicodeScalars.firstIndex(of: byte) else { return nil }
    return (String(self[..<place]), String(self[unicodeScalars.index(after: place)...]))
  }
}

extension Collection<String> {
  /// Whether a text stands twice, by bytes.
  package var hasRepeats: Bool { Set(map(\.exact)).count < count }

  /// The first place of a text of the same bytes.
  package func firstIndex(exactly text: String) -> Index? { firstIndex { $0.exact == text.exact } }
}
