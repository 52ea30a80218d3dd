import Placement
import Storage
import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

struct HistoryTests {
  /// Events, transfers, restarts and forgetting in any order: every event that was answered is in the history once, and
  /// replay gives what was live.
  @Test(arguments: TestScale.seeds(8, full: 300))
  func everyEventIsKeptOnceWhateverHappens(seed: UInt64) throws {
    let model = try HistoryModel(seed: seed)
    for _ in 0..<500 { try model.step() }
    try model.settle()
    #expect(model.moves > 0 && model.restarts > 0 && model.forgets > 0)
  }

  private static let settings = HistorySettings(length: 3, keepDays: 1, eventsPerMinuteMax: 2)
  private static let now: Int64 = 1_764_000_030_000_000

  private func request(_ events: [ShopperEvent], user: UInt64 = 7, op: UInt64, at time: Int64 = now) -> EventRequest {
    var request = EventRequest(
      collection: "shop", writer: 1, op: op, events: events.map { .init(user: user, $0) })
    (request.received, request.settings) = (time, Self.settings)
    return request
  }

  @Test func aHistoryIsCutAndTheFastAreMarked() async throws {
    let shard = try await ShardFixture()
    let day: Int64 = 86_400_000_000
    let times = [Self.now, Self.now - 5, Self.now - 2, Self.now - day - 1, Self.now + 300_000_001, Self.now + 1]
    let events = times.map { ShopperEvent(.view, item: 5, time: $0) }
    let answer = try await shard.ask(request(events, op: 1))
    #expect((answer.counts.accepted, answer.counts.tooOld, answer.counts.inFuture) == (4, 1, 1))
    #expect(answer.counts.fast == 2)
    let again = try await shard.ask(request(events, op: 1, at: Self.now + day))
    #expect(again.isReplayed && again.counts == answer.counts)
    #expect(await shard.error(request(events, op: 0 + 1, at: 1)) == nil)

    var get = HistoryRequest(.get, collection: "shop", user: 7)
    (get.now, get.settings) = (Self.now, Self.settings)
    let history = try #require(try await shard.ask(get).histories.first)
    #expect(try history.kept().map(\.time) == [Self.now - 2, Self.now, Self.now + 1])
    #expect(history.version == 4 && history.isMarked && history.counts[1] == 4)
    get.settings.length = 1
    #expect(try await shard.ask(get).histories.first?.keptCount == 1)
    get.now += day + 2
    #expect(try await shard.ask(get).histories.isEmpty)
    #expect(await shard.error(request(events, op: 2), epoch: 9) == .staleEpoch)
    var other = request(events, op: 2)
    other.collection = "other"
    #expect(await shard.error(other) == .unknownCollection)
    _ = try await shard.ask(request(events, op: 3))
    #expect(await shard.error(request(events, op: 2)) == .conflict)
  }

  /// A shard on a disk, killed and started again amid events, checkpoints and power losses.
  @Test(arguments: 1...6 as ClosedRange<UInt64>) func noEventIsLostOnDisk(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let run = DurableRun(seed: seed)
    try await run.open()
    var kept: [UInt64: [Int64]] = [:]
    for op in 1...150 as ClosedRange<UInt64> {
      let time = Self.now + Int64(op)
      let user = random.next() % 12
      _ = try await #require(run.shard).ask(
        request([ShopperEvent(.click, item: op, time: time)], user: user, op: op, at: time))
      kept[user, default: []].append(time)
      switch random.next() % 12 {
      case 0: try await run.restart()
      case 1, 2: await run.node?.upkeep.checkpoint()
      case 3: await run.node?.upkeep.tend()
      default: break
      }
      let shard = try #require(run.shard)
      var get = HistoryRequest(.get, collection: "shop", user: user)
      (get.now, get.settings) = (time, Self.settings)
      let history = try #require(try await shard.ask(get).histories.first)
      #expect(try history.kept().map(\.time) == kept[user]?.suffix(3))
      #expect(history.version == kept[user].map { UInt64($0.count) })
    }
    for (user, times) in kept { #expect(!times.isEmpty && user < 12) }
  }

  @Test func noFileHasAForgottenShopper() async throws {
    let run = DurableRun()
    let shard = try await run.open()
    let secret: UInt64 = 0xC0FF_EE11_2233_4455
    let text = "a search of which no file may tell"
    for op in 1...40 as ClosedRange<UInt64> {
      let isSecret = op % 4 == 0
      _ = try await shard.ask(
        request(
          [ShopperEvent(.search, time: Self.now + Int64(op), text: isSecret ? text : "blue")],
          user: isSecret ? secret : op, op: op))
      if op % 9 == 0 { await run.node?.upkeep.checkpoint() }
    }
    #expect(try holds(run.disk, secret, text))
    var forget = HistoryRequest(.forget, collection: "shop", user: secret)
    forget.now = Self.now + 100
    let first = try #require(try await shard.ask(forget).receipts.first)
    #expect((first.histories, first.events, first.state) == (1, 3, .pending))
    forget.isContinued = true
    for _ in 0..<5 { await run.node?.upkeep.tend() }
    let last = try #require(try await shard.ask(forget).receipts.first)
    #expect(last.state == .done && last.position > 40)
    #expect(try !holds(run.disk, secret, text))

    // It stays so through a restart, a snapshot from before, and the same events again.
    try await run.restart()
    let risen = try #require(run.shard)
    let late = try await risen.ask(request([ShopperEvent(.view, item: 1, time: Self.now)], user: secret, op: 41))
    #expect(late.counts.forgotten == 1 && late.counts.accepted == 0)
    var part = TransferPart(of: InstanceKey(name: "shop", generation: Generation(1)))
    var old = StoredHistory(user: secret, begun: Self.now)
    old.add(ShopperEvent(.search, time: Self.now, text: text), as: Self.settings, cutoff: 0)
    part.histories = HistoryPart()
    part.histories?.histories = [old]
    _ = try await risen.ask(SnapshotRequest(snapshot: 0, step: .write(part)))
    var get = HistoryRequest(.get, collection: "shop", user: secret)
    (get.now, get.settings) = (Self.now, Self.settings)
    #expect(try await risen.ask(get).histories.isEmpty)
    for _ in 0..<5 { await run.node?.upkeep.tend() }
    #expect(try !holds(run.disk, secret, text))
    _ = try await risen.ask(
      request([ShopperEvent(.view, item: 1, time: Self.now + 200)], user: secret, op: 42, at: Self.now + 200))
    #expect(try await risen.ask(get).histories.first?.version == 1)
  }

  /// Whether some file has the id's bytes or the text.
  private func holds(_ disk: MemoryDisk, _ user: UInt64, _ text: String) throws -> Bool {
    let id = (0..<8).map { UInt8(truncatingIfNeeded: user >> (8 * UInt64($0))) }
    for name in try disk.list(DurableRun.directory) {
      guard let bytes = try disk.read("\(DurableRun.directory)/\(name)", limit: 1 << 28) else { continue }
      if bytes.firstRange(of: id) != nil || bytes.firstRange(of: Array(text.utf8)) != nil { return true }
    }
    return false
  }
}
