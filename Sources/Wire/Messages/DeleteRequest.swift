package import Vocabulary

/// DELETE: items to remove (`proto-spec/03-messages/delete.md`).
package struct DeleteRequest: RequestMessage, Equatable {
  package typealias Reply = WriteResponse
  package static let opcode = Opcode.delete

  package var collection: String
  package var generation: Generation
  package var writer: UInt64
  package var op: UInt64
  package var ids: [UInt64]
  /// 0: any; else the version that the item must have.
  package var expectedVersions: [UInt64]

  package init(
    collection: String, generation: Generation = Generation(0), writer: UInt64, op: UInt64, ids: [UInt64],
    expectedVersions: [UInt64]
  ) {
    self.collection = collection
    self.generation = generation
    self.writer = writer
    self.op = op
    self.ids = ids
    self.expectedVersions = expectedVersions
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    writer = try reader.integer(in: 1...UInt64.max)
    op = try reader.integer(in: 1...UInt64.max)
    generation = Generation(try reader.integer())
    let count = Int(try reader.integer(in: 1...UInt32(Limits.upsertItemsMax), or: .limitExceeded))
    collection = try reader.name()
    try reader.pad8()
    ids = try reader.array(count: count)
    expectedVersions = try reader.array(count: count)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(self.writer)
    writer.write(op)
    writer.write(generation.rawValue)
    writer.write(UInt32(ids.count))
    writer.write(name: collection)
    writer.pad8()
    writer.section(.columns)
    writer.write(array: ids)
    writer.write(array: expectedVersions)
  }
}
