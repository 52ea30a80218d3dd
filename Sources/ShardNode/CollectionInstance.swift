import Placement
import Retrieval
import Vocabulary
import Wire

/// A collection in one generation, as a shard keeps it.
struct CollectionInstance {
  let schema: CollectionSchema
  let table: ItemTable
  /// The last version given to an item of each slot, `[4096]`.
  private var slotVersions = [UInt64](repeating: 0, count: Limits.slotCount)
  /// How many items each slot holds, `[4096]`.
  private(set) var slotCounts = [Int](repeating: 0, count: Limits.slotCount)
  private var ledger = WriteLedger()

  init(schema: CollectionSchema) {
    self.schema = schema
    table = ItemTable(schema: schema)
  }

  /// Items of the slots of a set.
  func count(in slots: SlotSet) -> Int { slots.slots.reduce(0) { $0 + slotCounts[Int($1.rawValue)] } }

  /// What becomes of an item in a write.
  private enum Change {
    case upsert(Item)
    case delete
  }

  /// Applies an op once; items of an id that stands twice count in their last place.
  ///
  /// - Parameter items: The items of the request, by its positions, or `nil` for a delete.
  private mutating func apply(
    writer: UInt64, op: UInt64, ids: [UInt64], expected: [UInt64], change: (Int) -> Change
  ) throws(WireError) -> WriteResponse {
    switch ledger.verdict(writer: writer, op: op) {
    case .known(var answer):
      answer.isReplayed = true
      return answer
    case .outdated: throw WireError(.conflict, message: "the writer has sent a newer op")
    case .new: break
    }
    var lastPlace: [UInt64: Int] = [:]
    for (place, id) in ids.enumerated() { lastPlace[id] = place }
    var statuses = [WriteResponse.Status](repeating: .conflict, count: ids.count)
    var versions = [UInt64](repeating: 0, count: ids.count)
    for (place, id) in ids.enumerated() where lastPlace[id] == place {
      (statuses[place], versions[place]) = try apply(change(place), to: ItemID(id), expected: expected[place])
    }
    for (place, id) in ids.enumerated() {
      guard let last = lastPlace[id], last != place else { continue }
      (statuses[place], versions[place]) = (statuses[last], versions[last])
    }
    let answer = WriteResponse(durability: .memory, isReplayed: false, statuses: statuses, versions: versions)
    ledger.record(writer: writer, op: op, answer: answer)
    return answer
  }

  private mutating func apply(
    _ change: Change, to id: ItemID, expected: UInt64
  ) throws(WireError) -> (WriteResponse.Status, UInt64) {
    let present = table.lookup(id)?.version
    switch expected {
    case 0: break
    case UpsertRequest.mustNotExist: if let present { return (.conflict, present) }
    default: if present != expected { return (.conflict, present ?? 0) }
    }
    let slot = Int(slot(of: id).rawValue)
    switch change {
    case .upsert(let item):
      let version = slotVersions[slot] + 1
      do throws(ItemError) { try table.upsert(item, version: version) } catch { throw WireError(error) }
      slotVersions[slot] = version
      if present == nil { slotCounts[slot] += 1 }
      return (present == nil ? .inserted : .replaced, version)
    case .delete:
      guard present != nil else { return (.absent, 0) }
      table.delete(id)
      slotVersions[slot] += 1
      slotCounts[slot] -= 1
      return (.deleted, slotVersions[slot])
    }
  }

  /// Writes whole items.
  ///
  /// - Throws: before anything has changed: DIMENSION_MISMATCH, UNKNOWN_ATTRIBUTE, CONFLICT for an outdated op, or the
  ///   fault of an item.
  mutating func upsert(_ request: UpsertRequest) throws(WireError) -> WriteResponse {
    guard request.embeddingDimension == schema.embeddingDimension else {
      throw WireError(.dimensionMismatch, fieldOffset: 24)
    }
    guard request.rerankDimension == schema.rerankDimension else {
      throw WireError(.dimensionMismatch, fieldOffset: 26)
    }
    let columns = try schema.columns(of: request.attributes)
    let items = request.ids.indices.map { request.item($0, columns: columns) }
    for item in items {
      do throws(ItemError) { try ItemError.check(item, against: schema) } catch { throw WireError(error) }
    }
    return try apply(
      writer: request.writer, op: request.op, ids: request.ids, expected: request.expectedVersions
    ) { .upsert(items[$0]) }
  }

  /// Removes items.
  mutating func delete(_ request: DeleteRequest) throws(WireError) -> WriteResponse {
    try apply(
      writer: request.writer, op: request.op, ids: request.ids, expected: request.expectedVersions
    ) { _ in .delete }
  }
}
