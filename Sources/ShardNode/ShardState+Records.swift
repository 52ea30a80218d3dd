package import Wire

extension ShardState {
  /// Makes a change again that a log has kept.
  ///
  /// - Throws: what the state refuses it with; then the log is not one of this state.
  package mutating func apply(_ record: ShardRecord) throws(WireError) {
    switch record.opcode {
    case .shardMap:
      guard case .install(let map, let id) = try ShardMapRequest(body: record.body).step else {
        throw WireError(.malformedBody)
      }
      try install(map, as: id)
    case .collectionCreate: _ = try create(CollectionCreateRequest(body: record.body))
    case .collectionDrop: _ = try drop(CollectionDropRequest(body: record.body))
    case .upsert: _ = try upsert(UpsertRequest(body: record.body))
    case .update: _ = try update(UpdateRequest(body: record.body))
    case .delete: _ = try delete(DeleteRequest(body: record.body))
    case .transfer: try redo(TransferRequest(body: record.body))
    case .snapshot:
      guard case .write(let part) = try SnapshotRequest(body: record.body).step else { throw WireError(.malformedBody) }
      try restore(part)
    case .forget: forget(try ForgetRecord(body: record.body))
    default: throw WireError(.unknownOpcode)
    }
  }
}
