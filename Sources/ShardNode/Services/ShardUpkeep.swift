import Retrieval
package import Storage
import Telemetry
package import Transport
import Vocabulary
import Wire

/// What a shard does of itself: codes that a start has left open, rows that settle, the log's files, checkpoints, and the removal of items
/// that no epoch and no transfer needs.
package struct ShardUpkeep: Sendable {
  let changes: ChangeService
  let standing: Lock<ShardStanding>
  let log: Log?

  private var store: ShardStore { changes.store }

  /// How often the shard looks after itself.
  private static let intervalMicroseconds: UInt64 = 100_000

  /// Does all of it until the task is cancelled.
  package func run(_ timers: any LinkExecutor) async {
    await withTaskGroup { group in
      group.addTask {
        await changes.encodeAll()
        standing.withLock { $0.isWarm = true }
      }
      group.addTask { await keepTidy(timers) }
      group.addTask { await settle(timers) }
      if let replication = store.replication { group.addTask { await replication.run(store) } }
    }
  }

  /// How often rows may begin to settle, and how many of a collection may come meanwhile: during a feed none do.
  private static let settlingMicroseconds: UInt64 = 1_000_000, quietRows = 8192

  /// Lets rows settle when there are enough of them.
  private func settle(_ timers: any LinkExecutor) async {
    var before: [InstanceKey: Int] = [:]
    while !Task.isCancelled {
      let loose = await store.withState { $0.instances.mapValues { $0.table.looseRows } }
      for (key, rows) in loose.sorted(by: { $0.key < $1.key }) where rows - before[key, default: 0] < Self.quietRows {
        await changes.settle(key)
      }
      before = loose
      await timers.sleep(until: timers.clock.now().advanced(microseconds: Self.settlingMicroseconds))
    }
  }

  private func keepTidy(_ timers: any LinkExecutor) async {
    var isNamed = false
    var told: [String] = []
    while !Task.isCancelled {
      await tend()
      if store.replication?.isGrouped ?? false { await changes.encodeAll() }
      if !isNamed, let journal = store.journal, let owner = standing.withLock({ $0.owner }) {
        journal.note(owner: owner)
        isNamed = true
      }
      told = await tell(changedFrom: told)
      let now = timers.clock.now()
      await store.withState { $0.snapshot.expire(now: now) }
      // A step that fails now is tried again the next time.
      while !Task.isCancelled, (try? await store.forgetSome()) == true { await Task.yield() }
      await timers.sleep(until: timers.clock.now().advanced(microseconds: Self.intervalMicroseconds))
    }
  }

  /// Logs that the shard refuses changes, once, and that it takes them again.
  ///
  /// - Returns: Why it refuses them now.
  private func tell(changedFrom told: [String]) async -> [String] {
    let refusals = await store.refusals()
    for reason in refusals where !told.contains(reason) {
      log?(.error, "takes no writes", ["reason": .text(reason)])
    }
    for reason in told where !refusals.contains(reason) {
      log?(.info, "takes writes again", ["ended": .text(reason)])
    }
    return refusals
  }

  /// Does what is due for the journal.
  package func tend() async {
    guard let journal = store.journal else { return }
    await journal.tend()
    // What is forgotten is in the log's files, too.
    if let forgotten = await store.withState({ $0.erasure.unturned }), await journal.turn() {
      await store.withState { $0.erasure.noteTurn(forgotten) }
    }
    let erases = await store.withState { $0.erasure.isDue && $0.erasure.unturned == nil }
    let awaits = await store.awaitsCheckpoint
    if erases || journal.needsCheckpoint || awaits { await checkpoint() }
  }

  /// Writes a checkpoint, and frees what it replaces; one at a time.
  ///
  /// - Returns: Whether it counts; if not, the disk is full or broken, and everything stays in the log.
  @discardableResult
  package func checkpoint() async -> Bool {
    guard let journal = store.journal else { return false }
    guard await !store.isTorn else { return false }
    let cut = await store.cut(journal)
    guard await journal.write(cut) else {
      await store.withState { $0.takeBack(changesOf: cut) }
      return false
    }
    await store.noteWritten()
    await store.withState { $0.erasure.noteErased(cut.forgotten, through: cut.sequence) }
    return true
  }

  /// Gives the first failure of the disk after which nothing can be acknowledged: the process has to end. `nil` for a
  /// shard that is in memory only.
  package var storageFailures: AsyncStream<StorageError>? { store.journal?.failures }

  /// Ends a shard that takes no requests any more.
  ///
  /// - Returns: What has kept the shard from keeping its data, if anything has.
  @discardableResult
  package func close() async -> StorageError? {
    await store.journal?.mark()
    return store.journal?.failure
  }
}
