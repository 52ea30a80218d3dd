import Placement
import Retrieval
import Vocabulary
import Wire

extension CollectionInstance {
  /// Says that a change that has been checked is about to be made; it is not made if this throws.
  typealias Log = () throws(WireError) -> Void

  /// The change of an item in a write.
  private enum Change {
    case upsert(Item)
    case update([AttributeChange])
    case delete
  }

  /// Writes whole items.
  ///
  /// - Throws: before anything has changed: DIMENSION_MISMATCH, UNKNOWN_ATTRIBUTE, CONFLICT for an outdated op, the
  ///   fault of an item, or what `log` throws.
  mutating func upsert(_ request: UpsertRequest, log: Log) throws(WireError) -> WriteResponse {
    guard request.embeddingDimension == schema.embeddingDimension else {
      throw .dimension(of: "embeddings", schema.embeddingDimension, at: 24)
    }
    guard request.rerankDimension == schema.rerankDimension else {
      throw .dimension(of: "rerank vectors", schema.rerankDimension, at: 26)
    }
    let columns = try schema.columns(of: request.attributes)
    let items = request.ids.indices.map { request.item($0, columns: columns) }
    for item in items {
      do throws(ItemError) { try ItemError.check(item, against: schema) } catch { throw WireError(error) }
    }
    guard table.hasRoom(for: items.count) else { throw .tableFull }
    return try apply(
      writer: request.writer, op: request.op, ids: request.ids, expected: request.expectedVersions, log
    ) { .upsert(items[$0]) }
  }

  /// Changes attributes of items.
  ///
  /// - Throws: before anything has changed: UNKNOWN_ATTRIBUTE, CONFLICT for an outdated op, the fault of a value, or
  ///   what `log` throws.
  mutating func update(_ request: UpdateRequest, log: Log) throws(WireError) -> WriteResponse {
    let attributes = try schema.attributes(of: request.attributes)
    let changes = request.ids.indices.map { request.changes($0, attributes: attributes) }
    for change in changes.joined() {
      do throws(ItemError) { try ItemError.check(change, against: schema) } catch { throw WireError(error) }
    }
    guard table.hasRoom(for: changes.count) else { throw .tableFull }
    return try apply(
      writer: request.writer, op: request.op, ids: request.ids, expected: request.expectedVersions, log
    ) { .update(changes[$0]) }
  }

  /// Removes items.
  mutating func delete(_ request: DeleteRequest, log: Log) throws(WireError) -> WriteResponse {
    try apply(
      writer: request.writer, op: request.op, ids: request.ids, expected: request.expectedVersions, log
    ) { _ in .delete }
  }

  /// Applies an op once to each id; items of an id that stands twice count in their last place.
  private mutating func apply(
    writer: UInt64, op: UInt64, ids: [UInt64], expected: [UInt64], _ log: Log, change: (Int) -> Change
  ) throws(WireError) -> WriteResponse {
    guard case .current(var answers) = ledger.verdict(writer: writer, op: op) else {
      throw WireError(.conflict, message: "the writer has sent a newer op")
    }
    var lastPlace: [UInt64: Int] = [:]
    for (place, id) in ids.enumerated() where answers[id] == nil { lastPlace[id] = place }
    let isReplayed = lastPlace.isEmpty
    if !isReplayed {
      try log()
      var applied: [UInt64] = []
      for (place, id) in ids.enumerated() where lastPlace[id] == place {
        answers[id] = apply(change(place), to: ItemID(id), expected: expected[place])
        applied.append(id)
      }
      ledger.record(writer: writer, op: op, ids: applied, answers: applied.compactMap { answers[$0] })
    }
    let found = ids.compactMap { answers[$0] }
    return WriteResponse(
      durability: .memory, isReplayed: isReplayed, statuses: found.map(\.status), versions: found.map(\.version))
  }

  private mutating func apply(_ change: Change, to id: ItemID, expected: UInt64) -> WriteLedger.Answer {
    let present = table.lookup(id)?.version
    switch expected {
    case 0: break
    case UpsertRequest.mustNotExist:
      if let present { return WriteLedger.Answer(status: .conflict, version: present) }
    default:
      if present != expected { return WriteLedger.Answer(status: .conflict, version: present ?? 0) }
    }
    switch change {
    case .upsert(let item):
      let version = nextVersion(of: slot(of: id))
      store(item, version: version)
      return WriteLedger.Answer(status: present == nil ? .inserted : .replaced, version: version)
    case .update(let attributes):
      guard present != nil else { return WriteLedger.Answer(status: .absent, version: 0) }
      let version = nextVersion(of: slot(of: id))
      alter(id, attributes, version: version)
      return WriteLedger.Answer(status: .replaced, version: version)
    case .delete:
      guard present != nil else { return WriteLedger.Answer(status: .absent, version: 0) }
      remove(id)
      return WriteLedger.Answer(status: .deleted, version: nextVersion(of: slot(of: id)))
    }
  }
}
