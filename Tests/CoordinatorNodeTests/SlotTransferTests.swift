import CoordinatorNode
import Testing
import Vocabulary
import Wire

/// One batch of slots, step by step, without shards.
@Suite struct SlotTransferTests {
  /// Drives a machine with shards that do as they are told, and lets a test say what goes wrong.
  final class Drive {
    var machine: SlotTransfer
    var isFinished: Bool { machine.isFinished }
    var hasSwitched: Bool { machine.hasSwitched }
    var frozenMicroseconds: UInt64 { machine.frozenMicroseconds }
    var phase: RebalanceResponse.Phase { machine.phase }
    var now = Instant(nanoseconds: 1_000_000_000)
    /// What the machine wanted, in order.
    var wanted: [SlotTransfer.Action] = []
    var outcome: SlotTransfer.Outcome?
    /// Parts of the copy, then changed items that each read finds.
    var copyParts: Int
    var changes: [UInt64]
    var isFrozen = false

    init(copyParts: Int = 2, changes: [UInt64] = [0], verifying: Int = 0, bytesPerSecond: UInt64 = 1 << 40) {
      machine = SlotTransfer(verifying: verifying, bytesPerSecond: bytesPerSecond)
      (self.copyParts, self.changes) = (copyParts, changes)
      machine.begin(at: now)
    }

    /// Takes the one thing that is wanted now.
    func next() throws -> SlotTransfer.Action {
      let actions = machine.takeActions()
      #expect(actions.count == 1)
      let action = try #require(actions.last)
      wanted.append(action)
      return action
    }

    /// Does what is wanted.
    func perform(_ action: SlotTransfer.Action) {
      switch action {
      case .begin(let side): machine.began(side)
      case .read: machine.read(reading(), at: now)
      case .write: machine.written(at: now)
      case .freeze:
        isFrozen = true
        machine.frozen()
      case .digest: machine.digested(source: ItemDigest(itemCount: 3), target: ItemDigest(itemCount: 3))
      case .switchOwner:
        now = now.advanced(microseconds: 2000)
        machine.switched(at: now)
      case .end(let side): machine.ended(side)
      case .wait(let until):
        now = max(now, until)
        machine.passed()
      case .finish(let found): outcome = found
      }
    }

    /// Goes on to the end; `fail` tells for each step whether it fails.
    func run(failing fail: (Int, SlotTransfer.Action) -> SlotTransfer.Failure? = { _, _ in nil }) throws {
      for step in 0..<10_000 where outcome == nil {
        let action = try next()
        if let failure = fail(step, action) { machine.failed(failure, at: now) } else { perform(action) }
      }
      #expect(isFinished)
    }

    private func reading() -> SlotTransfer.Reading {
      if copyParts > 0 {
        copyParts -= 1
        return .init(
          state: copyParts > 0 ? .copying : .catchingUp, hasPart: true, byteCount: 1000, changed: changes.first ?? 0)
      }
      if !changes.isEmpty { changes.removeFirst() }
      if isFrozen { return .init(state: .complete, hasPart: true, byteCount: 10) }
      return .init(state: .catchingUp, hasPart: true, byteCount: 100, changed: changes.first ?? 0)
    }
  }

  private static let lost = SlotTransfer.Failure(.unknownUpload, at: .source, "lost")

  @Test func aQuietBatchTakesItsStepsInOrder() throws {
    let drive = Drive(verifying: 2)
    try drive.run()
    #expect(
      drive.wanted == [
        .begin(.target), .begin(.source), .read(part: 1), .write(part: 1), .read(part: 2), .write(part: 2), .freeze,
        .read(part: 3), .write(part: 3), .digest(instance: 0), .digest(instance: 1), .switchOwner, .end(.source),
        .end(.target), .finish(.moved),
      ])
    #expect(drive.outcome == .moved && drive.hasSwitched)
    #expect(drive.frozenMicroseconds == 2000)
  }

  @Test func itFreezesOnlyWhenFewChangesAreLeft() throws {
    let drive = Drive(copyParts: 1, changes: [5000, 900, 65, 64])
    try drive.run()
    let freeze = try #require(drive.wanted.firstIndex(of: .freeze))
    // The copy, then changes until so few are left.
    #expect(drive.wanted[..<freeze].count { if case .read = $0 { true } else { false } } == 4)
    #expect(drive.outcome == .moved)
  }

  @Test func writesThatNeverPauseAreFrozenWithMoreChangesOrGivenUp() throws {
    let busy = Drive(copyParts: 1, changes: [UInt64](repeating: 1000, count: 5000))
    try busy.run()
    #expect(busy.outcome == .moved)
    let flood = Drive(copyParts: 1, changes: [UInt64](repeating: 1_000_000, count: 5000))
    try flood.run()
    guard case .failed(let failure) = flood.outcome else {
      Issue.record("it was not given up")
      return
    }
    #expect(failure.code == .overloaded && !flood.hasSwitched)
  }

  @Test func aReadWithoutAPartDoesNotUseUpItsNumber() throws {
    let drive = Drive()
    drive.perform(try drive.next())
    drive.perform(try drive.next())
    #expect(try drive.next() == .read(part: 1))
    drive.machine.read(.init(state: .copying, hasPart: false), at: drive.now)
    #expect(try drive.next() == .read(part: 1))
    drive.machine.read(.init(state: .catchingUp, hasPart: false), at: drive.now)
    #expect(try drive.next() == .freeze)
    drive.machine.frozen()
    #expect(try drive.next() == .read(part: 1))
    drive.machine.read(.init(state: .complete, hasPart: false), at: drive.now)
    #expect(try drive.next() == .switchOwner)
  }

  @Test func theThrottleWaitsBetweenPartsButNotWhileWritesWait() throws {
    let drive = Drive(copyParts: 4, bytesPerSecond: 1000)
    let start = drive.now
    try drive.run()
    // Each part of the copy has 1,000 bytes.
    #expect(start.microseconds(until: drive.now) == 3_002_000)
    let freeze = try #require(drive.wanted.firstIndex(of: .freeze))
    #expect(drive.wanted[..<freeze].count { if case .wait = $0 { true } else { false } } == 3)
    #expect(!drive.wanted[freeze...].contains { if case .wait = $0 { true } else { false } })
  }

  /// Every step at which something can go wrong, and all that can.
  @Test(arguments: 0..<13, [ErrorCode.noReplica, .unknownUpload, .storageFull, .metadataUnavailable])
  func whateverFailsBeforeTheSwitchIsEndedAtBothShards(step: Int, code: ErrorCode) throws {
    let drive = Drive(verifying: 1)
    let failure = SlotTransfer.Failure(code, at: .target, "it broke")
    try drive.run { number, _ in number == step ? failure : nil }
    let switched = drive.wanted.firstIndex(of: .switchOwner)
    let isOver = switched.map { $0 < step } ?? false
    #expect(drive.outcome == (isOver ? .moved : .failed(failure)))
    #expect(drive.hasSwitched == isOver)
    let outcome = try #require(drive.outcome)
    #expect(Array(drive.wanted.suffix(3)) == [.end(.source), .end(.target), .finish(outcome)])
  }

  @Test func shardsThatCannotBeToldOfTheEndDoNotHoldItUp() throws {
    let drive = Drive()
    try drive.run { _, action in if case .end = action { Self.lost } else { nil } }
    #expect(drive.outcome == .moved)
    let broken = Drive()
    try broken.run { step, action in if case .end = action { Self.lost } else { step == 3 ? Self.lost : nil } }
    #expect(broken.outcome == .failed(Self.lost))
  }

  @Test(arguments: 0..<14) func itCanBeCancelledUpToTheSwitch(step: Int) throws {
    let drive = Drive(verifying: 1)
    for _ in 0..<step where drive.outcome == nil { drive.perform(try drive.next()) }
    guard drive.outcome == nil else { return }
    let hadSwitched = drive.hasSwitched
    drive.machine.cancel()
    // What was wanted before is not done any more, but for a switch that may be under way.
    let actions = drive.machine.takeActions()
    let last = try #require(actions.last)
    drive.perform(last)
    try drive.run()
    let isTooLate = hadSwitched || actions == [.switchOwner]
    #expect(drive.outcome == (isTooLate ? .moved : .cancelled))
  }

  @Test func aTargetThatStillAnswersByAnEarlierMapIsAskedAgain() throws {
    let drive = Drive()
    for _ in 0..<3 {
      #expect(try drive.next() == .begin(.target))
      drive.machine.failed(.init(.slotFrozen, at: .target), retryAfterMilliseconds: 700, at: drive.now)
      let wait = try drive.next()
      #expect(wait == .wait(until: drive.now.advanced(microseconds: 700_000)))
      #expect(drive.phase == .waiting)
      drive.perform(wait)
    }
    try drive.run()
    #expect(drive.outcome == .moved)
    let patient = Drive()
    let busy = SlotTransfer.Failure(.slotFrozen, at: .target)
    try patient.run { _, action in if case .begin = action { busy } else { nil } }
    #expect(patient.outcome == .failed(busy), "not for ever")
  }

  @Test func otherContentsAreNotSwitchedTo() throws {
    let drive = Drive(verifying: 1)
    while true {
      let action = try drive.next()
      if case .digest = action { break }
      drive.perform(action)
    }
    drive.machine.digested(source: ItemDigest(itemCount: 3), target: ItemDigest(itemCount: 2))
    try drive.run()
    guard case .failed(let failure) = drive.outcome else {
      Issue.record("it was switched")
      return
    }
    #expect(failure.code == .internalFault && failure.message.contains("3 and 2 items"))
  }

  @Test func eventsThatNobodyAskedForChangeNothing() throws {
    let drive = Drive()
    drive.machine.frozen()
    drive.machine.written(at: drive.now)
    drive.machine.switched(at: drive.now)
    drive.machine.ended(.source)
    drive.machine.began(.source)
    drive.machine.passed()
    try drive.run()
    #expect(drive.outcome == .moved)
  }
}
