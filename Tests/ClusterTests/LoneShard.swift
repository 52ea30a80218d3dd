import Placement
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A shard as a process, asked as its coordinator would.
enum LoneShard {
  /// A connection to a shard that knows its map and has the collection `shop`.
  static func connect(
    _ address: String, _ loops: EventLoopGroup, schema: CollectionSchema?
  ) async throws -> Asker {
    let loop = loops.loops[0]
    let connection = try await ClientConnection.open(
      address, over: SocketNetwork(group: loops),
      configuration: ClientConfiguration(identity: NodeIdentity(role: .coordinator)), random: SystemRandom(),
      deadline: loop.clock.now().advanced(microseconds: 20_000_000))
    _ = try await connection.ready()
    let asker = Asker(connection: connection, clock: loop.clock)
    let map = try ShardMap.first(clusterID: Array(repeating: 7, count: 16), addresses: ["127.0.0.1:7701"])
    try await asker.ask(ShardMapRequest(.install(map, as: ShardID(0))))
    try await asker.ask(
      CollectionCreateRequest(generation: Generation(1), name: "shop", schema: try #require(schema)))
    return asker
  }
}
