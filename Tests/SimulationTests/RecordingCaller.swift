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
  private let isUp: Lock<(isStarted: Bool, wasUp: Bool)>

  init(to address: String, _ process: Machine.Process, _ world: World, _ history: History) {
    self.world = world
    self.history = history
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
    guard [.upsert, .delete].contains(request.opcode) else {
      return try await pool.call(request, whenDown: wasUp ? .wait : .fail)
    }
    history.sent(request)
    let count = world.draw() % 6 == 0 ? 2 : 1
    let results = await withTaskGroup(of: Result<ReplyMessage, CallError>.self) { group in
      for _ in 0..<count {
        group.addTask { await self.attempt(request, wasUp ? .wait : .fail) }
      }
      return await group.reduce(into: [Result<ReplyMessage, CallError>]()) { $0.append($1) }
    }
    for result in results { if case .success(let reply) = result { history.answered(request, reply) } }
    // As a client that has sent twice: an answer counts, and so does doubt.
    let best = results.first { (try? $0.get()) != nil } ?? results.first { Self.isInDoubt($0) } ?? results[0]
    let reply = try best.get()
    if world.draw() % 5 == 0 {
      let again = await attempt(request, .wait)
      if case .success(let reply) = again { history.answered(request, reply) }
    }
    return reply
  }

  private static func isInDoubt(_ result: Result<ReplyMessage, CallError>) -> Bool {
    if case .failure(let error) = result { error.errorClass.contains(.indefinite) } else { false }
  }

  private func attempt(
    _ request: OutboundRequest, _ patience: ConnectionPool.Patience
  ) async -> Result<ReplyMessage, CallError> {
    do throws(CallError) { return .success(try await pool.call(request, whenDown: patience)) } catch {
      return .failure(error)
    }
  }

  func traffic() async -> Traffic { await pool.traffic }

  func close() async { await pool.close() }
}
