import Placement
import Retrieval
import Vocabulary
import Wire

/// The shell of the shard's machine: one call at a time, on whatever executor the caller's task prefers.
actor ShardStore {
  private var state = ShardState()

  /// What the connection layer and STATUS show of the shard.
  struct Standing: Sendable {
    var shardMap: ShardMap?
    var shardID: ShardID?
  }

  var standing: Standing { Standing(shardMap: state.shardMap, shardID: state.shardID) }

  func install(_ map: ShardMap, as id: ShardID) throws(WireError) -> Standing {
    try state.install(map, as: id)
    return standing
  }

  func create(_ request: CollectionCreateRequest) throws(WireError) -> CollectionCreateResponse {
    try state.create(request)
  }

  func drop(_ request: CollectionDropRequest) throws(WireError) -> CollectionDropResponse { try state.drop(request) }

  func describe(_ request: CollectionDescribeRequest) throws(WireError) -> CollectionDescribeResponse {
    try state.describe(request)
  }

  func memories() -> [(key: InstanceKey, memory: TableMemory)] { state.memories() }

  func upsert(_ request: UpsertRequest, epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.check(epoch)
    return try state.upsert(request)
  }

  func nextEncoding(_ key: InstanceKey) -> Encoding? { state.nextEncoding(key) }

  func attach(_ encoded: EncodedBlock, to key: InstanceKey) { state.attach(encoded, to: key) }

  func delete(_ request: DeleteRequest, epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.check(epoch)
    return try state.delete(request)
  }

  func locate(_ request: GetRequest, epoch: Epoch) throws(WireError) -> LocatedItems {
    try state.check(epoch)
    return try state.locate(request)
  }

  func contents(_ key: InstanceKey, epoch: Epoch) throws(WireError) -> (snapshot: Snapshot, memoryBytes: Int) {
    try state.check(epoch)
    return try state.contents(key)
  }

  func prepare(_ request: SearchRequest, epoch: Epoch, now: Instant) throws(WireError) -> SearchTarget {
    try state.check(epoch)
    return try state.prepare(request, now: now)
  }
}
