import Placement
import Retrieval
import Vocabulary
import Wire

/// The shell of the shard's machine: one call at a time, on whatever executor the caller's task prefers.
actor ShardStore {
  private var state: ShardState

  init(epochMicroseconds: UInt64) { state = ShardState(epochMicroseconds: epochMicroseconds) }

  /// What the connection layer and STATUS show of the shard.
  struct Standing: Sendable {
    var shardMap: ShardMap?
    var shardID: ShardID?
  }

  var standing: Standing { Standing(shardMap: state.shardMap, shardID: state.shardID) }

  func install(_ map: ShardMap, as id: ShardID, now: Instant) throws(WireError) -> Standing {
    try state.install(map, as: id, now: now)
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

  func update(_ request: UpdateRequest, epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.check(epoch)
    return try state.update(request)
  }

  func nextEncoding(_ key: InstanceKey) -> Encoding? { state.nextEncoding(key) }

  func attach(_ encoded: EncodedBlock, to key: InstanceKey) { state.attach(encoded, to: key) }

  func delete(_ request: DeleteRequest, epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.check(epoch)
    return try state.delete(request)
  }

  func locate(_ request: GetRequest, epoch: Epoch, now: Instant) throws(WireError) -> LocatedItems {
    try state.locate(request, epoch: epoch, now: now)
  }

  func contents(
    _ key: InstanceKey, epoch: Epoch
  ) throws(WireError) -> (snapshot: Snapshot, owned: SlotSet, memoryBytes: Int) {
    try state.check(epoch)
    return try state.contents(key)
  }

  func prepare(_ request: SearchRequest, epoch: Epoch, now: Instant) throws(WireError) -> SearchTarget {
    try state.prepare(request, epoch: epoch, now: now)
  }

  // MARK: Transfers

  func transfer(_ request: TransferRequest, epoch: Epoch, now: Instant) throws(WireError) -> TransferResponse {
    try state.check(epoch)
    return try state.transfer(request, now: now)
  }

  func read(
    part: UInt64, of transfer: UInt64, epoch: Epoch, byteCountMax: Int
  ) throws(WireError) -> ShardState.Reading {
    try state.check(epoch)
    return try state.read(part: part, of: transfer, byteCountMax: byteCountMax)
  }

  func finish(_ outcome: SourceCopy.Outcome, of transfer: UInt64) throws(WireError) -> TransferResponse {
    try state.finish(outcome, of: transfer)
  }

  /// - Returns: Whether there is more to do.
  func forgetSome(now: Instant) throws(WireError) -> Bool { try state.forgetSome(now: now) }
}
