package import Vocabulary

/// UPDATE: attributes of items to set and to remove; vectors stay (`proto-spec/03-messages/update.md`).
package struct UpdateRequest: RequestMessage, Equatable {
  package typealias Reply = WriteResponse
  package static let opcode = Opcode.update

  package var collection: String
  package var generation: Generation
  package var writer: UInt64
  package var op: UInt64
  /// No id twice.
  package var ids: [UInt64]
  /// 0: any; else the version that the item must have.
  package var expectedVersions: [UInt64]
  /// The values to set; what is missing stays as it is, or is removed.
  package var attributes: AttributeTable
  /// For each column the rows whose value is removed, as bits like those of the presence; no row that is set as well.
  package var removals: [[UInt8]]

  package init(
    collection: String, generation: Generation = Generation(0), writer: UInt64, op: UInt64, ids: [UInt64],
    expectedVersions: [UInt64], attributes: AttributeTable, removals: [[UInt8]]
  ) {
    self.collection = collection
    self.generation = generation
    self.writer = writer
    self.op = op
    self.ids = ids
    self.expectedVersions = expectedVersions
    self.attributes = attributes
    self.removals = removals
  }

  /// Whether the value of a row in a column is removed.
  package func isRemoved(_ row: Int, column: Int) -> Bool { removals[column][row / 8] >> (row % 8) & 1 == 1 }

  package init(from reader: inout BodyReader) throws(WireError) {
    writer = try reader.integer(in: 1...UInt64.max)
    op = try reader.integer(in: 1...UInt64.max)
    generation = Generation(try reader.integer())
    let count = Int(try reader.integer(in: 1...UInt32(Limits.upsertItemsMax), or: .limitExceeded))
    collection = try reader.name()
    let head = try AttributeTable.Head(from: &reader)
    try reader.pad8()
    let at = reader.offset
    ids = try reader.array(count: count)
    var seen = Set<UInt64>(minimumCapacity: count)
    for (place, id) in ids.enumerated() where !seen.insert(id).inserted {
      throw WireError(.duplicateField, fieldOffset: at + 8 * place, message: "an id stands once in an update")
    }
    expectedVersions = try reader.array(count: count)
    attributes = try AttributeTable(head, rowCount: count, from: &reader)
    removals = []
    for column in attributes.columns {
      removals.append(try reader.bits(count, within: column.presence, isInverted: true))
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(self.writer)
    writer.write(op)
    writer.write(generation.rawValue)
    writer.write(UInt32(ids.count))
    writer.write(name: collection)
    attributes.writeHead(to: &writer)
    writer.pad8()
    writer.section(.columns)
    writer.write(array: ids)
    writer.write(array: expectedVersions)
    attributes.writeColumns(to: &writer)
    for bits in removals {
      writer.write(bytes: bits)
      writer.pad8()
    }
  }
}
