package import Transport
package import Vocabulary
import Wire

extension ShardNode {
  /// The way to other members of the shard, passed in.
  package struct Outside: Sendable {
    /// Time and timers; connections live there.
    package let timers: any LinkExecutor
    let network: any Network
    let random: any RandomSource
    let program: String
    /// How often a primary compares what each member holds.
    let checkMicroseconds: UInt64

    /// - Parameters:
    ///   - program: Name and version, as other members see them.
    ///   - checkMicroseconds: How often a primary compares what each member holds with what is here.
    package init(
      timers: any LinkExecutor, network: any Network, random: any RandomSource, program: String = "winnowd",
      checkMicroseconds: UInt64 = 86_400_000_000
    ) {
      self.checkMicroseconds = checkMicroseconds
      (self.timers, self.network, self.random, self.program) = (timers, network, random, program)
    }

    /// Connections to a member.
    func pool(to address: String) -> ConnectionPool {
      var backoff = Backoff()
      backoff.microsecondsMax = 200_000
      return ConnectionPool(
        to: address, over: network,
        configuration: ClientConfiguration(identity: NodeIdentity(role: .shard, program: program)), random: random,
        executor: timers, backoff: backoff)
    }
  }

  /// Ends as a member of its shard: hands over, or has itself dropped.
  package func leave() async {
    guard let replication else { return }
    await replication.leave(by: replication.clock.now().advanced(microseconds: Self.leavingMicrosecondsMax))
  }

  private static let leavingMicrosecondsMax: UInt64 = 2_500_000
}
