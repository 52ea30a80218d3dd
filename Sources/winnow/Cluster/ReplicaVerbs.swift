import Arguments
import JSON
import Vocabulary
import WinnowClient

/// The verbs about shards that have several members.
enum ReplicaVerbs {
  private static let shard = Positional("SHARD", .int(0...65_534), "Its number, from 'winnow shard list'.")
  static let member = Positional("ADDRESS", .address, "The member, from 'winnow replica list'.")

  static let list = Verb(
    command: Command(
      name: "list", summary: "List the members of shards that have several",
      details: """
        A member in sync holds all that was acknowledged and answers queries; the primary takes the writes. Exit code 3 if \
        one is not in sync.
        """)
  ) { (session) async throws(Failure) in
    let members = try await session.withClient { (client) throws(WinnowError) in
      try await client.status(timeout: session.timeout).members
    }
    session.print(
      .object([("members", .list(members.map(ClusterStatusVerb.json)))]),
      human: members.isEmpty ? "each shard has one member\n" : ClusterStatusVerb.memberTable(members).text)
    return members.allSatisfy { $0.isInSync && $0.isConnected } ? .ok : .degraded
  }

  static let promote = Verb(
    command: Command(
      name: "promote", summary: "Let another member take a shard's writes",
      details: """
        The primary takes no more writes, waits until the other one has all it has, and hands over: no query fails, and \
        writes wait for a moment. The one that was primary then follows.
        """,
      positionals: [shard, member])
  ) { (session) async throws(Failure) in
    let (shard, address) = (ShardID(UInt16(clamping: session[Self.shard])), session[Self.member].description)
    let members = try await session.withClient { (client) throws(WinnowError) in
      try await client.status(timeout: session.timeout).members.filter { $0.shard == shard }
    }
    guard let place = members.firstIndex(where: { $0.address == address }) else {
      throw Failure(.failed, "shard \(shard.rawValue) has no member at \(address): 'winnow replica list' shows them")
    }
    try await session.withClient { (client) throws(WinnowError) in
      try await client.promote(place: place, of: shard, timeout: session.timeout)
    }
    session.print(
      .object([("shard", .int(Int(shard.rawValue))), ("primary", .text(address))]),
      human: "shard \(shard.rawValue): \(address) takes the writes\n")
    return .ok
  }
}
