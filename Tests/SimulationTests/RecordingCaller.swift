import Support
import Transport
import Vocabulary
import WinnowClient
import Wire

/// The calls of a client over a pool, some of them made twice: whatever is sent again by the same writer and op must get
/// the same answer.
final class RecordingCaller: Caller {
  private let pool: ConnectionPool
  private let world: World
  private let history: History
  private let oracle: EventOracle
  private let change: @Sendable (OutboundRequest) -> OutboundRequest
  private let isUp: Lock<(isStarted: Bool, wasUp: Bool)>

  /// - Parameter change: What is sent in place of a request.
  init(
    to address: String, _ process: Machine.Process, _ world: World, _ history: History, _ oracle: EventOracle,
    change: @escaping @Sendable (OutboundRequest) -> OutboundRequest = { $0 }
  ) {
    self.world = world
    self.change = change
    self.history = history
    self.oracle = oracle
    let isUp = Lock((isStarted: false, wasUp: false))
    self.isUp = isUp
    pool = ConnectionPool(
      to: address, over: process.network,
      configuration: ClientConfiguration(identity: NodeIdentity(role: .client, program: "simulated")),
      random: process.random, executor: process.loop
    ) { state in
      if case .up = state { isUp.withLock { $0.wasUp = true } }
    }
  }

  func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage {
    let (isFirst, wasUp) = isUp.withLock { state in
      defer { state.isStarted = true }
      return (!state.isStarted, state.wasUp)
    }
    if isFirst { await pool.start() }
    let patience: ConnectionPool.Patience = wasUp ? .wait : .fail
    switch request.opcode {
    case .upsert, .delete: return try await write(request, patience)
    case .event: return try await send(request, patience)
    default: return try await pool.call(change(request), whenDown: patience)
    }
  }

  /// Makes a call once or, now and then, twice at once.
  private func attempts(
    _ request: OutboundRequest, _ patience: ConnectionPool.Patience
  ) async -> [Result<ReplyMessage, CallError>] {
    let count = world.draw() % 6 == 0 ? 2 : 1
    return await withTaskGroup(of: Result<ReplyMessage, CallError>.self) { group in
      for _ in 0..<count {
        group.addTask { await self.attempt(request, patience) }
      }
      return await group.reduce(into: [Result<ReplyMessage, CallError>]()) { $0.append($1) }
    }
  }

  private func write(
    _ request: OutboundRequest, _ patience: ConnectionPool.Patience
  ) async throws(CallError) -> ReplyMessage {
    history.sent(request)
    let results = await attempts(request, patience)
    for result in results { if case .success(let reply) = result { history.answered(request, reply) } }
    let reply = try Self.joined(results, request.body.version)
    // What is not settled may happen by sending it again, which the client would not know.
    if world.draw() % 5 == 0, Self.isSettled(reply, request.body.version) {
      let again = await attempt(request, .wait)
      if case .success(let reply) = again { history.answered(request, reply) }
    }
    return reply
  }

  // MARK: Events

  private func send(
    _ request: OutboundRequest, _ patience: ConnectionPool.Patience
  ) async throws(CallError) -> ReplyMessage {
    var results = await attempts(request, patience)
    if let settled = results.first(where: { noted($0, request)?.isSettled == true }) {
      if world.draw() % 5 == 0 { _ = noted(await attempt(request, .wait), request) }
      return try settled.get()
    }
    // Of two outcomes the one that leaves more in doubt counts.
    results.sort { doubt($0) > doubt($1) }
    return try results[0].get()
  }

  private func doubt(_ result: Result<ReplyMessage, CallError>) -> Int {
    switch result {
    case .failure(let error): error.errorClass.contains(.indefinite) ? 3 : 0
    case .success(let reply): (try? EventResponse(body: Array(reply.body)).unknown) ?? 1 > 0 ? 2 : 1
    }
  }

  /// Gives the oracle an answer that is final.
  private func noted(_ result: Result<ReplyMessage, CallError>, _ request: OutboundRequest) -> EventResponse? {
    guard case .success(let reply) = result, let answer = try? EventResponse(body: Array(reply.body)),
      let sent = try? EventRequest(body: request.body.bytes)
    else { return nil }
    if answer.isSettled { oracle.answered(sent, answer.counts) }
    return answer
  }

  // MARK: Answers

  private static func isSettled(_ reply: ReplyMessage, _ version: UInt16) -> Bool {
    guard let answer = try? WriteResponse(body: Array(reply.body), version: version) else { return false }
    return answer.statuses.allSatisfy { $0 != .notExecuted && $0 != .unknown }
  }

  /// What a client knows that has sent twice: an answer counts, and so does doubt.
  private static func joined(
    _ results: [Result<ReplyMessage, CallError>], _ version: UInt16
  ) throws(CallError) -> ReplyMessage {
    var failures: [CallError] = []
    var answers: [WriteResponse] = []
    for result in results {
      switch result {
      case .failure(let error): failures.append(error)
      case .success(let reply):
        do throws(WireError) { answers.append(try WriteResponse(body: Array(reply.body), version: version)) } catch {
          throw .invalid(error)
        }
      }
    }
    let doubt = failures.first { $0.errorClass.contains(.indefinite) }
    guard var joined = answers.first else { throw doubt ?? failures.first ?? .cancelled }
    for index in joined.statuses.indices where [.notExecuted, .unknown].contains(joined.statuses[index]) {
      let settled = answers.first { ![.notExecuted, .unknown].contains($0.statuses[index]) }
      let isInDoubt = doubt != nil || answers.contains { $0.statuses[index] == .unknown }
      joined.statuses[index] = settled?.statuses[index] ?? (isInDoubt ? .unknown : .notExecuted)
      joined.versions[index] = settled?.versions[index] ?? 0
    }
    return ReplyMessage(body: joined.body(version: version).bytes[...])
  }

  private func attempt(
    _ request: OutboundRequest, _ patience: ConnectionPool.Patience
  ) async -> Result<ReplyMessage, CallError> {
    do throws(CallError) { return .success(try await pool.call(change(request), whenDown: patience)) } catch {
      return .failure(error)
    }
  }

  func traffic() async -> Traffic { await pool.traffic }

  func close() async { await pool.close() }
}

extension EventResponse {
  fileprivate var isSettled: Bool { notExecuted == 0 && unknown == 0 }
}
