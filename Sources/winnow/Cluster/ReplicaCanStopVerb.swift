import Arguments
import JSON
import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// `winnow replica can-stop`: whether a member may end without a query or a write that fails.
enum ReplicaCanStopVerb {
  static let wait = Flag(
    "wait", .duration(.zero ... .seconds(3600)), "Ask again for so long, until it can.", default: "0s")

  /// Between two looks.
  private static let pauseMicroseconds: UInt64 = 100_000

  static let verb = Verb(
    command: Command(
      name: "can-stop", summary: "Say whether a member may be stopped: exit code 3 if not",
      details: """
        A member may be stopped (SIGTERM) while another one of its shard is in sync, and enough of them to take writes. \
        To restart a cluster stop and start one member after the other, each once this verb says yes; cluster/restart does.
        """,
      flags: [wait], positionals: [ReplicaVerbs.member])
  ) { (session) async throws(Failure) in
    let address = session[ReplicaVerbs.member].description
    let clock = SystemClock()
    let end = clock.now().advanced(microseconds: session[Self.wait].wholeMicroseconds)
    let obstacle = try await session.withClient { (client) throws(WinnowError) -> String? in
      while true {
        let members = try await client.status(timeout: session.timeout).members
        let obstacle = Self.obstacle(to: address, members)
        guard obstacle != nil, clock.now() < end else { return obstacle }
        await client.executor.sleep(until: clock.now().advanced(microseconds: Self.pauseMicroseconds))
      }
    }
    session.print(
      .object([("member", .text(address)), ("can_stop", .bool(obstacle == nil)), ("because", .text(obstacle ?? ""))]),
      human: obstacle.map { "\(address) cannot be stopped: \($0)\n" } ?? "\(address) can be stopped\n")
    return obstacle == nil ? .ok : .degraded
  }

  /// Why a member must not be stopped; `nil`: it may.
  private static func obstacle(to address: String, _ members: [NodeStatus.Member]) -> String? {
    guard let own = members.first(where: { $0.address == address }) else {
      return "it is no member of a shard that has several: its items would be missing"
    }
    let group = members.filter { $0.shard == own.shard }
    let others = group.count { $0.address != address && $0.isInSync && $0.isConnected }
    // What a primary needs to take writes: all members but one.
    let needed = max(1, group.count - 1)
    guard others < needed else { return nil }
    return "of the others of shard \(own.shard.rawValue) \(others) are in sync, and \(needed) have to be"
  }
}
