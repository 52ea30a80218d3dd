package import Placement
package import Vocabulary

/// Some of what one collection holds in one generation, as it goes from shard to shard or into a snapshot
/// (`proto-spec/03-messages/transfer.md`).
package struct TransferPart: Message, FieldGroup, Equatable {
  /// Items, items that are gone, and writers of one part at most.
  package static let rowsMax = 65_536

  /// The last version that a slot has given to an item.
  package struct SlotVersion: Hashable, Sendable {
    package var slot: Slot
    package var version: UInt64

    package init(slot: Slot, version: UInt64) {
      self.slot = slot
      self.version = version
    }
  }

  /// An item that was removed: any version that it had is at most this one.
  package struct GoneItem: Hashable, Sendable {
    package var id: UInt64
    package var version: UInt64

    package init(id: UInt64, version: UInt64) {
      self.id = id
      self.version = version
    }
  }

  /// The answers to the newest op of a writer, as far as they concern some ids.
  package struct WriterAnswers: Hashable, Sendable {
    /// The outcome for one item.
    package struct Answer: Hashable, Sendable {
      package var id: UInt64
      package var status: WriteResponse.Status
      package var version: UInt64

      package init(id: UInt64, status: WriteResponse.Status, version: UInt64) {
        self.id = id
        self.status = status
        self.version = version
      }
    }

    package var writer: UInt64
    package var op: UInt64
    package var answers: [Answer]

    package init(writer: UInt64, op: UInt64, answers: [Answer]) {
      self.writer = writer
      self.op = op
      self.answers = answers
    }
  }

  package var key = InstanceKey(name: "", generation: Generation(0))
  package var embeddingDimension = 0
  package var rerankDimension = 0
  package var ids: [UInt64] = []
  package var versions: [UInt64] = []
  package var attributes = AttributeTable.empty(rowCount: 0)
  /// `[n, d]`.
  package var embeddings: [Float] = []
  /// `[n, r]`.
  package var rerank: [Float] = []
  package var gone: [GoneItem] = []
  /// Ascending by slot.
  package var slotVersions: [SlotVersion] = []
  package var writers: [WriterAnswers] = []
  /// Of the collection, whichever the generation is; version 1 of a body has none.
  package var histories: HistoryPart?

  package init() {}

  /// A part without anything.
  package init(of key: InstanceKey) { self.key = key }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try fields(&c, isOfSnapshot: false)
  }

  /// - Parameter isOfSnapshot: A snapshot knows nothing of items that are gone or of writers: MALFORMED_BODY.
  mutating func fields<C: FieldCoder>(_ c: inout C, isOfSnapshot: Bool) throws(C.Failure) {
    var (count, goneCount, slotCount, writerCount) = (ids.count, gone.count, slotVersions.count, writers.count)
    let alone = "a snapshot has neither items that are gone nor writers"
    try c.integer("generation", &key.generation, in: 1...UInt32.max)
    try c.integer("n", &count, as: UInt32.self, in: 0...Self.rowsMax, or: .limitExceeded)
    let goneAt = c.offset
    try c.integer("gone", &goneCount, as: UInt32.self, in: 0...Self.rowsMax, or: .limitExceeded)
    try c.check(goneCount == 0 || !isOfSnapshot, at: goneAt, alone)
    try c.integer("slot_count", &slotCount, as: UInt32.self, in: 0...Limits.slotCount, or: .limitExceeded)
    let writersAt = c.offset
    try c.integer("writer_count", &writerCount, as: UInt32.self, in: 0...Self.rowsMax, or: .limitExceeded)
    try c.check(writerCount == 0 || !isOfSnapshot, at: writersAt, alone)
    try c.dimension("dimension", &embeddingDimension, or: .dimensionMismatch)
    try c.dimension("rerank_dimension", &rerankDimension, or: .dimensionMismatch)
    try c.name("collection", &key.name)
    try c.head(of: &attributes)
    try c.pad8()
    try c.section(.columns)
    try c.column("ids", &ids, count: count)
    try c.column("versions", &versions, count: count)
    try c.columns(of: &attributes, rowCount: count)
    try Self.goneItems(&gone, count: goneCount, &c)
    try Self.slotVersions(&slotVersions, count: slotCount, &c)
    try Self.writers(&writers, count: writerCount, &c)
    try c.section(.raw)
    try c.vectors("embeddings", &embeddings, rows: count, dimension: embeddingDimension)
    try c.vectors("rerank_vectors", &rerank, rows: count, dimension: rerankDimension)
    guard c.version >= 2 else { return }
    let historiesAt = c.offset
    try c.histories(&histories)
    try c.check(!isOfSnapshot || histories?.answers.isEmpty ?? true, at: historiesAt, alone)
  }

  private static func goneItems<C: FieldCoder>(
    _ items: inout [GoneItem], count: Int, _ c: inout C
  ) throws(C.Failure) {
    var (ids, versions) = (items.map(\.id), items.map(\.version))
    try c.column("gone_ids", &ids, count: count)
    try c.column("gone_versions", &versions, count: count)
    guard C.isReading else { return }
    items = zip(ids, versions).map { GoneItem(id: $0, version: $1) }
  }

  private static func slotVersions<C: FieldCoder>(
    _ entries: inout [SlotVersion], count: Int, _ c: inout C
  ) throws(C.Failure) {
    var (slots, versions) = (entries.map(\.slot.rawValue), entries.map(\.version))
    try c.column("part_slots", &slots, count: count) { numbers, place in
      guard numbers[place] < Limits.slotCount else { return "a slot is 0 to 4095" }
      return place == 0 || numbers[place - 1] < numbers[place] ? nil : "these slots ascend, none twice"
    }
    try c.pad8()
    try c.column("slot_versions", &versions, count: count)
    guard C.isReading else { return }
    entries = zip(slots.compactMap(Slot.init(rawValue:)), versions).map { SlotVersion(slot: $0, version: $1) }
  }

  private static func writers<C: FieldCoder>(
    _ entries: inout [WriterAnswers], count: Int, _ c: inout C
  ) throws(C.Failure) {
    let known = entries.flatMap(\.answers)
    var (writers, ops, ends) = (entries.map(\.writer), entries.map(\.op), [UInt32]())
    for entry in entries { ends.append((ends.last ?? 0) + UInt32(entry.answers.count)) }
    var (ids, versions, statuses) = (known.map(\.id), known.map(\.version), known.map(\.status))
    try c.column("writers", &writers, count: count)
    try c.column("ops", &ops, count: count)
    try c.column("answer_ends", &ends, count: count) { ends, place in
      place == 0 || ends[place - 1] <= ends[place] ? nil : "a running end never decreases"
    }
    try c.pad8()
    let answerCount = Int(ends.last ?? 0)
    try c.column("answer_ids", &ids, count: answerCount)
    try c.column("answer_versions", &versions, count: answerCount)
    try c.statuses("answer_statuses", &statuses, count: answerCount, last: .absent)
    try c.pad8()
    guard C.isReading else { return }
    var start = 0
    entries = writers.indices.map { index in
      let answers = (start..<Int(ends[index])).map {
        WriterAnswers.Answer(id: ids[$0], status: statuses[$0], version: versions[$0])
      }
      start = Int(ends[index])
      return WriterAnswers(writer: writers[index], op: ops[index], answers: answers)
    }
  }
}

extension FieldCoder {
  /// The part of a reply that may have one.
  mutating func part(_ part: inout TransferPart?, isThere: Bool) throws(Failure) {
    guard isThere else { return part = nil }
    var contents = part ?? TransferPart()
    try contents.fields(&self)
    part = contents
  }
}
