import Placement
import Retrieval
import Vocabulary
import Wire

/// What the source of a transfer remembers of the reading: the copy of its items and how far it is read.
///
/// Only in memory: a transfer whose source restarts begins again.
struct SourceCopy {
  /// A part of the copy to read, away from the machine.
  struct Reading: Sendable {
    let part: UInt64
    let key: InstanceKey
    let snapshot: Snapshot
    let slots: SlotSet
    let start: RowAddress
  }

  /// The outcome of a reading.
  struct Outcome: Sendable {
    let reading: Reading
    /// Where to go on in the instance, `nil` at its end.
    let next: RowAddress?
    let contents: TransferPart
  }

  /// Instances that are not yet read to their end, the next one first.
  private var instances: [(key: InstanceKey, snapshot: Snapshot)]
  /// Where to go on in the first of them.
  private var start = RowAddress.first
  let slots: SlotSet
  /// Items of the copy that are not yet read.
  private(set) var itemsLeft: Int
  /// Bytes of an item, about.
  let bytesPerItem: Int
  /// The newest part, and what it held.
  private(set) var newest: (number: UInt64, contents: TransferPart?) = (0, nil)
  /// The last versions and newest ops, once all else is read.
  var closing: [TransferPart]?

  init(of slots: SlotSet, _ instances: [(key: InstanceKey, snapshot: Snapshot)], items: Int, bytesPerItem: Int) {
    self.slots = slots
    self.instances = instances
    self.itemsLeft = items
    self.bytesPerItem = bytesPerItem
  }

  /// Whether the copy is read to its end.
  var isRead: Bool { instances.isEmpty }

  /// The part to read next, `nil` at the end of the copy.
  func reading() -> Reading? {
    instances.first.map {
      Reading(part: newest.number + 1, key: $0.key, snapshot: $0.snapshot, slots: slots, start: start)
    }
  }

  /// Takes what a call has read, unless another call took the same part meanwhile.
  mutating func take(_ outcome: Outcome) {
    let reading = outcome.reading
    guard reading.part == newest.number + 1, instances.first?.key == reading.key, start == reading.start else { return }
    itemsLeft = max(0, itemsLeft - outcome.contents.ids.count)
    start = outcome.next ?? .first
    if outcome.next == nil { instances.removeFirst() }
    if !outcome.contents.ids.isEmpty { keep(outcome.contents) }
  }

  /// Gives contents the next number, under which they can be read again.
  mutating func keep(_ contents: TransferPart) { newest = (newest.number + 1, contents) }

  /// Goes on without an instance that is dropped.
  mutating func drop(_ key: InstanceKey) {
    if instances.first?.key == key { start = .first }
    instances.removeAll { $0.key == key }
    closing?.removeAll { $0.key == key }
  }
}

extension SourceCopy.Reading {
  /// The rows of one step.
  private static let rowsMax = 65_536

  /// Reads items until they have about `byteCountMax` bytes.
  func run(byteCountMax: Int) -> SourceCopy.Outcome {
    var rows: [RowAddress] = []
    var bytes = 0
    let next = snapshot.walk(from: start, rowsMax: Self.rowsMax) { row, id in
      guard slots.contains(slot(of: id)) else { return true }
      let more = snapshot.byteCount(at: row)
      guard rows.isEmpty || bytes + more <= byteCountMax && rows.count < TransferPart.rowsMax else { return false }
      bytes += more
      rows.append(row)
      return true
    }
    return SourceCopy.Outcome(reading: self, next: next, contents: TransferPart(of: key, snapshot, rows))
  }
}

extension TransferPart {
  /// Whole items of a snapshot.
  init(of key: InstanceKey, _ snapshot: Snapshot, _ rows: [RowAddress]) {
    self.init(of: key)
    guard !rows.isEmpty else { return }
    let schema = snapshot.schema
    embeddingDimension = schema.embeddingDimension
    rerankDimension = schema.rerankDimension
    ids = rows.map { snapshot.id(at: $0).rawValue }
    versions = rows.map { snapshot.version(at: $0) }
    attributes = AttributeTable(snapshot, attributes: Array(schema.attributes.indices), rows: rows)
    embeddings = snapshot.embeddings(at: rows)
    rerank = snapshot.reranks(at: rows)
  }
}
