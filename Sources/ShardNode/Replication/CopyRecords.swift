import Vocabulary
import Wire

// What a copy of a whole shard has besides records of the log. They stand in copies alone, never in a log.
extension Opcode {
  /// Items, versions, writers and histories: the body is a part of a transfer.
  static let copiedPart = Opcode(rawValue: 0x5A)
  /// The transfers that are open.
  static let copiedTransfers = Opcode(rawValue: 0x59)
}

extension ShardRecord {
  /// The change that a request makes.
  init<Request: RequestMessage>(of request: Request) {
    let body = request.body
    self.init(Request.opcode, body.bytes[...], version: body.version)
  }

  /// A part of a copy.
  init(of part: TransferPart) {
    self.init(.copiedPart, part.body(version: 2).bytes[...], version: 2)
  }
}
