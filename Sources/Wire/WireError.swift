package import Bytes
package import Filters

/// An error as it travels: what went wrong, where, and what the sender may do about it.
package struct WireError: Error, Hashable, Sendable {
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
  /// Reads an error body; unknown codes and class bits survive.
  package init(from bytes: ArraySlice<UInt8>) throws(ByteError) {
    var reader = ByteReader(bytes)
    code = ErrorCode(rawValue: try reader.read())
    errorClass = ErrorClass(rawValue: try reader.read())
    retryAfterMilliseconds = try reader.read()
    let offset = try reader.read(UInt32.self)
    fieldOffset = offset == .max ? nil : offset
    let shard = try reader.read(UInt32.self)
    self.shard = shard == .max ? nil : shard
    epoch = try reader.read()
    message = try reader.readText(limit: WireError.messageBytesMax)
    try reader.finish()
  }

  /// The error body; a longer message is cut between characters.
  package var body: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 22 + message.utf8.count)
    writer.write(code.rawValue)
    writer.write(errorClass.rawValue)
    writer.write(retryAfterMilliseconds)
    writer.write(fieldOffset ?? .max)
    writer.write(shard ?? .max)
    writer.write(epoch)
    var text = message
    while text.utf8.count > WireError.messageBytesMax { text.removeLast() }
    writer.write(text: text)
    return writer.bytes
  }
}
