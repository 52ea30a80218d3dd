package import Bytes
package import Filters

/// An error as it travels: what went wrong, where, and what the sender may do about it.
package struct WireError: Error, ConnectionBody {
  package var code: ErrorCode
  package var errorClass: ErrorClass
  /// Where in the body, or `nil`.
  package var fieldOffset: UInt32?
  /// Which shard, or `nil`.
  package var shard: UInt32?
  /// The newest epoch that the node knows, or 0.
  package var epoch: UInt32
  package var retryAfterMilliseconds: UInt32
  /// For people; never parsed, never repeats what the peer sent.
  package var message: String

  /// Longest message in UTF-8 bytes.
  package static let messageBytesMax = 512
  /// Largest error body in bytes.
  package static let bodyBytesMax = 22 + messageBytesMax

  /// An error of the registry, with its class and its meaning unless others are given.
  package init(
    _ code: ErrorCode, errorClass: ErrorClass? = nil, fieldOffset: Int? = nil, shard: UInt32? = nil, epoch: UInt32 = 0,
    retryAfterMilliseconds: UInt32 = 0, message: String? = nil
  ) {
    self.code = code
    self.errorClass = errorClass ?? code.defaultClass
    self.fieldOffset = fieldOffset.flatMap { UInt32(exactly: $0) }
    self.shard = shard
    self.epoch = epoch
    self.retryAfterMilliseconds = retryAfterMilliseconds
    self.message = message ?? code.meaning
  }

  /// The answer to a body that could not be read: MALFORMED_BODY, TRAILING_BYTES or BAD_UTF8, with the field's offset.
  package init(_ error: ByteError) {
    switch error {
    case .truncated(let offset, _):
      self.init(.malformedBody, fieldOffset: offset, message: "the body ends before this field does")
    case .outOfRange(let offset, let field):
      self.init(.malformedBody, fieldOffset: offset, message: "\(field)")
    case .trailing(let offset): self.init(.trailingBytes, fieldOffset: offset)
    case .badText(let offset): self.init(.badUTF8, fieldOffset: offset)
    }
  }

  /// The answer to the text of a filter that does not parse or does not fit the schema.
  ///
  /// - Parameter filterAt: Where the text stands in the body. A limit is told there, any other fault by its place in the
  ///   text, in bytes from 0.
  package init(_ error: FilterError, filterAt: Int?) {
    let isLimit = error.kind == .limitExceeded
    self.init(
      isLimit ? .limitExceeded : .badFilter, fieldOffset: isLimit ? filterAt : max(error.column - 1, 0),
      message: error.message)
  }

  /// Whether the connection closes.
  package var isFatal: Bool { errorClass.contains(.fatal) }

  /// The same error, closing the connection.
  package var fatal: WireError {
    var error = self
    error.errorClass.insert(.fatal)
    return error
  }
}

extension WireError {
  package init() { self.init(ErrorCode(rawValue: 0), errorClass: []) }

  /// Unknown codes and class bits survive; a message that is too long to be written is cut between characters.
  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("code", &code)
    try c.integer("class", &errorClass)
    try c.integer("retry_after_ms", &retryAfterMilliseconds)
    try c.integer("field_offset", &fieldOffset, none: .max)
    try c.integer("shard", &shard, none: .max)
    try c.integer("epoch", &epoch)
    while message.utf8.count > WireError.messageBytesMax { message.removeLast() }
    try c.text("message", &message, limit: WireError.messageBytesMax, or: .malformedBody)
  }
}
