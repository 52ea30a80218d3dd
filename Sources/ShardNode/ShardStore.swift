import Storage
import Transport
import Vocabulary
import Wire

/// The shell of the shard's machine: one call at a time, on the executor that the caller's task prefers.
actor ShardStore {
  /// How a try to make a change ended.
  private enum Attempt<Reply: Sendable>: Sendable {
    /// It, or what the reply is about, is durable with this record.
    case made(Reply, lastRecord: UInt64)
    case noRoom
  }

  private var state: ShardState
  private var memory: MemoryLimit
  /// `nil` for a shard that keeps everything in memory only.
  let journal: ShardJournal?
  private let place: NodePlace
  private let clock: any MonotonicClock

  /// The attempts of a caller that found no room for its change; between two, room was made.
  private static let attemptsMax = 8

  init(
    _ state: consuming sending ShardState, _ journal: ShardJournal?, _ configuration: ShardNode.Configuration,
    clock: any MonotonicClock
  ) {
    self.state = state
    self.journal = journal
    self.clock = clock
    place = NodePlace(address: configuration.address, directory: configuration.directory)
    memory = MemoryLimit(configuration.memoryMax, place)
  }

  // MARK: Changes

  /// Makes a change: prepares it, logs it, applies it, and returns when it is durable.
  ///
  /// - Throws: What the request is refused with; STORAGE_FULL, STORAGE_FAILED.
  nonisolated func change<Request: ChangeRequest>(
    _ request: Request, _ inbound: InboundRequest
  ) async throws(WireError) -> Request.Reply {
    do throws(WireError) {
      return try await durably { () async throws(WireError) in try await self.attempt(request, inbound) }
    } catch {
      guard error.code == .storageFull else { throw error }
      let takesDeletions = !(journal?.takesNothing ?? true)
      throw await withState { place.storageFull(error, $0.shard, takesDeletions: takesDeletions) }
    }
  }

  /// Removes some of the items that no epoch and no transfer needs.
  ///
  /// - Returns: Whether there is more to do.
  nonisolated func forgetSome() async throws(WireError) -> Bool {
    try await durably { () async throws(WireError) in try await self.attemptToForget() }
  }

  /// Repeats an attempt while it finds no room in the log, and returns when the change is durable.
  nonisolated private func durably<Reply>(
    _ attempt: () async throws(WireError) -> Attempt<Reply>
  ) async throws(WireError) -> Reply {
    for _ in 0..<Self.attemptsMax {
      switch try await attempt() {
      case .made(let reply, let lastRecord):
        try await journal?.durable(through: lastRecord)
        return reply
      case .noRoom: try await journal?.makeRoom()
      }
    }
    throw WireError(.overloaded, retryAfterMilliseconds: 50, message: "writes are faster than the log gets room")
  }

  private func attempt<Request: ChangeRequest>(
    _ request: Request, _ inbound: InboundRequest
  ) throws(WireError) -> Attempt<Request.Reply> {
    if Request.isRouted {
      // A coordinator that was displaced has to learn that, and not that its map is old.
      _ = try state.prepareClaim(inbound.claim)
      try state.check(inbound.epoch)
    }
    let change = try state.prepare(
      request, as: ShardRecord(inbound.opcode, inbound.body, version: inbound.bodyVersion), now: clock.now())
    // What was applied once is told again, however full the memory is.
    if change.record != nil, let rows = request.rows { try memory.admit(rows, to: state) }
    // Behind all checks: a request that is refused takes nothing over.
    if let claim = try state.prepareClaim(inbound.claim), case .noRoom = try make(claim, mayUseReserve: true) {
      return .noRoom
    }
    return try make(change, mayUseReserve: request.freesRoom)
  }

  private func attemptToForget() throws(WireError) -> Attempt<Bool> {
    try make(state.prepareForgetting(now: clock.now()), mayUseReserve: true)
  }

  /// Logs a change and applies it; without room in the log nothing changes.
  private func make<Reply>(_ change: ShardChange<Reply>, mayUseReserve: Bool) throws(WireError) -> Attempt<Reply> {
    guard let journal else { return .made(state.apply(change), lastRecord: 0) }
    if let record = change.record, try !journal.append(record, mayUseReserve: mayUseReserve) { return .noRoom }
    // The reply to a request that changed nothing may show a change that is still on its way to the disk.
    return .made(state.apply(change), lastRecord: journal.appended)
  }

  // MARK: The rest

  /// Works with the state: reads it, or changes what does not outlive a restart.
  func withState<Answer: Sendable, Failure: Error>(
    _ body: @Sendable (inout ShardState) throws(Failure) -> Answer
  ) throws(Failure) -> Answer { try body(&state) }

  /// Why the shard refuses changes now, in words for people; nothing: it takes them.
  func refusals() -> [String] {
    if let failure = journal?.failure { return [failure.text] }
    var refusals: [String] = []
    if let journal, journal.isFull { refusals.append("the disk of \(place.directory) is full") }
    if memory.isFull(with: state) { refusals.append("items take more memory than --memory-max") }
    return refusals
  }

  /// Whether the shard takes changes, as STATUS says it.
  func writeState() -> StatusResponse.State {
    if journal?.failure != nil { return .diskFailed }
    if journal?.isFull ?? false { return .diskFull }
    return memory.isFull(with: state) ? .memoryFull : .ready
  }

  /// The present state for a checkpoint.
  func cut(_ journal: ShardJournal) -> ShardCut { state.cut(at: journal.noteCut()) }
}
