import Kernels
import Retrieval
import Transport
import Vocabulary
import Wire

/// Makes the changes that requests ask for, the codes of the blocks that they fill, and the order in which rows lie.
struct ChangeService: Sendable {
  let store: ShardStore
  let kernels: KernelSet

  /// A row that is written can have eight others moved to the last block. With words each of them becomes part of lists
  /// that are made again up to three times.
  private static let encodedRowsPerItem = 9, wordedRowsPerItem = 36

  /// Answers a request that changes the shard.
  func make<Request: ChangeRequest>(
    _ request: Request, _ inbound: InboundRequest
  ) async throws(WireError) -> Request.Reply {
    let reply = try await store.change(request, inbound)
    if let rows = request.rows { await encodeBlocks(of: rows.key, written: rows.count) }
    return reply
  }

  /// Makes the codes of blocks that are full: until then blocks are scanned in float32.
  ///
  /// The writer that filled a block does this before it has its answer: a feed cannot outrun it, and other calls of the
  /// store go on meanwhile. Blocks that others filled, or a start has read, are not its to make.
  private func encodeBlocks(of key: InstanceKey, written items: Int) async {
    let hasWords = await store.withState { $0.instances[key]?.schema.text != nil }
    var rowsLeft = items * (hasWords ? Self.wordedRowsPerItem : Self.encodedRowsPerItem)
    while rowsLeft > 0, let count = await encodeBlock(of: key) { rowsLeft -= count }
  }

  /// Makes the codes of all full blocks, one block at a time.
  func encodeAll() async {
    for key in await store.withState({ $0.instances.keys.sorted() }) {
      while !Task.isCancelled, await encodeBlock(of: key) != nil { await Task.yield() }
    }
  }

  /// Makes the codes of a full block, unless the collection or the block goes meanwhile.
  ///
  /// - Returns: Its rows; `nil`: no full block is without codes.
  private func encodeBlock(of key: InstanceKey) async -> Int? {
    guard let encoding = await store.withState({ $0.instances[key]?.table.nextEncoding() }) else { return nil }
    let encoded = encoding.run(kernels)
    await store.withState { $0.instances[key]?.table.attach(encoded) }
    return encoding.rowCount
  }

  /// Lets rows of a collection lie by direction, so that searches look at fewer of them, until no more should.
  ///
  /// Between pieces of about a millisecond other work of the thread goes on.
  func settle(_ key: InstanceKey) async {
    while !Task.isCancelled, var settlement = await store.nextSettlement(of: key) {
      while !Task.isCancelled, settlement.step(kernels) { await Task.yield() }
      guard let rows = settlement.rows else {
        // The rows point nowhere, or there is no time.
        await store.withState { _ = $0.instances[key]?.table.settle(nil) }
        return
      }
      while await store.withState({ $0.instances[key]?.table.settle(rows) ?? false }) { await Task.yield() }
    }
  }
}
