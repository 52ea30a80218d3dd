import Wire

// u32 writers · for each, the one that was silent longest first: u64 writer · u64 op · u32 n · n × u64 ids · n × u64
// versions · n × u8 status. All little-endian.
extension WriteLedger {
  /// Reads a ledger; what it has too much of for this one is forgotten.
  ///
  /// - Throws: `WireError`, whose offset counts from the start of the reader's bytes.
  init(from reader: inout BodyReader) throws(WireError) {
    self.init()
    for _ in 0..<(try reader.count(UInt32.self, elementSize: 20, limit: Int(UInt32.max))) {
      let writer: UInt64 = try reader.integer()
      let op: UInt64 = try reader.integer()
      let count = try reader.count(UInt32.self, elementSize: 17, limit: Int(UInt32.max))
      let ids: [UInt64] = try reader.array(count: count)
      let versions: [UInt64] = try reader.array(count: count)
      var answers: [Answer] = []
      for version in versions {
        let at = reader.offset
        guard let status = WriteResponse.Status(rawValue: try reader.integer()) else {
          throw WireError(.malformedBody, fieldOffset: at)
        }
        answers.append(Answer(status: status, version: version))
      }
      record(writer: writer, op: op, ids: ids, answers: answers)
    }
  }

  /// Writes the ledger; equal ledgers have equal bytes.
  func write(to writer: inout BodyWriter) {
    let entries = inOrderOfUse
    writer.write(UInt32(entries.count))
    for (id, entry) in entries {
      writer.write(id)
      writer.write(entry.op)
      writer.write(UInt32(entry.ids.count))
      writer.write(array: entry.ids)
      writer.write(array: entry.answers.map(\.version))
      writer.write(bytes: entry.answers.map(\.status.rawValue))
    }
  }
}
