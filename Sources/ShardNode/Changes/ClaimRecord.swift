import Vocabulary
import Wire

extension Opcode {
  /// The kind of a record, never of a frame: a coordinator has taken over.
  static let claim = Opcode(rawValue: 0x5E)
}

/// The coordinator that a shard obeys: of those that ask it to change, the one with the greatest number.
struct ClaimRecord: Message, Equatable {
  let claim: UInt64

  init(_ claim: UInt64) { self.claim = claim }

  init(from reader: inout BodyReader) throws(WireError) { claim = try reader.integer() }

  func write(to writer: inout BodyWriter) { writer.write(claim) }
}

extension WireError {
  /// The answer to a coordinator that was displaced by another one.
  static var displaced: WireError {
    WireError(
      .displaced, message: "a coordinator that started later has taken over the shards: only one may run for a cluster")
  }
}
