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

  private static let advice = [
    "CONFLICT": "'winnow replica list' shows the members",
    "NO_REPLICA": "'winnow replica list' shows which members answer; one to be added has to run already",
  ]
  private static let newMember = Positional("ADDRESS", .address, "Where the new member listens.")

  static let add = change(
    Command(
      name: "add", summary: "Give a shard one more member",
      details: """
        The member, a winnowd shard, has to run and to be new: without a cluster and without data. It gets a copy of all \
        that the shard holds while queries and writes go on; 'winnow replica list' shows when it is in sync. To replace a \
        machine add the new member, wait until it is in sync, then remove the old one.
        """,
      positionals: [shard, newMember]), of: newMember, "is a member now; it gets a copy"
  ) { (client, address, shard, timeout) throws(WinnowError) in
    try await client.addMember(address, to: shard, timeout: timeout)
  }

  static let remove = change(
    Command(
      name: "remove", summary: "Take a member of a shard out of the cluster",
      details: """
        Not the one that takes the writes ('winnow replica promote' another one first), and not one of the last two. Its \
        process can be stopped then; if it is gone already, this is how the cluster stops to wait for it.
        """,
      positionals: [shard, member]), of: member, "is no member any more"
  ) { (client, address, shard, timeout) throws(WinnowError) in
    try await client.removeMember(address, from: shard, timeout: timeout)
  }

  /// A verb that changes which members a shard has.
  ///
  /// - Parameter words: What has become of the member.
  private static func change(
    _ command: Command, of member: Positional<HostPort>, _ words: String,
    _ change: @escaping @Sendable (WinnowClient, String, ShardID, Duration?) async throws(WinnowError) -> Void
  ) -> Verb {
    Verb(command: command) { (session) async throws(Failure) in
      let (shard, address) = (ShardID(UInt16(clamping: session[Self.shard])), session[member].description)
      try await session.withClient(advice: advice) { (client) throws(WinnowError) in
        try await change(client, address, shard, session.timeout)
      }
      session.print(
        .object([("shard", .int(Int(shard.rawValue))), ("member", .text(address))]),
        human: "shard \(shard.rawValue): \(address) \(words)\n")
      return .ok
    }
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
