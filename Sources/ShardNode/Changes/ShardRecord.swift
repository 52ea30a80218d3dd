import Wire

/// A change of a shard as its log keeps it: the request that made it, in the order in which changes were applied.
///
/// The same records, given to the same state in the same order, give the same state: versions, answers and all.
/// `proto-spec/08-files/shard.md`.
struct ShardRecord: Equatable, Sendable {
  /// The kind of the change: the opcode of the request.
  let opcode: Opcode
  /// The version of the body.
  let version: UInt16
  /// The body of the request.
  let body: ArraySlice<UInt8>

  /// The change that a request makes.
  init(_ opcode: Opcode, _ body: ArraySlice<UInt8>, version: UInt16 = 1) {
    self.opcode = opcode
    self.version = version
    self.body = body
  }

  /// Stands before the opcode of a request whose body has a later version than 1, and before the version.
  private static let versioned: UInt8 = 0x5D

  /// Reads a record of a log; `nil` if it is none.
  init?(payload: [UInt8]) {
    guard let opcode = payload.first else { return nil }
    guard opcode == Self.versioned else {
      self.init(Opcode(rawValue: opcode), payload.dropFirst())
      return
    }
    guard payload.count >= 4 else { return nil }
    self.init(
      Opcode(rawValue: payload[1]), payload.dropFirst(4), version: UInt16(payload[2]) | UInt16(payload[3]) << 8)
  }

  /// The record in a log.
  var payload: [UInt8] {
    guard version > 1 else { return [opcode.rawValue] + body }
    return [Self.versioned, opcode.rawValue, UInt8(truncatingIfNeeded: version), UInt8(version >> 8)] + body
  }
}
