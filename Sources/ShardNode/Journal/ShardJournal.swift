package import Storage
import Telemetry
import Vocabulary
import Wire

/// The durability of a shard's changes: the log that they reach before they are acknowledged, and its checkpoints.
///
/// Group commit (DeWitt et al. 1984): a caller whose change has to become durable commits for all changes appended so
/// far, if no commit runs; the other callers wait, and one of those that came meanwhile commits next. So a commit is
/// shared, and no task of its own is needed.
package final class ShardJournal: Sendable {
  /// How a shard's files are laid out.
  package struct Options: Sendable {
    package var log = WriteAheadLog.Options()
    /// Bytes of records after which a checkpoint is due: about what a start has to replay at most.
    package var checkpointBytes = 64 << 20

    package init() {}
  }

  /// The next step of a caller that waits.
  private enum Turn: Sendable {
    case done
    case failed
    /// No other caller commits: commit for all.
    case lead
  }

  private struct Waiter {
    let sequence: UInt64
    let turn: CheckedContinuation<Turn, Never>
  }

  private struct Gate {
    /// The last record that was appended.
    var appended: UInt64
    var durable: UInt64
    var isCommitting = false
    /// How many wait is bounded by admission.
    var waiters: [Waiter] = []
    var isMakingRoom = false
    var roomWaiters: [CheckedContinuation<Turn, Never>] = []
    /// Whether a change was refused for lack of room, and there has been none since.
    var isFull = false
    /// Until then no caller tries again to make room.
    var fullUntil: Instant?
    var bytesSinceCut: Int
    /// The last record that is known to be marked as durable on disk.
    var marked: UInt64
    var isAtRest = false
    var failure: StorageError?
  }

  /// Gives the first failure after which nothing can be acknowledged: the process has to end.
  package let failures: AsyncStream<StorageError>

  let measures = JournalMeasures()
  private let failed: AsyncStream<StorageError>.Continuation
  private let log: WriteAheadLog
  let directory: DataDirectory
  private let options: Options
  private let clock: any MonotonicClock
  private let disk: any TaskExecutor
  private let gate: Lock<Gate>
  private let checkpoints: Checkpoints

  /// With this number of log files a checkpoint is due, to free some.
  private static let filesMax = 5
  /// How long one waits before one tries again to get room on a full disk.
  private static let retryMicroseconds: UInt64 = 1_000_000

  init(
    log: WriteAheadLog, directory: DataDirectory, checkpoints: Checkpoints, bytesSinceCut: Int, options: Options,
    clock: any MonotonicClock, disk: any TaskExecutor
  ) {
    (self.log, self.directory, self.checkpoints, self.options) = (log, directory, checkpoints, options)
    (self.clock, self.disk) = (clock, disk)
    let durable = log.durable
    gate = Lock(Gate(appended: durable, durable: durable, bytesSinceCut: bytesSinceCut, marked: durable))
    (failures, failed) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
  }

  // MARK: Records

  /// Bytes that a record may have.
  var payloadMax: Int { log.payloadMax }

  /// The last record that was appended.
  var appended: UInt64 { gate.withLock { $0.appended } }

  /// The last record that is durable.
  var durable: UInt64 { gate.withLock { $0.durable } }

  /// Appends a record, in the order in which changes are made; it is durable when `durable(through:)` says so.
  ///
  /// - Returns: Whether there was room for it.
  /// - Throws: STORAGE_FAILED.
  func append(_ record: ShardRecord, mayUseReserve: Bool) throws(WireError) -> Bool {
    let payload = record.payload
    guard payload.count <= log.payloadMax else {
      throw WireError(
        .limitExceeded, message: "a record of the log has at most \(log.payloadMax) bytes: send less at a time")
    }
    do throws(StorageError) {
      return try gate.withLock { (gate) throws(StorageError) in
        guard let sequence = try log.append(payload, mayUseReserve: mayUseReserve) else { return false }
        gate.appended = sequence
        gate.bytesSinceCut += payload.count
        measures.appendedBytes.add(UInt64(payload.count))
        gate.isAtRest = false
        return true
      }
    } catch { throw WireError(.storageFailed, message: error.text) }
  }

  /// Returns when a record that was appended is durable.
  ///
  /// - Throws: STORAGE_FAILED: it may be there after a restart, or not.
  nonisolated(nonsending) func durable(through sequence: UInt64) async throws(WireError) {
    let turn = await withCheckedContinuation { continuation in
      let turn = gate.withLock { gate -> Turn? in
        if gate.durable >= sequence { return .done }
        if gate.failure != nil { return .failed }
        guard gate.isCommitting else {
          gate.isCommitting = true
          return .lead
        }
        gate.waiters.append(Waiter(sequence: sequence, turn: continuation))
        return nil
      }
      if let turn { continuation.resume(returning: turn) }
    }
    switch turn {
    case .done: return
    case .failed: throw WireError(.storageFailed)
    case .lead:
      await withTaskExecutorPreference(disk) { await self.commit() }
      guard gate.withLock({ $0.durable >= sequence }) else { throw WireError(.storageFailed) }
    }
  }

  /// Commits, answers those whose records are durable now, and lets one of the others go on.
  @concurrent
  private func commit() async {
    let start = clock.now()
    let result = Result { () throws(StorageError) in try log.commit() }
    measures.commitSeconds.observe(Double(start.microseconds(until: clock.now())) / 1e6)
    var turns: [(CheckedContinuation<Turn, Never>, Turn)] = []
    gate.withLock { gate in
      switch result {
      case .success(let durable):
        if durable > gate.durable { measures.commitRecords.observe(Double(durable - gate.durable)) }
        gate.durable = max(gate.durable, durable)
        turns = gate.waiters.filter { $0.sequence <= durable }.map { ($0.turn, .done) }
        gate.waiters.removeAll { $0.sequence <= durable }
        if gate.waiters.isEmpty {
          gate.isCommitting = false
        } else {
          turns.append((gate.waiters.removeFirst().turn, .lead))
        }
      case .failure(let error):
        gate.failure = gate.failure ?? error
        turns = gate.waiters.map { ($0.turn, .failed) }
        (gate.waiters, gate.isCommitting) = ([], false)
      }
    }
    for (turn, answer) in turns { turn.resume(returning: answer) }
    if case .failure(let error) = result { fail(error) }
  }

  private func fail(_ error: StorageError) {
    let error = directory.isInPlace ? error : .gone(path: directory.path)
    gate.withLock { $0.failure = $0.failure ?? error }
    // What is in memory is all that is left: the process serves it until an operator has kept it.
    if case .gone = error { return }
    failed.yield(error)
    failed.finish()
  }

  // MARK: Room

  /// Makes the log's next file, for one who found no room.
  ///
  /// - Parameter isRefusal: Whether a change is refused if there is none.
  /// - Throws: STORAGE_FULL if the disk has none, STORAGE_FAILED.
  nonisolated(nonsending) func makeRoom(isRefusal: Bool = true) async throws(WireError) {
    let turn = await withCheckedContinuation { continuation in
      let turn = gate.withLock { gate -> Turn? in
        if gate.failure != nil || gate.fullUntil.map({ clock.now() < $0 }) ?? false { return .failed }
        guard gate.isMakingRoom else {
          gate.isMakingRoom = true
          return .lead
        }
        gate.roomWaiters.append(continuation)
        return nil
      }
      if let turn { continuation.resume(returning: turn) }
    }
    var isMade = if case .done = turn { true } else { false }
    if case .lead = turn { isMade = await withTaskExecutorPreference(disk) { await self.makeSpare() } }
    guard !isMade else { return }
    throw gate.withLock { gate in
      if let failure = gate.failure { return WireError(.storageFailed, message: failure.text) }
      if isRefusal { gate.isFull = true }
      return .storageFull
    }
  }

  @concurrent
  private func makeSpare() async -> Bool {
    var failure: StorageError?
    var isMade = false
    do throws(StorageError) {
      // A record may be on its way to the file that stands by; only a commit brings it there.
      _ = try log.commit()
      do throws(DiskError) {
        try log.makeSpare()
        isMade = true
      } catch {
        // Nothing is lost by it. Other errors than a full disk may pass too, and if they do not, commits will fail.
      }
    } catch { failure = error }
    let waiters = gate.withLock { gate in
      gate.isMakingRoom = false
      if isMade { gate.isFull = false }
      gate.fullUntil = isMade ? nil : clock.now().advanced(microseconds: Self.retryMicroseconds)
      defer { gate.roomWaiters = [] }
      return gate.roomWaiters
    }
    if let failure { fail(failure) }
    for waiter in waiters { waiter.resume(returning: isMade ? .done : .failed) }
    return isMade
  }

  // MARK: Upkeep

  /// Does what is due: the log's next file, a mark when writes rest. Called every now and then.
  nonisolated(nonsending) func tend() async {
    do throws(StorageError) { try log.requireInPlace() } catch { fail(error) }
    if log.needsSpare { try? await makeRoom(isRefusal: false) }
    let isAtRest = gate.withLock { gate in
      defer { gate.isAtRest = true }
      return gate.isAtRest && gate.durable >= gate.appended && gate.marked < gate.appended
    }
    if isAtRest { await mark() }
  }

  /// Notes on disk that what is durable is durable, so that later damage to it is told from a torn end.
  nonisolated(nonsending) func mark() async {
    log.mark()
    await withTaskExecutorPreference(disk) { await self.commitMark() }
  }

  @concurrent
  private func commitMark() async {
    let before = gate.withLock { $0.appended }
    do throws(StorageError) {
      let durable = try log.commit()
      gate.withLock { gate in
        gate.durable = max(gate.durable, durable)
        gate.marked = max(gate.marked, before)
      }
    } catch { fail(error) }
  }

  /// Whether changes are refused because the disk is full: all of them, or all but those that free room.
  var isFull: Bool { gate.withLock { $0.isFull } || !log.hasFile }

  /// Whether the disk has room for no change at all.
  var takesNothing: Bool { !log.hasFile }

  /// The first failure, after which nothing can be acknowledged.
  var failure: StorageError? { gate.withLock { $0.failure } }

  /// Notes in the directory whose it is; as it is for people only, a full disk does not matter.
  func note(owner: String) { try? directory.note(owner: owner) }

  /// Goes on in another file of the log, so that a checkpoint frees all that was written so far.
  ///
  /// - Returns: Whether it does; if not, the disk has no room for the file.
  func turn() async -> Bool {
    do throws(StorageError) {
      // Under the gate's lock, so that the mark comes before any later record.
      let isTurned = try gate.withLock { (gate) throws(StorageError) in
        guard let mark = try log.turn() else { return false }
        gate.appended = mark
        return true
      }
      if !isTurned { try? await makeRoom(isRefusal: false) }
      return isTurned
    } catch {
      fail(error)
      return false
    }
  }

  /// Whether the appended bytes make a checkpoint due.
  var needsCheckpoint: Bool {
    // Each start begins a file, however little is in the one before.
    let hasManyFiles = log.fileCount >= Self.filesMax
    return gate.withLock { $0.failure == nil && (hasManyFiles || $0.bytesSinceCut >= options.checkpointBytes) }
  }

  /// Files of the log.
  var fileCount: Int { log.fileCount }

  /// Bytes of records that no checkpoint has yet.
  var bytesSinceCut: Int { gate.withLock { $0.bytesSinceCut } }

  /// Notes that a cut of the state is taken now.
  func noteCut() -> UInt64 {
    gate.withLock { gate in
      gate.bytesSinceCut = 0
      return gate.appended
    }
  }

  /// Writes a cut, and frees what only older ones needed.
  ///
  /// - Returns: Whether it counts now; if not, there was no room, and the changes stay in the log.
  nonisolated(nonsending) func write(_ cut: ShardCut) async -> Bool {
    let start = clock.now()
    let counts = await withTaskExecutorPreference(disk) { await self.writeNow(cut) }
    measures.checkpointSeconds.observe(Double(start.microseconds(until: clock.now())) / 1e6)
    if !counts { measures.checkpointFailures.add() }
    return counts
  }

  @concurrent
  private func writeNow(_ cut: ShardCut) async -> Bool {
    do throws(StorageError) {
      // The log must hold what the checkpoint holds, or it would go on behind a gap.
      let durable = try log.commit()
      gate.withLock { $0.durable = max($0.durable, durable) }
      return try checkpoints.write(cut, releasing: log)
    } catch {
      fail(error)
      return false
    }
  }
}

extension WireError {
  /// There is no room for the log: the change was not made.
  static var storageFull: WireError { WireError(.storageFull, retryAfterMilliseconds: 1000) }
}
