package import Vocabulary

/// UPDATE: attributes of items to set and to remove; vectors stay (`proto-spec/03-messages/update.md`).
package struct UpdateRequest: WriteMessage, Equatable {
  package static let opcode = Opcode.update

  package var collection = ""
  package var generation = Generation(0)
  package var writer: UInt64 = 0
  package var op: UInt64 = 0
  /// No id twice.
  package var ids: [UInt64] = []
  /// 0: any; else the version that the item must have.
  package var expectedVersions: [UInt64] = []
  /// The values to set; what is missing stays as it is, or is removed.
  package var attributes = AttributeTable.empty(rowCount: 0)
  /// For each column the rows whose value is removed, as bits like those of the presence; no row that is set as well.
  package var removals: [[UInt8]] = []

  package var wantsCopies = false

  package init() {}

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

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var count = ids.count
    if C.isReading { wantsCopies = c.version >= 2 }
    try c.integer("writer", &writer, in: 1...UInt64.max)
    try c.integer("op", &op, in: 1...UInt64.max)
    try c.integer("generation", &generation)
    try c.integer("n", &count, as: UInt32.self, in: 1...Limits.upsertItemsMax, or: .limitExceeded)
    try c.name("collection", &collection)
    try c.head(of: &attributes)
    try c.pad8()
    try c.section(.columns)
    try c.distinctIDs("ids", &ids, count: count)
    try c.column("expected_versions", &expectedVersions, count: count)
    try c.columns(of: &attributes, rowCount: count)
    try c.removals(&removals, from: attributes)
  }
}
