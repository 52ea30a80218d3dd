package import Telemetry
package import Transport
package import Vocabulary
package import Wire

/// A shard behind a pool of connections.
package final class PooledShardCaller: ShardCaller {
  private let pool: ConnectionPool
  private let state: Lock<ShardPresence>

  /// The longest pause before a member of several is dialled again: the next one may end as soon as it is in sync.
  private static let memberBackoffMicroseconds: UInt64 = 200_000

  /// The way to a shard at an address; connects once `start` is called.
  ///
  /// - Parameters:
  ///   - executor: Where the pool and its connections live.
  ///   - isMember: Whether it is one of several members of its shard.
  package init(
    to address: String, over network: any Network, identity: NodeIdentity, random: any RandomSource,
    executor: any LinkExecutor, connectionCount: Int = 1, compression: Compression = .all,
    isMember: Bool = false, log: Log? = nil
  ) {
    var configuration = ClientConfiguration(identity: identity)
    configuration.compression = compression
    let state = Lock(ShardPresence.connecting)
    self.state = state
    var backoff = Backoff()
    if isMember { backoff.microsecondsMax = Self.memberBackoffMicroseconds }
    pool = ConnectionPool(
      to: address, over: network, configuration: configuration, random: random,
      executor: executor, connectionCount: connectionCount, backoff: backoff
    ) { pool in
      if case .down(let reason) = pool {
        log?.limited(
          by: "down \(address)", every: 60_000_000, .warning, "a shard is down",
          ["address": .text(address), "reason": .text(reason)])
      }
      let presence: ShardPresence =
        switch pool {
        case .connecting: .connecting
        case .down(let reason): .down(reason)
        case .up(let welcome): .up(NodeIdentity(welcome))
        }
      state.withLock { $0 = presence }
    }
  }

  /// Begins to dial.
  package func start() async { await pool.start() }

  /// Closes the connections; calls in flight fail.
  package func stop() async { await pool.close() }

  /// As the pool told it last.
  package var presence: ShardPresence { state.withLock { $0 } }

  /// Of all connections so far.
  package var traffic: Traffic { get async { await pool.traffic } }

  /// Calls over the pool; fails at once while there is no connection.
  package func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
    let before = presence.identity?.incarnation
    let message = try await pool.call(request)
    // A shard that restarted meanwhile may have answered before or after: then it is complete for nothing.
    let after = presence.identity?.incarnation
    return ShardReply(message, incarnation: before == after ? after ?? .zero : .zero)
  }
}
