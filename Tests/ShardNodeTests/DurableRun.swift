import Placement
import ShardNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A shard on a disk in memory with a writer that knows what it was told: the oracle of tests that break the disk.
///
/// What an item holds is a function of its id and the op that wrote it, so that a wrong value is seen at once.
final class DurableRun {
  /// An item as the writer knows it.
  struct Stored: Equatable {
    var op: UInt64
    /// The op that gave it its price.
    var price: UInt64
    var version: UInt64
  }

  /// What an op does to its items.
  enum Kind {
    case upsert, delete
    /// Gives those that are there another price.
    case update
  }

  /// An op that was sent and not acknowledged: after a restart it is there as a whole, or not at all.
  struct Unclear {
    let op: UInt64
    let ids: [UInt64]
    let kind: Kind
  }

  let disk: MemoryDisk
  let clock = ManualClock()
  var options = ShardJournal.Options()
  private(set) var shard: ShardFixture?
  private(set) var replayedRecords: UInt64 = 0
  /// What was acknowledged.
  private(set) var items: [UInt64: Stored] = [:]
  private(set) var unclear: Unclear?
  /// How many ops were acknowledged.
  private(set) var acknowledged: UInt64 = 0
  private var lastOp: UInt64 = 0
  private let seed: UInt64

  static let directory = "/shard"
  static let ids: Range<UInt64> = 0..<48

  init(_ disk: MemoryDisk = MemoryDisk(), seed: UInt64 = 1, fileSize: Int = 16_384) {
    self.disk = disk
    self.seed = seed
    options.log.fileSize = fileSize
    options.log.reserve = fileSize / 8
    options.checkpointBytes = 16_384
  }

  /// A run with the same knowledge on another disk.
  func copy(on disk: MemoryDisk) -> DurableRun {
    let copy = DurableRun(disk, seed: seed, fileSize: options.log.fileSize)
    (copy.items, copy.unclear, copy.lastOp) = (items, unclear, lastOp)
    return copy
  }

  var node: ShardNode? { shard?.node }

  /// Three losses of power, each amid work and with some sectors written and others not, and a start after the last.
  func losePowerThrice(
    _ random: inout SeededRandom, amid work: (inout SeededRandom) async throws -> Void
  ) async throws {
    for _ in 0..<3 {
      disk.failAll(
        from: disk.callCount + 1 + Int(random.next() % 120),
        MemoryDisk.Fault(code: 5, bytesWritten: Int(random.next() % 2000), isDone: random.next() % 2 == 0))
      if await opens() { try await work(&random) }
      let keep = random.next() % 4
      disk.losePower { keep > 0 && random.next() % 4 < keep }
    }
    try await open()
  }

  /// Starts the shard, after the death of the one before.
  @discardableResult
  func open(shard id: UInt16 = 0, of shardCount: Int = 1) async throws -> ShardFixture {
    shard = nil
    let node: ShardNode
    do {
      let directory = try DataDirectory(Self.directory, on: disk)
      let recovered = try RecoveredShard(
        directory, options: options, random: SeededRandomSource(seed: seed &+ UInt64(disk.callCount)), clock: clock,
        disk: globalConcurrentExecutor)
      replayedRecords = recovered.replayedRecords
      node = ShardNode(clock: clock, compute: globalConcurrentExecutor, recovered: recovered)
    }
    let new = try await ShardFixture(id: id, of: shardCount, clock: clock, node: node)
    shard = new
    return new
  }

  /// Starts the shard on a disk that may fail at any call.
  ///
  /// - Returns: Whether it came up.
  func opens() async -> Bool {
    do {
      try await open()
      return true
    } catch {
      #expect(
        error is StorageError || error is DiskError || (error as? WireError)?.code == .storageFailed
          || (error as? WireError)?.code == .storageFull)
      shard = nil
      return false
    }
  }

  /// Ends the process without a farewell and starts it again.
  func restart() async throws {
    shard = nil
    disk.restart()
    try await open()
  }

  // MARK: Writing

  /// Sends the next op and notes what becomes of it.
  ///
  /// - Returns: The error that it was answered with.
  @discardableResult
  func write(_ ids: [UInt64], isDelete: Bool = false) async throws -> ErrorCode? {
    try await write(ids, isDelete ? .delete : .upsert)
  }

  func write(_ ids: [UInt64], _ kind: Kind) async throws -> ErrorCode? {
    lastOp += 1
    return try await send(Unclear(op: lastOp, ids: ids, kind: kind))
  }

  /// Sends the op again whose fate is not known, if there is one.
  ///
  /// - Returns: The error that it was answered with.
  func resend() async throws -> ErrorCode? {
    guard let unclear else { return nil }
    return try await send(unclear)
  }

  private func send(_ op: Unclear) async throws -> ErrorCode? {
    let shard = try #require(shard)
    unclear = op
    let answer: WriteResponse
    do {
      switch op.kind {
      case .upsert: answer = try await shard.ask(Self.upsert(op.ids, op: op.op, shard))
      case .update: answer = try await shard.ask(Self.update(op.ids, op: op.op))
      case .delete:
        answer = try await shard.ask(
          DeleteRequest(
            collection: "shop", generation: Generation(1), writer: 9, op: op.op, ids: op.ids,
            expectedVersions: op.ids.map { _ in 0 }))
      }
    } catch let error as WireError {
      if error.code == .storageFull { unclear = nil }
      return error.code
    }
    #expect(answer.durability == .disk)
    unclear = nil
    acknowledged += 1
    for (id, version) in zip(op.ids, answer.versions) {
      switch op.kind {
      case .upsert: items[id] = Stored(op: op.op, price: op.op, version: version)
      case .delete: items[id] = nil
      case .update: items[id] = items[id].map { Stored(op: $0.op, price: op.op, version: version) }
      }
    }
    return nil
  }

  static func upsert(_ ids: [UInt64], op: UInt64, _ shard: ShardFixture) -> UpsertRequest {
    var request = shard.upsert(ids, op: op)
    request.embeddings = ids.flatMap { [Float($0), Float(op), 0, -1] }
    request.attributes = AttributeTable(
      rows: ids.map { [.float(Double(op)), $0 % 4 == 0 ? nil : .keyword("b\($0 % 3)")] },
      definitions: shard.schema.attributes)
    return request
  }

  private static func update(_ ids: [UInt64], op: UInt64) -> UpdateRequest {
    UpdateRequest(
      collection: "shop", generation: Generation(1), writer: 9, op: op, ids: ids, expectedVersions: ids.map { _ in 0 },
      attributes: AttributeTable(
        rows: ids.map { _ in [.float(Double(op))] }, definitions: [AttributeDefinition(name: "price", type: .float)]),
      removals: [[UInt8](repeating: 0, count: (ids.count + 7) / 8)])
  }

  /// A few random writes and what a shard does besides, until an error.
  func work(_ count: Int, _ random: inout SeededRandom) async throws {
    let spread = UInt64(Self.ids.count)
    for _ in 0..<count {
      let ids = Array(Set((0..<1 + random.next() % 6).map { _ in random.next() % spread })).sorted()
      let kind: Kind = [.upsert, .upsert, .delete, .update][Int(random.next() % 4)]
      guard try await write(ids, kind) == nil else { return }
      if random.next() % 8 == 0 { await node?.upkeep.checkpoint() }
      if random.next() % 8 == 0 { await node?.upkeep.tend() }
    }
  }

  // MARK: Checking

  /// Compares all that the shard holds with what the writer was told: nothing lost, nothing wrong, nothing unsent.
  func verify(_ comment: Comment? = nil) async throws {
    let shard = try #require(shard)
    var get = GetRequest(collection: "shop", ids: Array(Self.ids))
    (get.generation, get.wantsEmbeddings, get.wantsRerank) = (Generation(1), true, true)
    get.attributes = .all
    let reply = try await shard.ask(get)
    var found: [UInt64: Stored] = [:]
    for (row, id) in reply.ids.enumerated() {
      let op = UInt64(reply.embeddings[row * 4 + 1])
      let expected = Self.upsert([id], op: op, shard)
      #expect(Array(reply.embeddings[row * 4..<row * 4 + 4]) == expected.embeddings, comment)
      #expect(Array(reply.rerank[row * 2..<row * 2 + 2]) == expected.rerank, comment)
      #expect(
        reply.attributes.value(row: row, column: 1) == expected.attributes.value(row: 0, column: 1), comment)
      guard case .float(let price) = reply.attributes.value(row: row, column: 0) else {
        Issue.record(comment ?? "an item without a price")
        continue
      }
      found[id] = Stored(op: op, price: UInt64(price), version: reply.versions[row])
    }
    if let unclear {
      // Ids that are not there tell nothing of what only changes those that are.
      let telling = unclear.ids.filter { unclear.kind == .upsert || items[$0] != nil }
      let seen = telling.map { id in
        switch unclear.kind {
        case .upsert: found[id]?.op == unclear.op
        case .delete: found[id] == nil
        case .update: found[id]?.price == unclear.op
        }
      }
      #expect(Set(seen).count <= 1, "an op was applied in part")
      if seen.contains(true) { for id in unclear.ids { (found[id], items[id]) = (items[id], items[id]) } }
    }
    try #require(found == items, comment)

    let search = try await shard.ask(shard.search(limit: 1000))
    let best = reply.ids.sorted(by: >)
    #expect(search.ids == best, comment)
    #expect(search.scores == best.map { Float($0) }, comment)
    #expect(search.isComplete && search.owned == UInt64(best.count), comment)
  }
}
