import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Gives one other member what the primary of a term has.
struct Sender: Sendable {
  /// The next thing to do for a member that was greeted.
  private enum Plan {
    case records(after: UInt64)
    case copy
    case wait
  }

  private let replication: Replication
  private let store: ShardStore
  private let place: Int
  private let address: String
  private let term: UInt32
  private let layout: UInt64

  /// A sign of life is given after this silence.
  private static let heartbeatMicroseconds: UInt64 = 100_000
  private static let pauseMicroseconds: UInt64 = 50_000
  private static let callMicroseconds: UInt64 = 5_000_000
  private static let firstCheckMicroseconds: UInt64 = 60_000_000
  /// How long both may take to sum what they hold.
  private static let checkMicroseconds: UInt64 = 600_000_000
  /// The size of one request, about.
  private static let requestBytes = 1 << 20

  init(
    _ replication: Replication, _ store: ShardStore, to place: Int, at address: String, term: UInt32, layout: UInt64
  ) {
    (self.replication, self.store, self.place, self.address) = (replication, store, place, address)
    (self.term, self.layout) = (term, layout)
  }

  private var timers: any LinkExecutor { replication.outside.timers }
  private var isOver: Bool { Task.isCancelled || !replication.state.withLock { isPresent($0.machine) } }

  /// Whether the place is still that of this member, in this term.
  private func isPresent(_ machine: MemberMachine) -> Bool { machine.leadingTerm == term && machine.layout == layout }

  /// Tells the machine what the member has said; `otherwise`: that says nothing of now.
  private func advance<Value>(
    otherwise: Value, _ body: (inout MemberMachine, Instant) -> Value
  ) -> Value {
    replication.advance { machine, now in isPresent(machine) ? body(&machine, now) : otherwise }
  }

  /// Works until the term is over.
  func run() async {
    let pool = replication.outside.pool(to: address)
    await pool.start()
    await withDiscardingTaskGroup { checks in
      var nextCheck = later(min(Self.firstCheckMicroseconds, replication.outside.checkMicroseconds))
      while !isOver {
        do throws(CallError) { try await session(pool, &nextCheck, &checks) } catch {}
        await timers.sleep(until: later(Self.pauseMicroseconds))
      }
      await pool.close()
    }
  }

  private func later(_ microseconds: UInt64) -> Instant { timers.clock.now().advanced(microseconds: microseconds) }

  private func call(
    _ pool: ConnectionPool, _ step: ReplicateRequest.Step, _ position: UInt64,
    microseconds: UInt64 = Sender.callMicroseconds
  ) async throws(CallError) -> ReplicateResponse {
    let (shard, sender) = replication.state.withLock { ($0.shard, $0.machine.place) }
    let request = ReplicateRequest(step, shard: shard, sender: sender, term: term, position: position)
    let outbound = OutboundRequest(
      ReplicateRequest.opcode, body: request.body, deadline: later(microseconds))
    let reply = try await pool.call(outbound)
    do throws(WireError) { return try ReplicateResponse(body: reply.body) } catch { throw .invalid(error) }
  }

  /// Greets the member, brings it to where the primary is, and keeps it there as long as it answers.
  private func session(
    _ pool: ConnectionPool, _ nextCheck: inout Instant, _ checks: inout DiscardingTaskGroup
  ) async throws(CallError) {
    var sent = timers.clock.now()
    let greeted = try await call(pool, .greet, 0)
    let hasRecords = replication.state.withLock { $0.ring.covers(greeted.position) }
    let plan = advance(otherwise: .wait) { machine, now -> Plan in
      let isPrefix = machine.history.continues(term: greeted.term, position: greeted.position)
      guard isPrefix, hasRecords, !machine.isSuspect(place) else {
        return machine.needsCopy(place, at: now) ? .copy : .wait
      }
      _ = machine.confirmed(place, greeted, sent: sent, at: now)
      return .records(after: greeted.position)
    }
    var position: UInt64
    switch plan {
    case .wait: return
    case .copy: position = try await copy(pool)
    case .records(let after): position = after
    }
    var (echo, grant): (UInt64, UInt64) = (0, 0)
    while !isOver {
      let (found, bell) = replication.state.withLock { state in
        let found = state.ring.records(
          after: position, byteCountMax: Self.requestBytes, countMax: ReplicateRequest.recordsMax)
        return (found, state.bells[place])
      }
      guard let records = found else { return }
      sent = timers.clock.now()
      let reply = try await give(.append(records, echo: echo, grant: UInt32(clamping: grant)), position, pool)
      guard reply.node == greeted.node, reply.position >= position else { return }
      (position, echo) = (reply.position, reply.number)
      grant = advance(otherwise: 0) { machine, now in machine.confirmed(place, reply, sent: sent, at: now) }
      if replication.state.withLock({ $0.ring.end }) <= position {
        if timers.clock.now() >= nextCheck, let pin = await store.pin(at: position) {
          nextCheck = later(replication.outside.checkMicroseconds)
          _ = try await call(pool, .check, position)
          checks.addTask { await compare(pin, pool) }
        }
        await bell?.wait(until: later(Self.heartbeatMicroseconds))
      }
      guard !replication.state.withLock({ $0.machine.isSuspect(place) }) else { return }
    }
  }

  /// Gives the member records.
  private func give(
    _ step: ReplicateRequest.Step, _ position: UInt64, _ pool: ConnectionPool
  ) async throws(CallError) -> ReplicateResponse {
    do throws(CallError) {
      let reply = try await call(pool, step, position)
      advance(otherwise: ()) { machine, _ in machine.took(place, records: true) }
      return reply
    } catch {
      // It would be greeted again and again, and so never be silent.
      if case .refused(let refusal) = error, refusal.code == .storageFull {
        advance(otherwise: ()) { machine, _ in machine.took(place, records: false) }
      }
      throw error
    }
  }

  /// Compares what the member holds with what is here; one that differs gets a copy.
  private func compare(_ pin: StatePin, _ pool: ConnectionPool) async {
    guard let own = await pin.digest(while: { !isOver }) else { return }
    let reply: ReplicateResponse
    do throws(CallError) {
      reply = try await call(pool, .sum, pin.position, microseconds: Self.checkMicroseconds)
    } catch { return }
    guard let other = reply.digest else { return }
    replication.state.withLock { $0.checks[own == other, default: 0] += 1 }
    guard own != other else { return }
    replication.log?(
      .error, "a member of the shard holds something else than the primary",
      ["place": LogValue(UInt64(place)), "position": LogValue(pin.position)])
    advance(otherwise: ()) { machine, _ in machine.suspect(place, node: reply.node) }
  }

  /// Gives the member a copy of everything.
  ///
  /// - Returns: The position at which the copy was made.
  private func copy(_ pool: ConnectionPool) async throws(CallError) -> UInt64 {
    var copy = await store.beginCopy()
    var piece: UInt64 = 1
    try await give(copy.head, piece, pool)
    while !isOver {
      let read = await store.read(copy, byteCountMax: Self.requestBytes)
      copy = read.copy
      var part: TransferPart?
      switch read.found {
      case .contents(let contents): part = contents
      case .reading(let reading): part = copy.rows.take(reading.run(byteCountMax: Self.requestBytes))
      case .otherPart, .tooMuchChanged: throw .cancelled
      }
      if let part {
        piece += 1
        try await give([ShardRecord(of: part)], piece, pool)
      } else if copy.rows.isComplete {
        break
      }
    }
    guard copy.rows.isComplete else { throw .cancelled }
    let history = copy.history
    let reply = try await call(pool, .copied(history.terms), history.position)
    guard reply.position == history.position else { throw .cancelled }
    advance(otherwise: ()) { machine, _ in machine.cleared(place) }
    return history.position
  }

  private func give(_ records: [ShardRecord], _ piece: UInt64, _ pool: ConnectionPool) async throws(CallError) {
    _ = try await call(pool, .copy(records.map(\.payload)), piece)
    advance(otherwise: ()) { machine, now in _ = machine.needsCopy(place, at: now) }
  }
}
