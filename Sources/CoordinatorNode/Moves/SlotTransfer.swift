package import Vocabulary
package import Wire

/// One batch of slots on its way from a shard to another, as a machine without I/O: copy, catch up, freeze, read the rest,
/// switch the map, end.
///
/// Tell it what happened, then take the actions that follow; it wants one thing at a time. Up to the switch everything can
/// be given up and begun again; from the switch on there is only forward. What is given up is ended at both shards, since a
/// source that was frozen stays so until it is told.
package struct SlotTransfer: ~Copyable {
  /// One of the two shards.
  package enum Side: Sendable, Equatable {
    case source
    case target
  }

  /// The next action of the shell.
  package enum Action: Sendable, Equatable {
    case begin(Side)
    /// A part from the source.
    case read(part: UInt64)
    /// The part that was read, to the target.
    case write(part: UInt64)
    case freeze
    /// Count and sum what both sides hold of an instance, by its position.
    case digest(instance: Int)
    /// Make the map of the next epoch the cluster's.
    case switchOwner
    case end(Side)
    /// Call `passed` at this instant.
    case wait(until: Instant)
    /// No further event is needed.
    case finish(Outcome)
  }

  /// How it ended.
  package enum Outcome: Sendable, Equatable {
    /// The slots belong to the target.
    case moved
    /// The slots stayed because an operator cancelled the move.
    case cancelled
    /// They stayed; it can be begun again.
    case failed(Failure)
  }

  /// The failure of a step.
  package struct Failure: Error, Sendable, Equatable {
    /// At which shard, if it was at one.
    package var side: Side?
    package var code: ErrorCode
    /// For people; may be empty.
    package var message: String

    package init(_ code: ErrorCode, at side: Side? = nil, _ message: String = "") {
      self.code = code
      self.side = side
      self.message = message
    }
  }

  /// A shard's answer to a read.
  package struct Reading: Sendable, Equatable {
    package var state: TransferResponse.State
    package var hasPart: Bool
    /// Of the part.
    package var byteCount: UInt64
    /// Changed items that are left.
    package var changed: UInt64

    package init(state: TransferResponse.State, hasPart: Bool, byteCount: UInt64 = 0, changed: UInt64 = 0) {
      self.state = state
      self.hasPart = hasPart
      self.byteCount = byteCount
      self.changed = changed
    }
  }

  enum Stage: Sendable, Equatable {
    case idle
    case beginning(Side)
    case reading
    case writing(Reading)
    case freezing
    case digesting(Int)
    case switching
    case ending(Side, Outcome)
    case finished
  }

  /// With at most this number of changed items left the source freezes, so that writes wait for few reads.
  private static let changedMax: UInt64 = 64
  /// After this number of parts of changes the source freezes with up to `changedMostMax` changed items left.
  private static let catchUpPartsMax = 32
  private static let changedMostMax: UInt64 = 4096
  /// Parts of changes after which writes are faster than the copy.
  private static let partsMax = 2000
  /// How long a target may answer that it is not free yet, unless there are other slots to move.
  package static let patienceMicrosecondsUsual: UInt64 = 300_000_000

  private let instances: Int
  private let bytesPerSecond: UInt64
  private let patienceMicroseconds: UInt64
  private(set) var stage = Stage.idle
  private var actions: [Action] = []
  private var part: UInt64 = 0
  private var catchUpParts = 0
  /// Whether writes to the slots wait.
  package private(set) var isFrozen = false
  private var start: Instant?
  private var frozenSince: Instant?
  /// The action at the end of a wait.
  private var pending: Action?
  /// Before this instant nothing more is read, nor by the batch that comes next: the throttle.
  package private(set) var nextRead: Instant?

  /// How long writes had to wait, in microseconds; 0 before the switch.
  package private(set) var frozenMicroseconds: UInt64 = 0
  /// Whether the map has been switched.
  package private(set) var hasSwitched = false

  /// A transfer that has not begun.
  ///
  /// - Parameters:
  ///   - instances: How many instances are counted and summed on both sides before the switch; 0: none.
  ///   - bytesPerSecond: How much is copied at most, until it is frozen.
  ///   - nextRead: What the batch before has left of the throttle.
  ///   - patienceMicroseconds: How long the target may answer that it is not free yet.
  package init(
    verifying instances: Int = 0, bytesPerSecond: UInt64, nextRead: Instant? = nil,
    patienceMicroseconds: UInt64 = patienceMicrosecondsUsual
  ) {
    self.instances = instances
    self.patienceMicroseconds = patienceMicroseconds
    self.nextRead = nextRead
    self.bytesPerSecond = max(1, bytesPerSecond)
  }

  /// Takes what has to be done now.
  package mutating func takeActions() -> [Action] {
    defer { actions = [] }
    return actions
  }

  /// Whether `finish` was said.
  package var isFinished: Bool { stage == .finished }

  /// The phase that an operator sees.
  package var phase: RebalanceResponse.Phase {
    switch stage {
    case .idle, .finished: .none
    case .beginning: pending == nil ? .beginning : .waiting
    case .reading, .writing: isFrozen ? .frozen : catchUpParts > 0 ? .catchingUp : .copying
    case .freezing: .frozen
    case .digesting: .verifying
    case .switching: .switching
    case .ending: .ending
    }
  }

  // MARK: Events

  /// Begins, at the target: there has to be room for what is read.
  package mutating func begin(at now: Instant) {
    guard stage == .idle else { return }
    start = now
    stage = .beginning(.target)
    wait(until: nextRead, then: .begin(.target), at: now)
  }

  /// A shard has begun.
  package mutating func began(_ side: Side) {
    guard stage == .beginning(side) else { return }
    switch side {
    case .target: enter(.beginning(.source), .begin(.source))
    case .source: read()
    }
  }

  /// A read was answered.
  package mutating func read(_ reading: Reading, at now: Instant) {
    guard stage == .reading else { return }
    if reading.state != .copying { catchUpParts += 1 }
    guard catchUpParts <= Self.partsMax else { return fail(Failure(.overloaded, "writes are faster than the copy")) }
    guard reading.hasPart else { return advance(after: reading, at: now) }
    if !isFrozen {
      let cost = (reading.byteCount &* 1_000_000) / bytesPerSecond
      nextRead = max(nextRead ?? now, now).advanced(microseconds: cost)
    }
    enter(.writing(reading), .write(part: part))
  }

  /// The target has the part.
  package mutating func written(at now: Instant) {
    guard case .writing(let reading) = stage else { return }
    advance(after: reading, at: now)
  }

  /// The source refuses writes to the slots.
  package mutating func frozen() {
    guard stage == .freezing else { return }
    isFrozen = true
    read()
  }

  /// Both sides have summed an instance.
  package mutating func digested(source: ItemDigest, target: ItemDigest) {
    guard case .digesting(let instance) = stage else { return }
    guard source == target else {
      let counts = "\(source.itemCount) and \(target.itemCount) items"
      return fail(Failure(.internalFault, "source and target hold other items of the slots: \(counts)"))
    }
    instance + 1 < instances ? digest(instance + 1) : switchOwner()
  }

  /// The map of the next epoch is the cluster's, and serves.
  package mutating func switched(at now: Instant) {
    guard stage == .switching else { return }
    hasSwitched = true
    frozenMicroseconds = frozenSince?.microseconds(until: now) ?? 0
    end(.moved)
  }

  /// A shard has ended, or cannot be told.
  package mutating func ended(_ side: Side) {
    guard case .ending(side, let outcome) = stage else { return }
    switch side {
    case .source: enter(.ending(.target, outcome), .end(.target))
    case .target: enter(.finished, .finish(outcome))
    }
  }

  /// What was wanted last was not done.
  ///
  /// - Parameter retryAfterMilliseconds: When it can be tried again, as the shard says.
  package mutating func failed(_ failure: Failure, retryAfterMilliseconds: UInt32 = 0, at now: Instant) {
    switch stage {
    case .idle, .finished: break
    case .ending(let side, _): ended(side)
    case .beginning(.target) where failure.code == .slotFrozen && isPatient(at: now):
      // It still answers searches of an epoch in which it had these slots.
      let milliseconds = min(max(UInt64(retryAfterMilliseconds), 100), 2000)
      wait(until: now.advanced(microseconds: milliseconds * 1000), then: .begin(.target), at: now)
    default: fail(failure)
    }
  }

  /// Time has passed.
  package mutating func passed() {
    guard let next = pending, stage != .finished else { return }
    pending = nil
    actions.append(next)
  }

  /// The coordinator cancels the transfer; it ends unless the map is being switched.
  package mutating func cancel() {
    switch stage {
    case .idle: enter(.finished, .finish(.cancelled))
    case .switching, .ending, .finished: break
    default: end(.cancelled)
    }
  }

  // MARK: Inside

  private mutating func enter(_ next: Stage, _ action: Action) {
    stage = next
    actions.append(action)
  }

  private mutating func read() {
    part += 1
    enter(.reading, .read(part: part))
  }

  /// A reply without a part does not use up its number.
  private mutating func advance(after reading: Reading, at now: Instant) {
    if !reading.hasPart { part -= 1 }
    if isFrozen {
      guard reading.state == .complete else { return read() }
      return instances > 0 ? digest(0) : switchOwner()
    }
    if reading.state == .catchingUp, mayFreeze(reading) {
      frozenSince = now
      return enter(.freezing, .freeze)
    }
    part += 1
    stage = .reading
    wait(until: nextRead, then: .read(part: part), at: now)
  }

  private mutating func wait(until instant: Instant?, then action: Action, at now: Instant) {
    guard let instant, now < instant else { return actions.append(action) }
    pending = action
    actions.append(.wait(until: instant))
  }

  private func mayFreeze(_ reading: Reading) -> Bool {
    reading.changed <= (catchUpParts < Self.catchUpPartsMax ? Self.changedMax : Self.changedMostMax)
  }

  private func isPatient(at now: Instant) -> Bool {
    start.map { $0.microseconds(until: now) < patienceMicroseconds } ?? false
  }

  private mutating func digest(_ instance: Int) { enter(.digesting(instance), .digest(instance: instance)) }

  private mutating func switchOwner() { enter(.switching, .switchOwner) }

  private mutating func fail(_ failure: Failure) { end(.failed(failure)) }

  private mutating func end(_ outcome: Outcome) {
    pending = nil
    enter(.ending(.source, outcome), .end(.source))
  }
}
