package import Vocabulary

/// DELETE: items to remove (`proto-spec/03-messages/delete.md`).
package struct DeleteRequest: WriteMessage, Equatable {
  package static let opcode = Opcode.delete

  package var collection = ""
  package var generation = Generation(0)
  package var writer: UInt64 = 0
  package var op: UInt64 = 0
  package var ids: [UInt64] = []
  /// 0: any; else the version that the item must have.
  package var expectedVersions: [UInt64] = []

  package var wantsCopies = false

  package init() {}

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

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var count = ids.count
    if C.isReading { wantsCopies = c.version >= 2 }
    try c.integer("writer", &writer, in: 1...UInt64.max)
    try c.integer("op", &op, in: 1...UInt64.max)
    try c.integer("generation", &generation)
    try c.integer("n", &count, as: UInt32.self, in: 1...Limits.upsertItemsMax, or: .limitExceeded)
    try c.name("collection", &collection)
    try c.pad8()
    try c.section(.columns)
    try c.column("ids", &ids, count: count)
    try c.column("expected_versions", &expectedVersions, count: count)
  }
}
