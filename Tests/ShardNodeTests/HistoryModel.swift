import Placement
import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

/// Three shards, writers of events, a driver of transfers, one who forgets and one who crashes, in an order that a seed
/// chooses; and beside them a dictionary of what must be kept.
final class HistoryModel {
  private enum Phase {
    case idle
    case open(next: UInt64, isFrozen: Bool)
  }

  /// A batch of one writer, until it is answered for each shopper.
  private struct Op {
    let number: UInt64
    let entries: [EventRequest.Entry]
    /// For each shopper what the first answer was.
    var answers: [UInt64: EventCounts] = [:]

    var users: Set<UInt64> { Set(entries.map(\.user)) }
  }

  private struct Kept: Equatable {
    var events: [ShopperEvent] = []
    var version: UInt64 = 0
  }

  private var random: SeededRandom
  private let shards: [MachineShard]
  private var map: ShardMap
  private var now = Instant(nanoseconds: 1)
  /// The coordinator's clock.
  private var clock: Int64 = 1_764_000_000_000_000
  private let settings = HistorySettings(length: 6, keepDays: 2, eventsPerMinuteMax: 1_000_000)
  private let users: [UInt64]
  private var kept: [UInt64: Kept] = [:]
  private var forgotten: [UInt64: Int64] = [:]
  private var ops: [Op?] = [nil, nil, nil]
  private var opNumber: UInt64 = 0
  private var phase = Phase.idle
  private var transfer: UInt64 = 0
  private var (source, target) = (0, 1)
  private var moving = SlotSet()
  private(set) var moves = 0
  private(set) var restarts = 0
  private(set) var forgets = 0

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    let first = try ShardMap.first(
      clusterID: Array(repeating: 5, count: 16), addresses: (1...3).map { "127.0.0.1:\($0)" })
    map = first
    shards = try (0..<3).map { try MachineShard(UInt16($0), first) }
    users = (1...9000 as ClosedRange<UInt64>).filter { slot(of: ItemID($0)).rawValue % 401 == 7 }
  }

  private func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  private func owner(_ user: UInt64) -> Int { map.ownerIndex(of: slot(of: ItemID(user))) }

  private var cutoff: Int64 { clock - settings.keepMicroseconds }

  // MARK: One step

  func step() throws {
    clock += Int64(below(100_000_000))
    switch below(100) {
    case 0..<45: try write(below(ops.count))
    case 45..<85: try drive()
    case 85..<88: try forget(users[below(users.count)])
    case 88..<92: _ = try shards[below(3)].forgetSome(at: now)
    case 92..<94:
      try shards[below(3)].restart()
      restarts += 1
    // Days go by: old events go.
    case 94: clock += Int64(below(40)) * 3_600_000_000
    default: now = now.advanced(microseconds: MachineShard.epochMicroseconds)
    }
    try check(users[below(users.count)])
  }

  /// Ends what is open and compares everything.
  func settle() throws {
    try abandon()
    for writer in ops.indices {
      while ops[writer].map({ $0.answers.count < $0.users.count }) ?? false { try write(writer) }
    }
    for user in users { try check(user) }
  }

  // MARK: Events

  private func write(_ writer: Int) throws {
    var op = ops[writer] ?? newOp()
    if op.answers.count == op.users.count, below(4) > 0 { op = newOp() }
    for shard in shards.indices {
      let entries = op.entries.filter { owner($0.user) == shard }
      guard !entries.isEmpty, below(5) > 0 else { continue }
      try send(entries, of: &op, writer, to: shard)
    }
    ops[writer] = op
  }

  private func newOp() -> Op {
    opNumber += 1
    let entries = (0..<1 + below(6)).map { _ in
      let kind = ShopperAction.allCases[below(8)]
      // Some come late, some too late, some from a clock that is ahead.
      let late = [0, 5_000_000, 3_600_000_000, 3 * 86_400_000_000, -200_000_000, -400_000_000][below(6)]
      var event = ShopperEvent(
        kind, item: kind == .search ? 0 : random.next(), time: clock - Int64(late), value: Float(opNumber),
        text: kind == .search ? "search \(opNumber)" : "")
      event.place = UInt16(below(100))
      return EventRequest.Entry(user: users[below(users.count)], event)
    }
    return Op(number: opNumber, entries: entries)
  }

  private func send(_ entries: [EventRequest.Entry], of op: inout Op, _ writer: Int, to shard: Int) throws {
    var request = EventRequest(collection: "shop", writer: UInt64(writer + 1), op: op.number, events: entries)
    (request.received, request.settings) = (clock, settings)
    let response: EventResponse
    do { response = try shards[shard].events(request, map.epoch) } catch {
      #expect(error.code == .slotFrozen)
      return
    }
    var expected = EventCounts()
    for user in Set(entries.map(\.user)) {
      let counts = op.answers[user] ?? take(entries.filter { $0.user == user }, of: user)
      op.answers[user] = counts
      expected += counts
    }
    #expect(response.counts == expected)
  }

  /// What becomes of a shopper's events.
  private func take(_ entries: [EventRequest.Entry], of user: UInt64) -> EventCounts {
    var counts = EventCounts()
    for event in entries.map(\.event) {
      if event.time > clock + 300_000_000 {
        counts.inFuture += 1
      } else if let time = forgotten[user], event.time <= time {
        counts.forgotten += 1
      } else if event.time < cutoff {
        counts.tooOld += 1
      } else {
        counts.accepted += 1
        var one = kept[user] ?? Kept()
        one.version += 1
        one.events.append(event)
        one.events = one.events.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
          .map(\.element)
        one.events = Array(one.events.filter { $0.time >= cutoff }.suffix(Int(settings.length)))
        kept[user] = one
      }
    }
    return counts
  }

  // MARK: Forgetting

  private func forget(_ user: UInt64) throws {
    let owner = owner(user)
    do { try shards[owner].forget(user, at: clock) } catch {
      #expect(error.code == .slotFrozen)
      return
    }
    for shard in shards.indices where shard != owner { try shards[shard].forget(user, at: clock) }
    (kept[user], forgotten[user]) = (nil, clock)
    // An op that was answered is answered alike, but for who is forgotten: it is asked for no more.
    for index in ops.indices where ops[index]?.answers[user] != nil { ops[index] = nil }
    forgets += 1
    clock += 1
  }

  // MARK: Moves

  private func drive() throws {
    do throws(WireError) {
      switch phase {
      case .idle: try begin()
      case .open(let next, let isFrozen):
        let reply = try shards[source].transfer(transfer, .read(part: next), map.epoch)
        if let part = reply.contents {
          for _ in 0...below(2) { try shards[target].transfer(transfer, .write(part: next, part), map.epoch) }
          phase = .open(next: next + 1, isFrozen: isFrozen)
        }
        if isFrozen {
          if reply.state == .complete { try flip() }
        } else if reply.state == .catchingUp, reply.contents == nil {
          try shards[source].transfer(transfer, .freeze, map.epoch)
          phase = .open(next: reply.contents == nil ? next : next + 1, isFrozen: true)
        }
      }
    } catch {
      #expect([.unknownUpload, .slotFrozen, .conflict].contains(error.code), "\(error.code.name)")
      try abandon()
    }
    if below(60) == 0 { try abandon() }
  }

  private func begin() throws(WireError) {
    source = below(3)
    target = (source + 1 + below(2)) % 3
    moving = SlotSet(users.map { slot(of: ItemID($0)) }.filter { map.ownerIndex(of: $0) == source && below(3) == 0 })
    guard !moving.isEmpty else { return }
    transfer = random.next() | 1
    try shards[target].transfer(transfer, .beginTarget(moving), map.epoch, at: now)
    try shards[source].transfer(transfer, .beginSource(moving), map.epoch, at: now)
    phase = .open(next: 1, isFrozen: false)
  }

  private func flip() throws(WireError) {
    #expect(shards[source].historyDigest(of: moving) == shards[target].historyDigest(of: moving))
    guard let new = try? map.moving(moving, to: shards[target].id) else { throw WireError(.conflict) }
    for shard in [target, source, 3 - source - target] {
      do { try shards[shard].install(new, at: now) } catch { throw WireError(.internalFault) }
    }
    map = new
    for shard in [source, target] { try shards[shard].transfer(transfer, .end, map.epoch) }
    phase = .idle
    moves += 1
  }

  private func abandon() throws {
    for shard in shards { try shard.transfer(0, .end, map.epoch) }
    phase = .idle
  }

  // MARK: Checking

  private func check(_ user: UInt64) throws {
    let found = shards[owner(user)].history(user, settings, now: clock)
    let wanted = kept[user].flatMap { kept -> Kept? in
      var kept = kept
      kept.events = kept.events.filter { $0.time >= cutoff }
      return kept.events.isEmpty ? nil : kept
    }
    #expect(try found?.kept() == wanted?.events)
    // A history that went by age begins again.
    if let found, let wanted {
      #expect(found.version <= wanted.version && found.version >= UInt64(wanted.events.count))
    }
  }
}
