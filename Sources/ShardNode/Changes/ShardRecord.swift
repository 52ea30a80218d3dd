import Wire

/// A change of a shard as its log keeps it: the request that made it, in the order in which changes were applied.
///
/// The same records, given to the same state in the same order, give the same state: versions, answers and all.
/// `proto-spec/08-files/shard.md`.
struct ShardRecord: Equatable, Sendable {
  /// The kind of the change: the opcode of the request.
  let opcode: Opcode
  /// The body of the request.
  let body: ArraySlice<UInt8>

  /// The change that a request makes.
  init(_ opcode: Opcode, _ body: ArraySlice<UInt8>) {
    self.opcode = opcode
    self.body = body
  }

  /// Reads a record of a log; `nil` if it is empty.
  init?(payload: [UInt8]) {
    guard let opcode = payload.first else { return nil }
    self.init(Opcode(rawValue: opcode), payload.dropFirst())
  }

  /// The record in a log.
  var payload: [UInt8] { [opcode.rawValue] + body }
}
