import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

/// Seeded losses of power amid events; `WINNOW_FULL=1` runs as many as the promises name.
@Suite(.serialized) struct EventChaosTests {
  @Test func noLossOfPowerLosesAnEvent() async throws {
    var (losses, acknowledged) = (0, 0)
    for seed in TestScale.seeds(100, full: 2000) {
      let test = "EventChaosTests/noLossOfPowerLosesAnEvent"
      acknowledged += try await TestScale.named(seed, test) {
        try await loseThePower(seed, TestScale.replay(seed, test))
      }
      losses += 3
    }
    TestScale.tell("\(losses) losses of power, \(acknowledged) acknowledged events: none lost, none twice")
  }

  /// - Returns: How many events were acknowledged.
  private func loseThePower(_ seed: UInt64, _ replay: String) async throws -> Int {
    var random = SeededRandom(seed: seed)
    let run = DurableRun(seed: seed)
    var sender = EventSender()
    try await run.losePowerThrice(&random) { random in
      try await sender.verify(run, "\(replay)")
      try await sender.work(25, &random, run)
    }
    try await sender.verify(run, "\(replay)")
    #expect(try await sender.resend(run) == nil, "\(replay)")
    try await sender.verify(run, "sent again, \(replay)")
    return sender.acknowledged
  }
}

/// Who sends events to one shard and knows what it was told.
private struct EventSender {
  private enum Op {
    case events(EventRequest)
    case forget(HistoryRequest)
  }

  /// The items of each shopper's events, oldest first.
  private var kept: [UInt64: [UInt64]] = [:]
  /// What was sent and not acknowledged.
  private var unclear: Op?
  /// Whether a start has shown that it was done.
  private var isDone = false
  private var number: UInt64 = 0
  private(set) var acknowledged = 0

  private static let users: Range<UInt64> = 0..<12
  private static let begin: Int64 = 1_764_000_000_000_000
  private static let settings = HistorySettings(
    length: HistorySettings.lengthMax, keepDays: 90, eventsPerMinuteMax: HistorySettings.eventsPerMinuteMaxMax)

  private var time: Int64 { Self.begin + Int64(number) * 1000 }

  /// Some batches and what a shard does besides, until an error.
  mutating func work(_ count: Int, _ random: inout SeededRandom, _ run: DurableRun) async throws {
    guard try await resend(run) == nil else { return }
    for _ in 0..<count {
      number += 1
      guard try await send(next(&random), run) == nil else { return }
      if random.next() % 8 == 0 { await run.node?.upkeep.checkpoint() }
      if random.next() % 8 == 0 { await run.node?.upkeep.tend() }
    }
  }

  private func next(_ random: inout SeededRandom) -> Op {
    let count = Self.users.upperBound
    if random.next() % 12 == 0 {
      var forget = HistoryRequest(.forget, collection: "shop", user: random.next() % count)
      forget.now = time
      return .forget(forget)
    }
    let entries = (0..<1 + random.next() % 6).map { place in
      EventRequest.Entry(
        user: random.next() % count, ShopperEvent(.view, item: number * 10 + place, time: time))
    }
    var request = EventRequest(collection: "shop", writer: 3, op: number, events: entries)
    (request.received, request.settings) = (time, Self.settings)
    return .events(request)
  }

  /// Sends the op again whose fate is not known, if there is one.
  ///
  /// - Returns: The error that it was answered with.
  mutating func resend(_ run: DurableRun) async throws -> ErrorCode? {
    guard let unclear else { return nil }
    return try await send(unclear, run)
  }

  private mutating func send(_ op: Op, _ run: DurableRun) async throws -> ErrorCode? {
    let shard = try #require(run.shard)
    unclear = op
    do {
      switch op {
      case .events(let request):
        let answer = try await shard.ask(request)
        #expect(answer.durability == .disk && Int(answer.counts.accepted) == request.events.count)
        acknowledged += request.events.count
      case .forget(let request): _ = try await shard.ask(request)
      }
    } catch let error as WireError {
      if error.code == .storageFull { unclear = nil }
      return error.code
    }
    if !isDone { kept = Self.applied(op, to: kept) }
    (unclear, isDone) = (nil, false)
    return nil
  }

  private static func applied(_ op: Op, to kept: [UInt64: [UInt64]]) -> [UInt64: [UInt64]] {
    var kept = kept
    switch op {
    case .events(let request):
      for entry in request.events { kept[entry.user, default: []].append(entry.event.item) }
    case .forget(let request): kept[request.user] = nil
    }
    return kept
  }

  /// Compares all histories with what was acknowledged: the op that was not is there as a whole, or not at all.
  mutating func verify(_ run: DurableRun, _ comment: Comment) async throws {
    let shard = try #require(run.shard)
    var found: [UInt64: [UInt64]] = [:]
    for user in Self.users {
      var get = HistoryRequest(.get, collection: "shop", user: user)
      (get.now, get.settings) = (time, Self.settings)
      guard let history = try await shard.ask(get).histories.first else { continue }
      found[user] = try history.kept().map(\.item)
      #expect(history.version == UInt64(history.keptCount), comment)
    }
    if let unclear, !isDone, found != kept { (kept, isDone) = (Self.applied(unclear, to: kept), true) }
    try #require(found == kept, comment)
  }
}
