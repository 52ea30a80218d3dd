/// Why bytes could not be read as what they claim to be.
@usableFromInline package enum ByteError: Error, Equatable, Sendable {
  /// Fewer bytes are left than the field needs.
  case truncated(offset: Int, needed: Int)
  /// Bytes are left behind a complete message.
  case trailing(offset: Int)
  /// A field's value is outside what its page allows.
  case outOfRange(offset: Int, field: StaticString)
  /// A string is not UTF-8, or has a byte that its field forbids.
  case badText(offset: Int)

  @usableFromInline package static func == (a: ByteError, b: ByteError) -> Bool {
    switch (a, b) {
    case (.truncated(let x, let n), .truncated(let y, let m)): x == y && n == m
    case (.trailing(let x), .trailing(let y)), (.badText(let x), .badText(let y)): x == y
    case (.outOfRange(let x, _), .outOfRange(let y, _)): x == y
    default: false
    }
  }

  /// Where in the body the trouble is.
  package var offset: Int {
    switch self {
    case .truncated(let offset, _), .trailing(let offset), .outOfRange(let offset, _), .badText(let offset): offset
    }
  }
}
