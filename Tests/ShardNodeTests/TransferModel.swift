import Placement
import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

/// Three shards, writers, a driver of transfers and one who crashes them, in an order that a seed chooses; and beside
/// them what the whole must look like.
final class TransferModel {
  /// What the driver does next.
  private enum Phase {
    case idle
    case begun(next: UInt64)
    case frozen(next: UInt64)
    case read
    /// The map is changed; these shards have yet to be told.
    case flipped(untold: [Int])
  }

  /// A write of one or more ids by one writer, until each of them is answered.
  private struct Op {
    let number: UInt64
    let ids: [UInt64]
    let expected: [UInt64]
    let isDelete: Bool
    let value: Float
    var answers: [UInt64: WriteLedger.Answer] = [:]
  }

  private struct Item {
    var version: UInt64
    var value: Float
  }

  private var random: SeededRandom
  private let shards: [MachineShard]
  private var now = Instant(nanoseconds: 1)
  /// The coordinator's map, and the one that requests go by: behind it until all shards are told.
  private var map: ShardMap
  private var routing: ShardMap
  private let ids: [UInt64]
  private var items: [UInt64: Item] = [:]
  private var slotVersions: [Slot: UInt64] = [:]
  private var ops: [Op?] = [nil, nil, nil]
  private var opNumber: UInt64 = 0

  private var phase = Phase.idle
  private var transfer: UInt64 = 0
  private var (source, target) = (0, 1)
  private var moving = SlotSet()

  /// What a search of an earlier epoch still sees of slots that have moved on since: as they were then.
  private var left: [(epoch: Epoch, slots: SlotSet, rows: [MachineShard.Row], shard: Int, isLost: Bool)] = []
  private(set) var flips = 0
  private(set) var refusals = 0
  private(set) var restarts = 0

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    let addresses = (1...3).map { "127.0.0.1:\($0)" }
    let first = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: addresses)
    (map, routing) = (first, first)
    shards = try (0..<3).map { try MachineShard(UInt16($0), first) }
    // Few slots with several ids each, spread over the shards.
    ids = (1...12_000 as ClosedRange<UInt64>).filter { slot(of: ItemID($0)).rawValue % 293 == 7 }
  }

  private func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

  private func refusal(_ call: () throws(WireError) -> Void) -> WireError? {
    do throws(WireError) {
      try call()
      return nil
    } catch {
      refusals += 1
      return error
    }
  }

  // MARK: One step

  func step() throws {
    switch random.next() % 100 {
    case 0..<40: try write(Int(random.next() % UInt64(ops.count)))
    case 40..<85: try drive()
    case 85..<90: _ = try shards[Int(random.next() % 3)].forgetSome(at: now)
    case 90..<92: try restart(Int(random.next() % 3))
    case 92..<94: passTime()
    case 94..<96: try abandon()
    default: try resend()
    }
    try check()
  }

  /// Never so much that a shard gives up the routing epoch before all are told the next one.
  private func passTime() {
    if case .flipped = phase { return }
    now = now.advanced(microseconds: random.next() % MachineShard.epochMicroseconds)
  }

  // MARK: Writers

  private func newOp() -> Op {
    opNumber += 1
    let count = 1 + Int(random.next() % 6)
    let chosen = Array(Set((0..<count).map { _ in ids[Int(random.next() % UInt64(ids.count))] }))
    let isDelete = chance(30)
    let expected: [UInt64] = chosen.map { id in
      switch random.next() % 6 {
      case 0: isDelete ? 0 : UpsertRequest.mustNotExist
      case 1: items[id]?.version ?? 3
      default: 0
      }
    }
    return Op(number: opNumber, ids: chosen, expected: expected, isDelete: isDelete, value: Float(opNumber))
  }

  /// Sends what is open of a writer's op to the shards that own it by the routing map; then it has a new one.
  private func write(_ writer: Int) throws {
    var op = ops[writer] ?? newOp()
    if op.answers.count == op.ids.count { op = newOp() }
    for shard in shards.indices where chance(80) {
      // Now and then all that went there before goes there again.
      let open = op.ids.indices.filter { op.answers[op.ids[$0]] == nil || chance(20) }
      try send(&op, open, writer, to: shard)
    }
    ops[writer] = op
  }

  /// An op that was answered in full is answered alike, wherever its items are now.
  private func resend() throws {
    let writer = Int(random.next() % UInt64(ops.count))
    guard var op = ops[writer] else { return }
    for shard in shards.indices {
      try send(&op, op.ids.indices.filter { op.answers[op.ids[$0]] != nil }, writer, to: shard)
    }
  }

  private func send(_ op: inout Op, _ places: [Int], _ writer: Int, to shard: Int) throws {
    let places = places.filter { routing.ownerIndex(of: slot(of: ItemID(op.ids[$0]))) == shard }
    guard !places.isEmpty else { return }
    let (ids, expected) = (places.map { op.ids[$0] }, places.map { op.expected[$0] })
    let number = UInt64(writer + 1)
    var response: WriteResponse?
    let error = refusal { () throws(WireError) in
      if op.isDelete {
        let request = DeleteRequest(
          collection: "shop", generation: Generation(1), writer: number, op: op.number, ids: ids,
          expectedVersions: expected)
        response = try shards[shard].delete(request, routing.epoch)
      } else {
        let request = UpsertRequest(
          collection: "shop", generation: Generation(1), writer: number, op: op.number, embeddingDimension: 1,
          rerankDimension: 1, ids: ids, expectedVersions: expected,
          attributes: AttributeTable(
            rows: ids.map { [.text("\($0)")] }, definitions: [.init(name: "title", type: .text)]),
          embeddings: ids.map { _ in op.value }, rerank: ids.map { _ in 0 })
        response = try shards[shard].upsert(request, routing.epoch)
      }
    }
    guard let response else {
      let code = try #require(error).code
      #expect(code == .slotFrozen || code == .staleEpoch)
      return
    }
    for (place, (status, version)) in zip(places, zip(response.statuses, response.versions)) {
      let id = op.ids[place]
      let answer = WriteLedger.Answer(status: status, version: version)
      #expect(answer == op.answers[id] ?? apply(op, place))
      op.answers[id] = answer
    }
  }

  /// What the write of an item must come to.
  private func apply(_ op: Op, _ place: Int) -> WriteLedger.Answer {
    let (id, expected) = (op.ids[place], op.expected[place])
    let present = items[id]?.version
    if expected == UpsertRequest.mustNotExist, let present { return .init(status: .conflict, version: present) }
    if expected != 0, expected != UpsertRequest.mustNotExist, present != expected {
      return .init(status: .conflict, version: present ?? 0)
    }
    if op.isDelete, present == nil { return .init(status: .absent, version: 0) }
    let version = slotVersions[slot(of: ItemID(id)), default: 0] + 1
    slotVersions[slot(of: ItemID(id))] = version
    items[id] = op.isDelete ? nil : Item(version: version, value: op.value)
    return .init(status: op.isDelete ? .deleted : present == nil ? .inserted : .replaced, version: version)
  }

  // MARK: The driver

  private func drive() throws {
    let repeats = chance(20) ? 2 : 1
    switch phase {
    case .idle: try begin()
    case .begun(let next): try carry(next, isFrozen: false, repeats)
    case .frozen(let next): try carry(next, isFrozen: true, repeats)
    case .read: try flip()
    case .flipped(let untold): try tell(untold, repeats)
    }
  }

  private func begin() throws {
    source = Int(random.next() % 3)
    target = (source + 1 + Int(random.next() % 2)) % 3
    moving = SlotSet()
    for id in ids where map.ownerIndex(of: slot(of: ItemID(id))) == source && chance(40) {
      moving.insert(slot(of: ItemID(id)))
    }
    guard !moving.isEmpty else { return }
    transfer = random.next() | 1
    let error = refusal { () throws(WireError) in
      // In either order, and more than once.
      if chance(50) { try shards[source].transfer(transfer, .beginSource(moving), map.epoch, at: now) }
      try shards[target].transfer(transfer, .beginTarget(moving), map.epoch, at: now)
      if chance(20) { try shards[target].transfer(transfer, .beginTarget(moving), map.epoch, at: now) }
      try shards[source].transfer(transfer, .beginSource(moving), map.epoch, at: now)
    }
    if let error {
      // The source of a begin that did not reach the target stays open; another begin ends it.
      #expect(error.code == .slotFrozen)
      now = now.advanced(microseconds: MachineShard.epochMicroseconds / 4)
    } else {
      phase = .begun(next: 1)
    }
  }

  private func carry(_ next: UInt64, isFrozen: Bool, _ repeats: Int) throws {
    var read: TransferResponse?
    let error = refusal { () throws(WireError) in
      for _ in 0..<repeats {
        let again = try shards[source].transfer(transfer, .read(part: next), map.epoch)
        if let read, read.contents != nil { #expect(again.contents == read.contents) }
        read = again
      }
      guard let contents = read?.contents else { return }
      for _ in 0..<repeats { try shards[target].transfer(transfer, .write(part: next, contents), map.epoch) }
    }
    guard error == nil, let read else {
      #expect(error?.code == .unknownUpload)
      return try giveUp()
    }
    let following = read.contents == nil ? next : next + 1
    if read.state == .complete {
      phase = .read
    } else if isFrozen {
      phase = .frozen(next: following)
    } else if read.state == .catchingUp, chance(50) {
      let error = refusal { () throws(WireError) in
        for _ in 0..<repeats { try shards[source].transfer(transfer, .freeze, map.epoch) }
      }
      #expect(error == nil)
      phase = .frozen(next: following)
    } else {
      phase = .begun(next: following)
    }
  }

  /// Ends the transfer before the switch.
  private func giveUp() throws {
    for shard in [source, target] { try shards[shard].transfer(transfer, .end, map.epoch) }
    phase = .idle
  }

  /// The driver forgets what it was at; a new one ends whatever is open.
  private func abandon() throws {
    if case .flipped = phase { return }
    for shard in shards { try shard.transfer(0, .end, map.epoch) }
    phase = .idle
  }

  /// The switch: one step of the coordinator.
  private func flip() throws {
    let rows = expected().filter { moving.contains(slot(of: ItemID($0.id))) }
    map = try map.moving(moving, to: ShardID(UInt16(target)))
    left.append((Epoch(map.epoch.rawValue - 1), moving, rows, source, false))
    flips += 1
    phase = .flipped(untold: [target, source, 3 - target - source])
  }

  private func tell(_ untold: [Int], _ repeats: Int) throws {
    guard let shard = untold.first else {
      routing = map
      for shard in [source, target] where chance(80) { try shards[shard].transfer(transfer, .end, map.epoch) }
      phase = .idle
      return
    }
    for _ in 0..<repeats { try shards[shard].install(map, at: now) }
    phase = .flipped(untold: Array(untold.dropFirst()))
  }

  private func restart(_ shard: Int) throws {
    restarts += 1
    try shards[shard].restart()
    // Searches of earlier epochs are not answered any more.
    for place in left.indices { left[place].isLost = true }
    if case .flipped = phase { restartsSinceFlip = true }
  }

  private var restartsSinceFlip = false

  // MARK: What must be seen

  private func expected() -> [MachineShard.Row] {
    items.map { MachineShard.Row(id: $0.key, version: $0.value.version, value: $0.value.value) }.sorted {
      $0.id < $1.id
    }
  }

  private func check() throws {
    // Of the epoch that requests go by; it may be an earlier one at shards that know the new map.
    if case .flipped = phase, restartsSinceFlip { return }
    restartsSinceFlip = false
    #expect(try seen(in: routing.epoch) == expected())
    // Of the one before it, with what has moved since as it was.
    guard let last = left.last, !last.isLost, last.epoch.rawValue + 1 == routing.epoch.rawValue else { return }
    var seen: [MachineShard.Row] = []
    let error = refusal { () throws(WireError) in
      for shard in shards { seen += try shard.seen(in: last.epoch, at: now) }
    }
    guard error == nil else {
      #expect(error?.code == .staleEpoch)
      return
    }
    let stayed = expected().filter { !last.slots.contains(slot(of: ItemID($0.id))) }
    #expect(seen.sorted { $0.id < $1.id } == (stayed + last.rows).sorted { $0.id < $1.id })
  }

  private func seen(in epoch: Epoch) throws -> [MachineShard.Row] {
    var rows: [MachineShard.Row] = []
    for shard in shards { rows += try shard.seen(in: epoch, at: now) }
    return rows.sorted { $0.id < $1.id }
  }

  /// Lets everything come to its end: then each shard holds what it owns and nothing else.
  func settle() throws {
    while case .flipped = phase { try drive() }
    for shard in shards { try shard.transfer(0, .end, map.epoch) }
    phase = .idle
    now = now.advanced(microseconds: MachineShard.epochMicroseconds)
    for shard in shards {
      while try shard.forgetSome(at: now) {}
      #expect(shard.itemCount == shard.ownedItemCount)
    }
    #expect(try seen(in: map.epoch) == expected())
    for writer in ops.indices {
      guard var op = ops[writer] else { continue }
      for shard in shards.indices { try send(&op, Array(op.ids.indices), writer, to: shard) }
      #expect(op.answers.count == op.ids.count)
    }
  }
}
