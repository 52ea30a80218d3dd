import CoordinatorNode
import Support
import Testing
import Transport
import Vocabulary

private let one = CallerID(1)

private func ticket(_ number: UInt64, of caller: CallerID = one) -> QueryQueue.Ticket {
  QueryQueue.Ticket(caller: caller, number: number)
}

struct QueryQueueTests {
  private static func instant(_ microseconds: UInt64) -> Instant { Instant(nanoseconds: microseconds * 1000) }

  private static func settings(_ inWork: Int, waiting: Int = 512) -> QueryQueue.Settings {
    var settings = QueryQueue.Settings()
    settings.inWorkMax = inWork
    settings.waitingMax = waiting
    return settings
  }

  /// 400 queries a second, 32 of them at a time.
  private static func model(patience: UInt64 = 500_000, inWork: Int = 64) -> QueueModel {
    QueueModel(settings: settings(inWork), workMicroseconds: 2500, togetherMax: 32, patience: patience)
  }

  @Test func firstComeFirstServedWithinBounds() {
    var queue = QueryQueue(Self.settings(2, waiting: 2))
    let deadline = Self.instant(1_000_000)
    let arrivals = (0..<5).map { _ in queue.arrive(one, deadline: deadline, at: Self.instant(0)) }
    #expect(arrivals[0] == .admitted && arrivals[1] == .admitted)
    #expect(arrivals[2] == .waits(ticket(1), displaced: nil) && arrivals[3] == .waits(ticket(2), displaced: nil))
    guard case .refused(let refusal) = arrivals[4] else { return #expect(Bool(false), "\(arrivals[4])") }
    #expect(refusal.reason == .full)
    let load = (queue.inWork, queue.waitingCount)
    #expect(load == (2, 2))
    let released = queue.leave(one, after: 3000, at: Self.instant(3000))
    #expect(released.map(\.ticket) == [ticket(1)] && released.first?.refusal == nil)
    #expect(released.first?.waitedMicroseconds == 3000)
    let withdrawn = (0..<2).map { _ in queue.withdraw(ticket(2), at: Self.instant(4000)) }
    #expect(withdrawn == [true, false], "then it has gone")
    let nobody = queue.leave(one, after: 4000, at: Self.instant(4000))
    #expect(nobody.isEmpty)
    let left = (queue.inWork, queue.waitingCount)
    #expect(left == (1, 0))
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func threeTimesTheLoadIsAnsweredAsWellAsTheMost(seed: UInt64) {
    let model = Self.model()
    model.load(perSecond: 200, from: 0, to: 2_000_000, seed: seed)
    model.load(perSecond: 1200, from: 2_000_000, to: 12_000_000, seed: seed + 10)
    model.load(perSecond: 200, from: 12_000_000, to: 16_000_000, seed: seed + 20)
    model.run()
    let calm = (model.goodCount(from: 0, to: 2_000_000), model.fates.count { $0.due < 2_000_000 })
    #expect(calm.0 == calm.1, "calm: all")
    let during = model.goodCount(from: 2_000_000, to: 12_000_000)
    #expect(during >= 3600, "of the 4,000 that can be answered")
    let after = model.fates.filter { $0.due >= 12_500_000 }
    let good = model.goodCount(from: 12_500_000, to: .max)
    #expect(good == after.count, "half a second later: all")
    for case .answered(let latency) in after.map(\.fate) { #expect(latency < 150_000) }
  }

  @Test func refusalComesOnArrivalOnceTheDelayStands() {
    let model = Self.model()
    model.load(perSecond: 1200, from: 0, to: 5_000_000, seed: 4)
    model.run()
    var refusals = 0
    for (due, fate, _) in model.fates {
      guard case .refused(let reason, let after, let retryAfter) = fate else { continue }
      refusals += 1
      #expect(due > 100_000)
      // Before the delay stood some were let into a line that was longer than their patience.
      if due >= 1_000_000 { #expect(reason == .delay && after == 0) }
      #expect((10...1000).contains(retryAfter), "what is here drains in a while: \(retryAfter) ms")
    }
    #expect(refusals > 3000)
    // Past the onset nobody who was let in has waited: the rest of the time is work.
    for case (let due, .answered(let latency), _) in model.fates where due > 2_000_000 { #expect(latency < 250_000) }
  }

  @Test func theBoundOfWaitingIsTheSameForEveryClaim() {
    var queue = QueryQueue(Self.settings(1))
    _ = queue.arrive(one, deadline: Self.instant(10_000_000), at: Self.instant(0))
    _ = queue.arrive(one, deadline: Self.instant(10_000_000), at: Self.instant(0))
    // 20 ms a query, and a line that does not get shorter for a tenth of a second.
    for step in 1...11 as ClosedRange<UInt64> {
      _ = queue.leave(one, after: 20_000, at: Self.instant(step * 20_000))
      _ = queue.arrive(one, deadline: Self.instant(10_000_000), at: Self.instant(step * 20_000))
    }
    let isOverloaded = queue.isOverloaded
    #expect(isOverloaded)
    let now: UInt64 = 225_000
    func arrives(after time: UInt64) -> QueryQueue.Arrival {
      queue.arrive(one, deadline: Self.instant(now + time), at: Self.instant(now))
    }
    guard case .waits = arrives(after: 500_000) else { return #expect(Bool(false), "its turn comes in 40 ms") }
    for claim in [500_000, 1_000_000, 60_000_000] as [UInt64] {
      guard case .refused(let refusal) = arrives(after: claim) else {
        return #expect(Bool(false), "its turn would come in 60 ms")
      }
      #expect(refusal.reason == .delay)
    }
  }

  // MARK: Fair among callers

  /// One caller keeps 256 queries here, with a minute of patience; the other asks 25 times a second.
  @Test(arguments: TestScale.seeds(1, full: 3)) func aCallerThatFillsTheLineLeavesOthersTheirAnswers(seed: UInt64) {
    let quiet = Self.model(patience: 60_000_000)
    quiet.load(perSecond: 25, from: 2_000_000, to: 8_000_000, seed: seed, by: 2)
    quiet.run()
    let model = Self.model(patience: 60_000_000)
    model.keep(256, by: 1, until: 8_000_000)
    model.load(perSecond: 25, from: 2_000_000, to: 8_000_000, seed: seed, by: 2)
    model.run()
    func latencies(_ model: QueueModel) -> [UInt64] {
      model.fates.compactMap {
        if $0.caller == CallerID(2), case .answered(let latency) = $0.fate { latency } else { nil }
      }
      .sorted()
    }
    let asked = model.fates.count { $0.caller == CallerID(2) }
    let (alone, beside) = (latencies(quiet), latencies(model))
    #expect(asked > 100 && beside.count == asked, "no query of the other is refused")
    // Up to two of the many are in work beside it, and it waits for up to two turns.
    #expect(beside[beside.count * 97 / 100] <= 6 * 2500, "\(beside.suffix(9)) beside \(alone.suffix(5))")
    // And what the many ask is answered with all that is left.
    let answered = model.fates.count { if $0.caller == one, case .answered = $0.fate { true } else { false } }
    #expect(answered > 2700, "\(answered) of 400 a second for 8 s, less 150")
  }

  /// Twenty callers that fill the line: the one that asks now and then waits for a few turns at most.
  @Test func manyCallersThatFillTheLineLeaveOthersTheirAnswers() {
    let model = Self.model(patience: 10_000_000)
    for caller in 1...20 as ClosedRange<UInt64> { model.keep(64, by: caller, until: 6_000_000) }
    model.load(perSecond: 10, from: 1_000_000, to: 6_000_000, seed: 5, by: 99)
    model.run()
    let fates = model.fates.filter { $0.caller == CallerID(99) }.map(\.fate)
    let latencies = fates.compactMap { if case .answered(let latency) = $0 { latency } else { nil } }.sorted()
    // Twenty-one callers want more than there is, so its share in a bad moment may be less than it asks for.
    #expect(fates.count > 30 && latencies.count * 100 >= fates.count * 95, "\(fates)")
    #expect(latencies[latencies.count * 99 / 100] < 100_000, "\(latencies.suffix(3))")
    // The callers that want all have equal shares.
    let shares = (1...20).map { caller in
      model.fates.count {
        if $0.due > 1_000_000, $0.caller == CallerID(UInt64(caller)), case .answered = $0.fate { true } else { false }
      }
    }
    #expect((shares.min() ?? 0) * 10 >= (shares.max() ?? 0) * 6, "\(shares)")
  }

  @Test func aFullLineMakesRoomForWhoHasLess() {
    var queue = QueryQueue(Self.settings(1, waiting: 4))
    let (deadline, other) = (Self.instant(1_000_000), CallerID(2))
    for _ in 0..<5 { _ = queue.arrive(one, deadline: deadline, at: Self.instant(0)) }
    let displacing = queue.arrive(other, deadline: deadline, at: Self.instant(1000))
    guard case .waits(_, let displaced?) = displacing else { return #expect(Bool(false), "\(displacing)") }
    #expect(displaced.ticket == ticket(4) && displaced.refusal?.reason == .full)
    #expect(displaced.waitedMicroseconds == 1000)
    let second = queue.arrive(other, deadline: deadline, at: Self.instant(1000))
    guard case .waits(_, let then?) = second else { return #expect(Bool(false), "\(second)") }
    #expect(then.ticket == ticket(3))
    let third = queue.arrive(other, deadline: deadline, at: Self.instant(1000))
    guard case .refused(let refusal) = third else { return #expect(Bool(false), "\(third)") }
    #expect(refusal.reason == .full, "now the other has as many")
    let released = queue.leave(one, after: 2000, at: Self.instant(2000))
    #expect(released.map(\.ticket.caller) == [one], "both have two, and it came first")
  }

  @Test func burstIsABufferAtWorkAndNoOverload() {
    let model = Self.model()
    model.burst(100, at: 1000)
    model.load(perSecond: 100, from: 400_000, to: 2_000_000, seed: 5)
    model.run()
    let fates = model.fates
    #expect(fates.allSatisfy { if case .answered = $0.fate { true } else { false } })
  }

  @Test func moreInWorkThanIsScannedTogetherIsTakenBack() {
    let model = Self.model()
    model.load(perSecond: 1200, from: 0, to: 5_000_000, seed: 6)
    model.run()
    let limit = model.queue.inWorkLimit
    #expect((30...40).contains(limit), "\(limit): 32 are, and some wait")
    let small = Self.model(inWork: 16)
    small.load(perSecond: 1200, from: 0, to: 3_000_000, seed: 6)
    small.run()
    let narrow = small.queue.inWorkLimit
    #expect(narrow == 16, "what is scanned together does not wait")
  }

  @Test func limitComesBackWhenShardsHaveRoom() {
    var limit = InFlightLimit(ceiling: 64)
    for _ in 0..<100 { limit.passed(standing: 9000, target: 5000, wasReached: true) }
    #expect(limit.count == 8)
    limit.passed(standing: 100, target: 5000, wasReached: false)
    limit.passed(standing: nil, target: 5000, wasReached: true)
    #expect(limit.count == 8, "nobody needed more, or nobody knows")
    for _ in 0..<100 { limit.passed(standing: 100, target: 5000, wasReached: true) }
    #expect(limit.count == 64)
    var narrow = InFlightLimit(ceiling: 1)
    narrow.passed(standing: 9000, target: 5000, wasReached: true)
    #expect(narrow.count == 1)
  }

  @Test func hopelessQueryIsRefusedBeforeWork() {
    var queue = QueryQueue(Self.settings(1))
    let first = queue.arrive(one, deadline: Self.instant(1_000_000), at: Self.instant(0))
    #expect(first == .admitted)
    queue.answered(worked: 40_000, waited: 0, isWhole: true, at: Self.instant(40_000))
    _ = queue.leave(one, after: 40_000, at: Self.instant(40_000))
    // Alone it is worked on, whatever it has left: less than all is better than nothing.
    let alone = queue.arrive(one, deadline: Self.instant(41_000), at: Self.instant(40_000))
    #expect(alone == .admitted)
    guard case .refused(let refusal) = queue.arrive(one, deadline: Self.instant(100_000), at: Self.instant(41_000))
    else {
      return #expect(Bool(false), "it cannot be answered in 59 ms behind another one")
    }
    #expect(refusal.reason == .deadline && refusal.retryAfterMilliseconds == 40)
    // This one could, if its turn came as soon as is thought.
    let third = queue.arrive(one, deadline: Self.instant(131_000), at: Self.instant(41_000))
    #expect(third == .waits(ticket(1), displaced: nil))
    let released = queue.leave(one, after: 60_000, at: Self.instant(100_000))
    #expect(released.map(\.ticket) == [ticket(1)] && released.first?.refusal?.reason == .deadline)
    let inWork = queue.inWork
    #expect(inWork == 0)
  }

  @Test func shardThatHangsMakesNobodyHopeless() {
    var queue = QueryQueue(Self.settings(1))
    _ = queue.arrive(one, deadline: Self.instant(1_000_000), at: Self.instant(0))
    queue.answered(worked: 1_000_000, waited: 0, isWhole: false, at: Self.instant(1_000_000))
    let second = queue.arrive(one, deadline: Self.instant(2_400_000), at: Self.instant(1_000_000))
    #expect(second == .waits(ticket(1), displaced: nil))
    let released = queue.leave(one, after: 1_000_000, at: Self.instant(1_000_000))
    #expect(released.map(\.ticket) == [ticket(1)] && released.first?.refusal == nil)
  }

  @Test func depthFallsUnderOverloadAndComesBackInSteps() {
    var share = DepthShare()
    #expect(share.depth(asked: 1000, least: 200, k: 10) == 1000)
    for _ in 0..<4 { share.passed(isOverloaded: true, count: 1) }
    #expect(share.depth(asked: 1000, least: 200, k: 10) == 483)
    #expect(share.depth(asked: 1000, least: 0, k: 10) == 1000, "who does not allow less gets all")
    #expect(share.depth(asked: 1000, least: 800, k: 10) == 800)
    #expect(share.depth(asked: 1000, least: 1, k: 700) == 700)
    for _ in 0..<50 { share.passed(isOverloaded: true, count: 1) }
    #expect(share.depth(asked: 1000, least: 1, k: 10) == 100)
    #expect(share.depth(asked: 1000, least: 200, k: 10) == 200)
    let low = share.share
    for _ in 0..<3 { share.passed(isOverloaded: false, count: 1) }
    #expect(share.share == low, "it may be a pause only")
    share.passed(isOverloaded: false, count: 1)
    #expect(share.share > low && share.share < low + 0.1)
    share.passed(isOverloaded: false, count: 20)
    #expect(share.share == 1, "within two seconds of calm")
  }

  @Test func depthFollowsTheLoad() {
    let model = Self.model()
    model.load(perSecond: 1200, from: 0, to: 3_000_000, seed: 8)
    model.run()
    let low = model.queue.depthShare
    #expect(low < 0.2)
    model.load(perSecond: 100, from: 6_000_000, to: 6_500_000, seed: 9)
    model.run()
    let high = model.queue.depthShare
    #expect(high == 1)
  }
}
