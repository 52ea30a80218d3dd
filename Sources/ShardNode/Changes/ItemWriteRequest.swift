import Retrieval
import Vocabulary
import Wire

/// A write of items by a client: UPSERT, UPDATE or DELETE.
protocol ItemWriteRequest: ChangeRequest, WriteMessage {
  var collection: String { get }
  var generation: Generation { get }
  var writer: UInt64 { get }
  var op: UInt64 { get }
  var ids: [UInt64] { get }
  var expectedVersions: [UInt64] { get }

  /// The change of each item, `[n]`, checked against the schema and the room of an instance.
  func edits(on instance: CollectionInstance) throws(WireError) -> [ItemWrite.Edit]
}

extension ItemWriteRequest {
  var key: InstanceKey { InstanceKey(name: collection, generation: generation) }

  func loggedVersion(of sent: UInt16) -> UInt16 { 1 }

  static func reply(_ reply: WriteResponse, copies: Int) -> WriteResponse {
    var reply = reply
    reply.copies = UInt8(clamping: copies)
    return reply
  }

  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: WriteResponse) {
    let instance = try state.instance(key)
    try state.check(writable: ids)
    let write = try ItemWrite(self, edits(on: instance), on: instance, durability: state.isDurable ? .disk : .memory)
    return (write.ids.isEmpty ? [] : [.write(write, to: key)], write.response)
  }
}

extension UpsertRequest: ItemWriteRequest {
  var rows: WrittenRows? { WrittenRows(key: key, count: ids.count, growth: .unbounded) }

  func edits(on instance: CollectionInstance) throws(WireError) -> [ItemWrite.Edit] {
    let items = try checkedItems(of: instance.schema, dimensionsAt: 24)
    guard instance.table.hasRoom(for: items.count) else { throw .tableFull }
    return items.map { .store($0) }
  }
}

extension UpdateRequest: ItemWriteRequest {
  // Numbers are rewritten in rows as large as they were; texts and keywords may be longer.
  var rows: WrittenRows? {
    WrittenRows(key: key, count: ids.count, growth: attributes.strings.isEmpty ? .passing : .unbounded)
  }

  func edits(on instance: CollectionInstance) throws(WireError) -> [ItemWrite.Edit] {
    let indexes = try instance.schema.attributes(of: attributes)
    let changes = ids.indices.map { self.changes($0, attributes: indexes) }
    for change in changes.joined() {
      do throws(ItemError) { try ItemError.check(change, against: instance.schema) } catch { throw WireError(error) }
    }
    guard instance.table.hasRoom(for: changes.count) else { throw .tableFull }
    return changes.map { .alter($0) }
  }
}

extension DeleteRequest: ItemWriteRequest {
  var freesRoom: Bool { true }

  func edits(on instance: CollectionInstance) -> [ItemWrite.Edit] { ids.map { _ in .remove } }
}
