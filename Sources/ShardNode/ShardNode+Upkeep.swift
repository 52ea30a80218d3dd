package import Storage
package import Transport
import Vocabulary
import Retrieval

extension ShardNode {
  /// How often the shard looks after itself.
  private static let upkeepMicroseconds: UInt64 = 100_000

  /// Makes codes that a start has left open, keeps the log in files, writes checkpoints, and removes items that no
  /// epoch and no transfer needs, until the task is cancelled.
  package func run(_ timers: any LinkExecutor) async {
    await withTaskGroup { group in
      group.addTask {
        await self.encodeAll()
        self.isWarm.withLock { $0 = true }
      }
      group.addTask { await self.keepTidy(timers) }
    }
  }

  /// Makes the codes of all full blocks, one block at a time: until then blocks are scanned in float32.
  package func encodeAll() async {
    for key in await store.keys {
      while !Task.isCancelled, let encoding = await store.nextEncoding(key) {
        await store.attach(encoding.run(configuration.kernels), to: key)
        await Task.yield()
      }
    }
  }

  private func keepTidy(_ timers: any LinkExecutor) async {
    while !Task.isCancelled {
      await upkeep()
      // A step that fails now is tried again the next time.
      while !Task.isCancelled, (try? await forgetSome()) == true { await Task.yield() }
      await timers.sleep(until: timers.clock.now().advanced(microseconds: Self.upkeepMicroseconds))
    }
  }

  /// Does what is due for the journal.
  package func upkeep() async {
    guard let journal = store.journal else { return }
    await journal.tend()
    if journal.needsCheckpoint { await checkpoint() }
  }

  /// Writes a checkpoint, and frees what it replaces; one at a time.
  ///
  /// - Returns: Whether it counts; if not, the disk is full or broken, and everything stays in the log.
  @discardableResult
  package func checkpoint() async -> Bool {
    guard let journal = store.journal else { return false }
    let cut = await store.cut(journal)
    if await journal.write(cut) { return true }
    await store.restore(changesOf: cut)
    return false
  }

  /// Gives the first failure of the disk after which nothing can be acknowledged: the process has to end. `nil` for a
  /// shard that is in memory only.
  package var storageFailures: AsyncStream<StorageError>? { store.journal?.failures }

  /// Ends a shard that takes no requests any more.
  package func close() async { await store.journal?.mark() }
}
