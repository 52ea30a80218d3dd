import SocketTransport
package import Transport
package import Vocabulary
package import Wire

/// Calls over a pool of connections to one address.
///
/// Until the server has answered once, a call fails as soon as an attempt to connect has failed; after that it waits
/// within its budget for the connection to come back.
package final class PooledCaller: Caller {
  private struct History: Sendable {
    var isStarted = false
    var wasUp = false
  }

  private let pool: ConnectionPool
  private let history: Lock<History>
  private let waits: Bool

  /// The way to an address; connects with the first call.
  ///
  /// - Parameter waits: Whether calls wait for a connection to come back.
  package init(
    address: String, options: ClientOptions, network: any Network, executor: any LinkExecutor,
    random: any RandomSource, waits: Bool = true
  ) {
    self.waits = waits
    var configuration = ClientConfiguration(identity: NodeIdentity(role: .client, program: options.program))
    if !options.isCompressing { configuration.compression = .none }
    if let path = options.keyFile { configuration.key = { try? KeyFile.key(path) } }
    let history = Lock(History())
    self.history = history
    pool = ConnectionPool(
      to: address, over: network, configuration: configuration, random: random, executor: executor,
      connectionCount: options.connectionCount
    ) { state in
      if case .up = state { history.withLock { $0.wasUp = true } }
    }
  }

  package func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage {
    let (isFirst, wasUp) = history.withLock { history in
      defer { history.isStarted = true }
      return (!history.isStarted, history.wasUp)
    }
    if isFirst { await pool.start() }
    return try await pool.call(request, whenDown: waits && wasUp ? .wait : .fail)
  }

  package func traffic() async -> Traffic { await pool.traffic }

  package func close() async { await pool.close() }
}
