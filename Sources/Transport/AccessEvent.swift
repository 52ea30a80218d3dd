package import Wire

/// What became of a caller.
package enum AccessEvent: Equatable, Sendable {
  /// It has proved its key, or shown a certificate with an id.
  case known
  /// It was not let in, or its key holds no more.
  case refused(ErrorCode)
  /// Its key has not the right for a request.
  case denied(Opcode)
}
