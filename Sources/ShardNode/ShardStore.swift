import Placement
import Retrieval
import Storage
import Vocabulary
import Wire

/// The shell of the shard's machine: one call at a time, on the executor that the caller's task prefers.
actor ShardStore {
  private var state: ShardState
  /// `nil` for a shard that keeps everything in memory only.
  let journal: ShardJournal?

  /// The shard's state that the connection layer and STATUS show.
  struct Standing: Sendable {
    var shardMap: ShardMap?
    var shardID: ShardID?
  }

  /// How a try to make a change ended.
  private enum Attempt<Answer: Sendable>: Sendable {
    /// It, or what the answer is about, is durable with this record.
    case made(Answer, lastRecord: UInt64)
    case noRoom
  }

  /// Makes a change of the state, and says before with which record.
  private typealias Change<Answer> =
    @Sendable (inout ShardState, (ShardRecord) throws(WireError) -> Void) throws(WireError) -> Answer

  /// The attempts of a caller that found no room for its change; between two, room was made.
  private static let attemptsMax = 8

  init(epochMicroseconds: UInt64) {
    state = ShardState(epochMicroseconds: epochMicroseconds)
    journal = nil
  }

  init(_ state: consuming sending ShardState, _ journal: ShardJournal) {
    self.state = state
    self.journal = journal
  }

  var standing: Standing { Standing(shardMap: state.shardMap, shardID: state.shardID) }

  // MARK: Changes

  /// Makes a change: checks it, logs it, makes it, and returns when it is durable.
  ///
  /// - Parameters:
  ///   - record: What is logged, if the change is one.
  ///   - epoch: By which it was routed; `nil` if it does not matter.
  ///   - mayUseReserve: Whether it frees room, and may take the last of the log's.
  /// - Throws: What `make` throws; STORAGE_FULL, STORAGE_FAILED.
  nonisolated func change<Answer: Sendable>(
    _ record: ShardRecord, epoch: Epoch?, mayUseReserve: Bool = false,
    _ make: @escaping @Sendable (inout ShardState, ShardState.Log) throws(WireError) -> Answer
  ) async throws(WireError) -> Answer {
    try await change(mayUseReserve: mayUseReserve) { (state, log) throws(WireError) in
      if let epoch { try state.check(epoch) }
      return try make(&state) { () throws(WireError) in try log(record) }
    }
  }

  /// Makes a change of which the record is known only when it is checked.
  nonisolated private func change<Answer: Sendable>(
    mayUseReserve: Bool, _ make: Change<Answer>
  ) async throws(WireError) -> Answer {
    for _ in 0..<Self.attemptsMax {
      switch try await attempt(mayUseReserve, make) {
      case .made(let answer, let lastRecord):
        try await journal?.durable(through: lastRecord)
        return answer
      case .noRoom: try await journal?.makeRoom()
      }
    }
    throw WireError(.overloaded, retryAfterMilliseconds: 50, message: "writes are faster than the log gets room")
  }

  private func attempt<Answer: Sendable>(
    _ mayUseReserve: Bool, _ make: Change<Answer>
  ) throws(WireError) -> Attempt<Answer> {
    guard let journal else { return .made(try make(&state) { _ in }, lastRecord: 0) }
    var isOutOfRoom = false
    do throws(WireError) {
      let answer = try make(&state) { (record) throws(WireError) in
        guard try !journal.append(record, mayUseReserve: mayUseReserve) else { return }
        isOutOfRoom = true
        throw .storageFull
      }
      // The answer to a request that changed nothing may show a change that is still on its way to the disk.
      return .made(answer, lastRecord: journal.appended)
    } catch {
      if isOutOfRoom { return .noRoom }
      throw error
    }
  }

  /// Removes some of the items that no epoch and no transfer needs.
  ///
  /// - Returns: Whether there is more to do.
  nonisolated func forgetSome(now: Instant) async throws(WireError) -> Bool {
    try await change(mayUseReserve: true) { (state, log) throws(WireError) in
      try state.forgetSome(now: now) { (record) throws(WireError) in
        try log(ShardRecord(.forget, record.body.bytes[...]))
      }
    }
  }

  /// The present state for a checkpoint.
  func cut(_ journal: ShardJournal) -> ShardCut { state.cut(at: journal.noteCut()) }

  /// Takes the changes back of a cut that could not be written.
  func restore(changesOf cut: ShardCut) { state.restore(changesOf: cut) }

  // MARK: Reading

  func describe(_ request: CollectionDescribeRequest) throws(WireError) -> CollectionDescribeResponse {
    try state.describe(request)
  }

  func memories() -> [(key: InstanceKey, memory: TableMemory)] { state.memories() }

  /// The collections that the shard has.
  var keys: [InstanceKey] { state.instances.keys.sorted() }

  func nextEncoding(_ key: InstanceKey) -> Encoding? { state.nextEncoding(key) }

  func attach(_ encoded: EncodedBlock, to key: InstanceKey) { state.attach(encoded, to: key) }

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

  func read(
    part: UInt64, of transfer: UInt64, epoch: Epoch, byteCountMax: Int
  ) throws(WireError) -> ShardState.Reading {
    try state.check(epoch)
    return try state.read(part: part, of: transfer, byteCountMax: byteCountMax)
  }

  func finish(_ outcome: SourceCopy.Outcome, of transfer: UInt64) throws(WireError) -> TransferResponse {
    try state.finish(outcome, of: transfer)
  }

  // MARK: Snapshots

  func beginSnapshot(
    _ id: UInt64, of keys: [InstanceKey], epoch: Epoch, now: Instant
  ) throws(WireError) -> SnapshotResponse {
    try state.check(epoch)
    return try state.beginSnapshot(id, of: keys, now: now)
  }

  func readSnapshot(_ id: UInt64, part: UInt64, now: Instant) throws(WireError) -> ShardState.SnapshotReading {
    try state.readSnapshot(id, part: part, now: now)
  }

  func finishSnapshot(_ id: UInt64, _ outcome: SourceCopy.Outcome) throws(WireError) -> SnapshotResponse {
    try state.finishSnapshot(id, outcome)
  }

  func endSnapshot(_ id: UInt64) { state.endSnapshot(id) }
}
