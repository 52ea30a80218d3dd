import CoordinatorNode
import ShardNode
import Support
import Transport
import Vocabulary
import Wire

/// A real shard role behind a link that a test can break.
final class FakeShard: ShardCaller {
  enum Behaviour: Sendable {
    case normal
    /// No connection.
    case away
    /// A connection is on its way.
    case connecting
    /// It belongs to another cluster.
    case foreign
    /// It takes requests and never answers.
    case hung
    /// Each answer takes so many microseconds.
    case slow(UInt64)
    /// Its searches end before all rows are looked at.
    case partial
    case refuses(WireError)
    /// It does what it is asked, but its answers get lost.
    case mute
  }

  /// What goes wrong with one request.
  enum Fault: Sendable, CaseIterable {
    /// It never arrives.
    case lost
    /// It is done, but the answer never arrives.
    case unanswered
    /// The shard restarts without its memory of the transfer, before it arrives.
    case forgotten
  }

  private struct State {
    var node: ShardNode
    /// The request that something goes wrong with, once: its opcode and the first byte of its body.
    var fault: (Opcode, UInt8, Fault)?
    var behaviour = Behaviour.normal
    var restarts: UInt64 = 0
    /// Requests that reached the shard.
    var requests: [Opcode] = []
  }

  private let number: UInt64
  private let executor: ManualExecutor
  private let state: Lock<State>

  /// - Parameter memoryMax: Bytes that items may take; `nil`: any number.
  init(number: Int, executor: ManualExecutor, memoryMax: Int? = nil) {
    self.number = UInt64(number)
    self.executor = executor
    var configuration = ShardNode.Configuration()
    configuration.memoryMax = memoryMax
    let node = ShardNode(
      configuration, clock: executor.clock, random: SeededRandomSource(seed: UInt64(number) + 100), compute: executor)
    state = Lock(State(node: node))
  }

  private static func node(seed: UInt64, _ executor: ManualExecutor) -> ShardNode {
    ShardNode(clock: executor.clock, random: SeededRandomSource(seed: seed), compute: executor)
  }

  var behaviour: Behaviour {
    get { state.withLock { $0.behaviour } }
    set { state.withLock { $0.behaviour = newValue } }
  }

  /// Makes something go wrong once, with the next request of an opcode whose body begins with a byte.
  func fail(_ opcode: Opcode, kind: UInt8, _ fault: Fault) { state.withLock { $0.fault = (opcode, kind, fault) } }

  /// Whether everything that was to go wrong has.
  var hasFailed: Bool { state.withLock { $0.fault == nil } }

  private func takeFault(_ request: OutboundRequest) -> Fault? {
    state.withLock { state in
      guard let (opcode, kind, fault) = state.fault, opcode == request.opcode,
        request.body.sections.first?.bytes.first == kind
      else { return nil }
      state.fault = nil
      return fault
    }
  }

  /// How many requests of an opcode reached the shard.
  func count(of opcode: Opcode) -> Int { state.withLock { $0.requests.count { $0 == opcode } } }

  /// Loses all data, as a process that restarts does.
  func restart() {
    state.withLock { state in
      state.restarts += 1
      state.node = Self.node(seed: number + 1000 * state.restarts, executor)
    }
  }

  var presence: ShardPresence {
    state.withLock { state in
      return switch state.behaviour {
      case .away: .down("away")
      case .connecting: .connecting
      case .foreign: .down("refused with WRONG_CLUSTER")
      default: .up(state.node.identity)
      }
    }
  }

  var traffic: Traffic { get async { Traffic() } }

  func start() async {}

  func stop() async {}

  func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply { try await call(request, claim: 0) }

  /// A call of a coordinator that has a number.
  func call(_ request: OutboundRequest, claim: UInt64) async throws(CallError) -> ShardReply {
    let (node, behaviour) = state.withLock { ($0.node, $0.behaviour) }
    switch behaviour {
    case .away, .connecting, .foreign: throw .unreachable("away")
    case .refuses(let error): throw .refused(error)
    case .hung:
      await executor.sleep(until: request.deadline)
      throw .deadlineExceeded
    case .slow(let microseconds):
      let end = executor.clock.now().advanced(microseconds: microseconds)
      await executor.sleep(until: min(end, request.deadline))
      guard end < request.deadline else { throw .deadlineExceeded }
    case .normal, .partial, .mute: break
    }
    let fault = takeFault(request)
    if case .lost = fault { throw .connectionLost(.closed, notExecuted: true) }
    state.withLock { $0.requests.append(request.opcode) }
    if case .forgotten = fault { await end(on: node, epoch: request.epoch) }
    let now = executor.clock.now()
    let inbound = InboundRequest(
      opcode: request.opcode, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
      deadline: request.deadline,
      epoch: request.epoch, isRetry: request.isRetry, peerRole: .coordinator, claim: claim)
    switch await node.handle(inbound) {
    case .failure(let error): throw .refused(error)
    case .reply(let body):
      if case .unanswered = fault { throw .connectionLost(.closed, notExecuted: false) }
      if case .mute = behaviour { throw .connectionLost(.closed, notExecuted: false) }
      return ShardReply(
        ReplyMessage(body: damaged(body, behaviour, request)[...]), incarnation: node.identity.incarnation)
    }
  }

  private func end(on node: ShardNode, epoch: Epoch) async {
    let now = executor.clock.now()
    _ = await node.handle(
      InboundRequest(
        opcode: .transfer, body: TransferRequest(transfer: 0, step: .end).body.bytes[...], arrival: now,
        deadline: now.advanced(microseconds: 1_000_000), epoch: epoch, peerRole: .coordinator))
  }

  private func damaged(_ body: MessageBody, _ behaviour: Behaviour, _ request: OutboundRequest) -> [UInt8] {
    guard case .partial = behaviour, request.opcode == .search,
      var found = try? SearchResponse(body: body.bytes, version: body.version)
    else {
      return body.bytes
    }
    found.isComplete = false
    return found.body(version: body.version).bytes
  }
}

/// A shard as one coordinator reaches it, by its number.
struct ClaimedShard: ShardCaller {
  let shard: FakeShard
  let claim: UInt64

  var presence: ShardPresence { shard.presence }
  var traffic: Traffic { get async { await shard.traffic } }
  func start() async { await shard.start() }
  func stop() async { await shard.stop() }
  func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
    try await shard.call(request, claim: claim)
  }
}
