import CoordinatorNode
import Metadata
import Placement
import ShardNode
import Storage
import Support
import Transport
import Vocabulary
import WinnowClient
import Wire

/// The machines of a cluster and one for its clients, in one world.
final class SimulatedCluster: Sendable {
  let world: World
  let network: MemoryNetwork
  let shards: [Machine]
  let coordinator: Machine
  let clients: Machine

  init(_ world: World, shardCount: Int) {
    self.world = world
    var conditions = MemoryConditions()
    conditions.delayMicroseconds = 50...400
    if world.draw() % 2 == 0 { conditions.pieceBytesMax = 1 + world.draw(below: 2000) }
    let network = MemoryNetwork(
      executor: world.lane("network"), random: SeededRandomSource(seed: world.draw()), conditions: conditions)
    self.network = network
    shards = (1...shardCount).map { Machine("shard\($0)", world, network) }
    coordinator = Machine("coordinator", world, network)
    clients = Machine("clients", world, network)
  }

  static func address(_ machine: Machine) -> String { "\(machine.name):1" }

  var nodes: [Machine] { shards + [coordinator] }

  /// Starts what a machine is there for.
  func start(_ machine: Machine) {
    if machine === coordinator {
      let shards = shards.map(Self.address)
      machine.start { try await Self.runCoordinator($0, machine, shards: shards) }
    } else {
      machine.start { try await Self.runShard($0, machine) }
    }
  }

  private static func runShard(_ process: Machine.Process, _ machine: Machine) async throws {
    let shard = ShardNode(clock: process.loop.clock, random: process.random, compute: process.compute)
    _ = try await Server.listen(
      address(machine), over: process.network, handler: shard, random: process.random)
  }

  private static func runCoordinator(_ process: Machine.Process, _ machine: Machine, shards: [String]) async throws {
    let directory = try DataDirectory("/data", on: machine.disk)
    let store = try FileShardMapStore(directory)
    let isFirst = try store.get() == nil
    var configuration = Coordinator.Configuration()
    configuration.watchMicroseconds = 100_000
    let coordinator = try await Coordinator(
      configuration,
      .init(
        timers: process.loop, random: process.random, compute: process.compute, directory: directory, mapStore: store),
      shards: isFirst ? shards : []
    ) { shard, identity in
      PooledShardCaller(
        to: shard.address, over: process.network, identity: identity, random: process.random, executor: process.loop)
    }
    _ = try await Server.listen(
      address(machine), over: process.network, handler: coordinator, random: process.random)
    await coordinator.run()
  }
}
