package import Placement
package import Vocabulary

/// Some of what one collection holds in one generation, as it goes from shard to shard or into a snapshot
/// (`proto-spec/03-messages/transfer.md`).
package struct TransferPart: Message, Equatable {
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

  package var key: InstanceKey
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

  /// A part without anything.
  package init(of key: InstanceKey) { self.key = key }

  package init(from reader: inout BodyReader) throws(WireError) {
    try self.init(from: &reader, isOfSnapshot: false)
  }

  /// - Parameter isOfSnapshot: A snapshot knows nothing of items that are gone or of writers: MALFORMED_BODY.
  init(from reader: inout BodyReader, isOfSnapshot: Bool) throws(WireError) {
    let generation = Generation(try reader.integer(in: 1...UInt32.max))
    let count = Int(try reader.integer(in: 0...UInt32(Self.rowsMax), or: .limitExceeded))
    let goneCount = try Self.history(of: isOfSnapshot, from: &reader)
    let slotCount = Int(try reader.integer(in: 0...UInt32(Limits.slotCount), or: .limitExceeded))
    let writerCount = try Self.history(of: isOfSnapshot, from: &reader)
    embeddingDimension = Int(try reader.integer(in: 0...UInt16(Limits.dimensionMax), or: .dimensionMismatch))
    rerankDimension = Int(try reader.integer(in: 0...UInt16(Limits.dimensionMax), or: .dimensionMismatch))
    key = InstanceKey(name: try reader.name(), generation: generation)
    let head = try AttributeTable.Head(from: &reader)
    try reader.pad8()
    ids = try reader.array(count: count)
    versions = try reader.array(count: count)
    attributes = try AttributeTable(head, rowCount: count, from: &reader)
    let goneIDs: [UInt64] = try reader.array(count: goneCount)
    gone = zip(goneIDs, try reader.array(of: UInt64.self, count: goneCount)).map { GoneItem(id: $0, version: $1) }
    slotVersions = try Self.slotVersions(slotCount, from: &reader)
    writers = try Self.writers(writerCount, from: &reader)
    embeddings = try reader.vectors(rows: count, dimension: embeddingDimension)
    rerank = try reader.vectors(rows: count, dimension: rerankDimension)
  }

  private static func history(of isOfSnapshot: Bool, from reader: inout BodyReader) throws(WireError) -> Int {
    let at = reader.offset
    let count: UInt32 = try reader.integer(in: 0...UInt32(rowsMax), or: .limitExceeded)
    guard count == 0 || !isOfSnapshot else {
      throw WireError(
        .malformedBody, fieldOffset: at, message: "a snapshot has neither items that are gone nor writers")
    }
    return Int(count)
  }

  private static func slotVersions(_ count: Int, from reader: inout BodyReader) throws(WireError) -> [SlotVersion] {
    let numbers: [UInt16] = try reader.array(count: count) { numbers, place in
      guard numbers[place] < Limits.slotCount else { return "a slot is 0 to 4095" }
      return place == 0 || numbers[place - 1] < numbers[place] ? nil : "these slots ascend, none twice"
    }
    let slots = numbers.compactMap(Slot.init(rawValue:))
    try reader.pad8()
    return zip(slots, try reader.array(of: UInt64.self, count: count)).map { SlotVersion(slot: $0, version: $1) }
  }

  private static func writers(_ count: Int, from reader: inout BodyReader) throws(WireError) -> [WriterAnswers] {
    let writers: [UInt64] = try reader.array(count: count)
    let ops: [UInt64] = try reader.array(count: count)
    let ends: [UInt32] = try reader.array(count: count) { ends, place in
      place == 0 || ends[place - 1] <= ends[place] ? nil : "a running end never decreases"
    }
    try reader.pad8()
    let answerCount = Int(ends.last ?? 0)
    let ids: [UInt64] = try reader.array(count: answerCount)
    let versions: [UInt64] = try reader.array(count: answerCount)
    let statuses = try WriteResponse.Status.list(count: answerCount, last: .absent, from: &reader)
    try reader.pad8()
    var start = 0
    return writers.indices.map { index in
      let answers = (start..<Int(ends[index])).map {
        WriterAnswers.Answer(id: ids[$0], status: statuses[$0], version: versions[$0])
      }
      start = Int(ends[index])
      return WriterAnswers(writer: writers[index], op: ops[index], answers: answers)
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(key.generation.rawValue)
    writer.write(array: [ids.count, gone.count, slotVersions.count, writers.count].map { UInt32($0) })
    writer.write(UInt16(embeddingDimension))
    writer.write(UInt16(rerankDimension))
    writer.write(name: key.name)
    attributes.writeHead(to: &writer)
    writer.pad8()
    writer.section(.columns)
    writer.write(array: ids)
    writer.write(array: versions)
    attributes.writeColumns(to: &writer)
    writer.write(array: gone.map(\.id))
    writer.write(array: gone.map(\.version))
    writer.write(array: slotVersions.map(\.slot.rawValue))
    writer.pad8()
    writer.write(array: slotVersions.map(\.version))
    writer.write(array: writers.map(\.writer))
    writer.write(array: writers.map(\.op))
    var end: UInt32 = 0
    writer.write(
      array: writers.map { entry -> UInt32 in
        end += UInt32(entry.answers.count)
        return end
      })
    writer.pad8()
    let answers = writers.flatMap(\.answers)
    writer.write(array: answers.map(\.id))
    writer.write(array: answers.map(\.version))
    writer.write(bytes: answers.map(\.status.rawValue))
    writer.pad8()
    writer.section(.raw)
    writer.write(floats: embeddings)
    writer.write(floats: rerank)
  }
}
