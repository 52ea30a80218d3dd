import Retrieval
import Storage
import Transport
import Vocabulary
import Wire

/// The shell of the shard's machine: one call at a time, on the executor that the caller's task prefers.
actor ShardStore {
  /// How a try to make a change ended.
  private enum Attempt<Reply: Sendable>: Sendable {
    /// It, or what the reply is about, is durable with this record, and acknowledged with this one of the shard's.
    case made(Reply, lastRecord: UInt64, position: UInt64)
    case noRoom
  }

  private var state: ShardState
  private var memory: MemoryLimit
  /// `nil` for a shard that keeps everything in memory only.
  let journal: ShardJournal?
  /// `nil` for a shard that can have no other members.
  let replication: Replication?
  /// Since when the state holds what no file has: a copy has taken its place, or is about to.
  private var isUnwritten = false
  /// Whether the cut that was taken last has a copy that is whole.
  private var cutHasCopy = false
  private let isDurable: Bool
  private let epochMicroseconds: UInt64
  private let place: NodePlace
  private let clock: any MonotonicClock

  /// The attempts of a caller that found no room for its change; between two, room was made.
  private static let attemptsMax = 8

  init(
    _ state: consuming sending ShardState, _ journal: ShardJournal?, _ configuration: ShardNode.Configuration,
    clock: any MonotonicClock, replication: Replication? = nil
  ) {
    (isDurable, epochMicroseconds) = (journal != nil, configuration.epochMicroseconds)
    self.replication = replication
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
      let (reply, position) = try await durably { () async throws(WireError) in
        try await self.attempt(request, inbound)
      }
      let copies = try await replication?.confirmed(through: position, by: inbound.deadline) ?? 1
      return Request.reply(reply, copies: copies)
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
    try await durably { () async throws(WireError) in try await self.attemptToForget() }.reply
  }

  /// Repeats an attempt while it finds no room in the log, and returns when the change is durable.
  nonisolated private func durably<Reply>(
    _ attempt: () async throws(WireError) -> Attempt<Reply>
  ) async throws(WireError) -> (reply: Reply, position: UInt64) {
    for _ in 0..<Self.attemptsMax {
      switch try await attempt() {
      case .made(let reply, let lastRecord, let position):
        try await journal?.durable(through: lastRecord)
        return (reply, position)
      case .noRoom: try await journal?.makeRoom()
      }
    }
    throw WireError(.overloaded, retryAfterMilliseconds: 50, message: "writes are faster than the log gets room")
  }

  private func attempt<Request: ChangeRequest>(
    _ request: Request, _ inbound: InboundRequest
  ) throws(WireError) -> Attempt<Request.Reply> {
    try replication?.checkWritable(needsGroup: request.needsGroup(in: state))
    if Request.isRouted {
      // A coordinator that was displaced has to learn that, and not that its map is old.
      _ = try state.prepareClaim(inbound.claim)
      try state.check(inbound.epoch)
    }
    let version = request.loggedVersion(of: inbound.bodyVersion)
    let change = try state.prepare(
      request, as: ShardRecord(inbound.opcode, inbound.body, version: version), now: clock.now())
    // What was applied once is told again, however full the memory is.
    if change.record != nil, let rows = request.rows { try memory.admit(rows, to: state) }
    // Behind all checks: a request that is refused takes nothing over.
    if let claim = try state.prepareClaim(inbound.claim), case .noRoom = try make(claim, mayUseReserve: true) {
      return .noRoom
    }
    return try make(change, mayUseReserve: request.freesRoom)
  }

  private func attemptToForget() throws(WireError) -> Attempt<Bool> {
    // The others do it when its record comes.
    try replication?.checkWritable()
    return try make(state.prepareForgetting(now: clock.now()), mayUseReserve: true)
  }

  /// Logs a change and applies it; without room in the log nothing changes.
  private func make<Reply>(_ change: ShardChange<Reply>, mayUseReserve: Bool) throws(WireError) -> Attempt<Reply> {
    if let journal, let record = change.record, try !journal.append(record, mayUseReserve: mayUseReserve) {
      return .noRoom
    }
    let reply = state.apply(change)
    if let record = change.record { replication?.applied(record, state.history) }
    // The reply to a request that changed nothing may show a change that is still on its way to the disk.
    return .made(reply, lastRecord: journal?.appended ?? 0, position: state.history.position)
  }

  // MARK: Members

  /// How far the state is, once that is durable.
  nonisolated func history() async throws(WireError) -> ShardHistory {
    let (history, last) = await position()
    try await journal?.durable(through: last)
    return history
  }

  private func position() -> (ShardHistory, lastRecord: UInt64) { (state.history, journal?.appended ?? 0) }

  /// Begins a term of this primary with its first record.
  nonisolated func promote(_ term: UInt32) async throws(WireError) {
    _ = try await durably { () async throws(WireError) in try await self.attemptToPromote(term) }
  }

  private func attemptToPromote(_ term: UInt32) throws(WireError) -> Attempt<Void> {
    guard replication?.termToBegin == term else { throw WireError(.notPrimary) }
    return try make(state.preparePromotion(term), mayUseReserve: true)
  }

  /// Applies records of the primary behind a position; those that are here already change nothing.
  ///
  /// - Returns: How far the state is, durably.
  nonisolated func replicate(
    _ records: [ShardRecord], after position: UInt64, of term: UInt32
  ) async throws(WireError) -> ShardHistory {
    try await durably { () async throws(WireError) in
      try await self.attemptToReplicate(records, after: position, of: term)
    }.reply
  }

  private func attemptToReplicate(
    _ records: [ShardRecord], after position: UInt64, of term: UInt32
  ) throws(WireError) -> Attempt<ShardHistory> {
    guard let replication, replication.accepts(term), !isUnwritten, state.history.position >= position,
      let known = Int(exactly: state.history.position - position)
    else { throw WireError(.staleTerm) }
    for record in records.dropFirst(known) {
      let change = try state.prepare(again: record, now: clock.now())
      if case .noRoom = try make(change, mayUseReserve: true) { return .noRoom }
    }
    return .made(state.history, lastRecord: journal?.appended ?? 0, position: 0)
  }

  /// Pins the state for a comparison; `nil`: it is not that of this position.
  func pin(at position: UInt64) -> StatePin? {
    !isUnwritten && state.history.position == position ? state.pinnedForCheck() : nil
  }

  /// Pins all that the shard holds.
  func beginCopy() -> ShardCopy { state.pinned() }

  /// Reads the next part of a copy.
  func read(_ copy: ShardCopy, byteCountMax: Int) -> (found: SlotCopy.Found, copy: ShardCopy) {
    var copy = copy
    let found = state.read(&copy, byteCountMax: byteCountMax)
    return (found, copy)
  }

  /// Takes records of a copy; the first ones take the place of all that was here.
  func take(ofCopy records: [ShardRecord], isFirst: Bool, of term: UInt32) throws(WireError) {
    guard let replication, replication.accepts(term), isFirst || isUnwritten else { throw WireError(.staleTerm) }
    if isFirst {
      replication.tear()
      isUnwritten = true
      state = ShardState(isDurable: isDurable, epochMicroseconds: epochMicroseconds)
    }
    for record in records { try state.take(ofCopy: record) }
  }

  /// The copy is whole: from now on records follow.
  func endCopy(_ history: ShardHistory, of term: UInt32) throws(WireError) {
    guard let replication, replication.accepts(term), isUnwritten else { throw WireError(.staleTerm) }
    state.begin(behind: history)
    replication.copied(history)
    if journal == nil { isUnwritten = false }
  }

  /// Whether the state is that of a copy which is whole and which no checkpoint has yet.
  var awaitsCheckpoint: Bool { isUnwritten && !state.history.terms.isEmpty }

  /// Whether a checkpoint would keep a state that is not whole.
  var isTorn: Bool { isUnwritten && state.history.terms.isEmpty }

  /// The cut that was taken last is a checkpoint.
  func noteWritten() { if cutHasCopy, awaitsCheckpoint { isUnwritten = false } }

  // MARK: The rest

  /// Works with the state: reads it, or changes what does not outlive a restart.
  func withState<Answer: Sendable, Failure: Error>(
    _ body: @Sendable (inout ShardState) throws(Failure) -> Answer
  ) throws(Failure) -> Answer { try body(&state) }

  /// Rows of a collection that should lie by direction; `nil`: none should, or there is no memory for two copies of them.
  func nextSettlement(of key: InstanceKey) -> Settlement? {
    guard let table = state.instances[key]?.table, let settlement = table.nextSettlement() else { return nil }
    let bytes = table.memory.totalBytes / max(table.count, 1) * settlement.rowCount
    if memory.hasRoom(for: bytes, beside: state) { return settlement }
    _ = table.settle(nil)
    return nil
  }

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
  func cut(_ journal: ShardJournal) -> ShardCut {
    cutHasCopy = awaitsCheckpoint
    return state.cut(at: journal.noteCut())
  }
}
