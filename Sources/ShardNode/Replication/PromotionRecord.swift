import Vocabulary
import Wire

extension Opcode {
  /// The kind of a record, never of a frame: a primary's term begins.
  static let promotion = Opcode(rawValue: 0x5B)
}

/// The term of a primary, as its first record.
struct PromotionRecord: Message, Equatable {
  let term: UInt32

  init(_ term: UInt32) { self.term = term }

  init(from reader: inout BodyReader) throws(WireError) { term = try reader.integer(in: 1...UInt32.max) }

  func write(to writer: inout BodyWriter) { writer.write(term) }
}
