import Placement
import Retrieval
import Testing
import Vocabulary
import Wire

@testable import ShardNode

/// A shard's state with its log, and a twin that only ever sees the log, as another member of the shard does: it is read,
/// cut and encoded in between, at times of its own, and after each change the two hold the same.
struct LoggedState: ~Copyable {
  private(set) var records: [ShardRecord] = []
  private(set) var live: ShardState
  private var twin: ShardState
  private let make: () -> ShardState

  init(_ make: @escaping () -> ShardState = { ShardState() }) {
    live = make()
    twin = make()
    self.make = make
  }

  /// Prepares, logs and applies a request.
  @discardableResult
  mutating func change<Request: ChangeRequest>(
    _ request: Request, now: Instant = Instant(nanoseconds: 0)
  ) throws(WireError) -> Request.Reply {
    let before = live.lasting
    let change = try live.prepare(request, as: ShardRecord(request), now: now)
    #expect(live.lasting == before, "a change that is prepared is not yet made")
    #expect((change.record == nil) == change.effects.isEmpty)
    let reply = try commit(change)
    #expect(change.record != nil || live.lasting == before, "what is not logged changes nothing")
    return reply
  }

  /// Removes some items that no epoch and no transfer needs.
  ///
  /// - Returns: Whether there is more to do.
  mutating func forgetSome(at now: Instant) throws(WireError) -> Bool {
    try commit(live.prepareForgetting(now: now))
  }

  /// Begins a term.
  mutating func promote(_ term: UInt32) throws(WireError) { try commit(live.preparePromotion(term)) }

  private mutating func commit<Reply>(_ change: ShardChange<Reply>) throws(WireError) -> Reply {
    let reply = live.apply(change)
    guard let record = change.record else { return reply }
    records.append(record)
    let again = ShardRecord(payload: record.payload)
    disturbTwin()
    if let again { twin.apply(try twin.prepare(again: again, now: Instant(nanoseconds: UInt64(records.count)))) }
    #expect(twin.history == live.history)
    #expect(twin.lasting == live.lasting, "replay of \(record.opcode.name)")
    return reply
  }

  /// What a member does that changes nothing which lasts: searches, checkpoints, codes of blocks, sweeps that it only
  /// prepares.
  private mutating func disturbTwin() {
    let now = Instant(nanoseconds: UInt64(records.count))
    switch records.count % 4 {
    case 0: _ = twin.cut(at: 0)
    case 1: _ = twin.prepareForgetting(now: now)
    case 2:
      for key in twin.instances.keys {
        let search = SearchRequest(collection: key.name, generation: key.generation, limit: 1, query: [1])
        do throws(WireError) { _ = try twin.target(of: search, epoch: twin.epoch, now: now) } catch {
          #expect(error.code == .staleEpoch)
        }
      }
    default: twin.separateSnapshots(from: UInt64(records.count))
    }
  }

  /// A copy of all that the live state holds, taken by a state that has nothing.
  func copied() throws -> [[UInt8]] {
    var copy = live.pinned()
    var taken = make()
    for record in copy.head { try taken.take(ofCopy: try #require(ShardRecord(payload: record.payload))) }
    while !copy.rows.isComplete {
      let part: TransferPart? =
        switch live.read(&copy, byteCountMax: 200) {
        case .contents(let contents): contents
        case .reading(let reading): copy.rows.take(reading.run(byteCountMax: 200))
        case .otherPart, .tooMuchChanged: nil
        }
      guard let part else { continue }
      let record = ShardRecord(of: part)
      try taken.take(ofCopy: try #require(ShardRecord(payload: record.payload)))
    }
    taken.begin(behind: copy.history)
    #expect(taken.history == live.history)
    return taken.lasting
  }

  /// Loses what is only in memory and makes every change of the log again.
  mutating func restart() throws {
    let copied = try copied()
    #expect(copied == live.lasting, "a copy")
    var risen = make()
    for record in records { try risen.replay(try #require(ShardRecord(payload: record.payload))) }
    #expect(risen.lasting == live.lasting)
    live = risen
  }

  /// Works with the live state.
  mutating func withLive<Answer, Failure: Error>(
    _ body: (inout ShardState) throws(Failure) -> Answer
  ) throws(Failure) -> Answer { try body(&live) }
}

extension ShardRecord {
  /// The change that a request makes.
  init<Request: RequestMessage>(_ request: Request) {
    let body = request.body
    self.init(Request.opcode, body.bytes[...], version: body.version)
  }
}

extension ShardState {
  /// All that outlives a restart, as bytes: the map, the transfers, and each instance with its rows.
  var lasting: [[UInt8]] {
    var parts = [transfers.body.bytes]
    if let map, let shard { parts.append(ShardMapRequest(.install(map, as: shard)).body.bytes) }
    for (name, table) in histories.sorted(by: { $0.key < $1.key }) {
      var writer = BodyWriter()
      writer.write(name: name)
      table.ledger.write(to: &writer)
      let (found, _) = table.walk(from: HistoryCursor(), in: .all, most: .max, byteCountMax: .max)
      table.part(of: found).write(to: &writer)
      for part in table.forgotten(in: .all) { part.write(to: &writer) }
      parts.append(writer.body.bytes)
    }
    for (key, instance) in instances.sorted(by: { $0.key < $1.key }) {
      var writer = BodyWriter()
      instance.ledger.write(to: &writer)
      writer.write(array: instance.slotVersions)
      writer.write(array: instance.slotCounts.map { UInt64($0) })
      writer.write(instance.occupied)
      let snapshot = instance.table.snapshot()
      var rows: [(id: ItemID, row: RowAddress)] = []
      snapshot.forEachItem { row, id in
        rows.append((id, row))
        return true
      }
      let items = GetResponse(
        snapshot, key.generation, rows.sorted { $0.id < $1.id }.map(\.row),
        attributes: Array(instance.schema.attributes.indices))
      let create = CollectionCreateRequest(generation: key.generation, name: key.name, schema: instance.schema)
      parts += [create.body.bytes, writer.body.bytes, items.body.bytes]
    }
    return parts
  }
}
