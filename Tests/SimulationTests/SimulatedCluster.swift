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
  /// The shards that the cluster begins with, then those that may be added.
  let shards: [Machine]
  let coordinator: Machine
  let clients: Machine
  /// Whether shards keep what they acknowledge on their disks.
  let isDurable: Bool
  /// Of each shard that the cluster begins with.
  let memberCount: Int
  private let firstCount: Int
  /// What strikes the steps of moves.
  private let striker: Striker?
  /// The newest of each machine, by its place among `shards`: one of a process that was killed answers nothing.
  private let running: Lock<[ShardNode?]>

  init(
    _ world: World, shardCount: Int, memberCount: Int = 1, spareCount: Int, isDurable: Bool, striker: Striker? = nil
  ) {
    self.striker = striker
    self.memberCount = memberCount
    self.world = world
    self.isDurable = isDurable
    firstCount = shardCount * memberCount
    var conditions = MemoryConditions()
    conditions.delayMicroseconds = 50...400
    if world.draw() % 2 == 0 { conditions.pieceBytesMax = 1 + world.draw(below: 2000) }
    let network = MemoryNetwork(
      executor: world.lane("network"), random: SeededRandomSource(seed: world.draw()), conditions: conditions)
    self.network = network
    shards = (1...firstCount + spareCount).map { Machine("shard\($0)", world, network) }
    running = Lock(shards.map { _ in nil })
    coordinator = Machine("coordinator", world, network)
    clients = Machine("clients", world, network)
  }

  static func address(_ machine: Machine) -> String { "\(machine.name):1" }

  var nodes: [Machine] { shards + [coordinator] }

  /// Another member of a machine's shard; `nil`: there is none.
  func partner(of name: String) -> String? {
    guard memberCount > 1, let index = shards.firstIndex(where: { $0.name == name }), index < firstCount else {
      return nil
    }
    let first = index / memberCount * memberCount
    return shards[first + (index - first + 1 + world.draw(below: memberCount - 1)) % memberCount].name
  }

  /// Starts what a machine is there for; if it ends by itself, it is started again after a while.
  func start(_ machine: Machine, restartsOn lane: Lane) {
    guard !machine.isRunning else { return }
    let end: @Sendable () -> Void = { [self] in
      machine.kill()
      let pause = 200_000 + world.draw() % 1_000_000
      lane.schedule(at: world.now.advanced(microseconds: pause)) { self.start(machine, restartsOn: lane) }
    }
    let addresses = shards.prefix(firstCount).map(Self.address)
    let first = stride(from: 0, to: firstCount, by: memberCount).map {
      addresses[$0..<$0 + memberCount].joined(separator: "+")
    }
    machine.start { [isDurable] process in
      if machine === self.coordinator {
        try await self.runCoordinator(process, shards: first, lane)
      } else {
        try await self.runShard(process, machine, isDurable: isDurable, whenBroken: end)
      }
    } whenOver: {
      end()
    }
  }

  /// How often members were compared and held the same, or something else, as far as the processes that run now know.
  func comparisons() async -> (equal: Int, different: Int) {
    var sum = (equal: 0, different: 0)
    for shard in running.withLock({ $0.compactMap(\.self) }) {
      let lines = await shard.report.metricsText().split(separator: "\n")
      func count(_ value: String) -> Int {
        let name = "winnow_replica_checks_total{equal=\"\(value)\"} "
        return lines.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) } ?? 0
      }
      sum = (sum.equal + count("yes"), sum.different + count("no"))
    }
    return sum
  }

  private func runShard(
    _ process: Machine.Process, _ machine: Machine, isDurable: Bool, whenBroken: @escaping @Sendable () -> Void
  ) async throws {
    var configuration = ShardNode.Configuration()
    // Longer than any request of the simulation lives.
    configuration.epochMicroseconds = 12_000_000
    let shard = try Self.shard(configuration, process, machine, isDurable: isDurable)
    if let place = shards.firstIndex(where: { $0 === machine }) { running.withLock { $0[place] = shard } }
    _ = try await Server.listen(
      Self.address(machine), over: process.network, handler: shard, random: process.random)
    await withDiscardingTaskGroup { group in
      group.addTask { await shard.upkeep.run(process.loop) }
      guard let failures = shard.upkeep.storageFailures else { return }
      for await _ in failures { whenBroken() }
    }
  }

  private static func shard(
    _ configuration: ShardNode.Configuration, _ process: Machine.Process, _ machine: Machine, isDurable: Bool
  ) throws -> ShardNode {
    let outside = ShardNode.Outside(
      timers: process.loop, network: process.network, random: process.random, checkMicroseconds: 500_000)
    guard isDurable else {
      return ShardNode(
        configuration, clock: process.loop.clock, random: process.random, compute: process.compute, outside: outside)
    }
    var options = ShardJournal.Options()
    options.log.fileSize = 16_384
    options.log.reserve = 2048
    options.checkpointBytes = 16_384
    let recovered = try RecoveredShard(
      try DataDirectory("/data", on: machine.disk), options: options,
      epochMicroseconds: configuration.epochMicroseconds, random: process.random, clock: process.loop.clock,
      disk: process.disk)
    return ShardNode(
      configuration, clock: process.loop.clock, compute: process.compute, recovered: recovered, outside: outside)
  }

  private func runCoordinator(_ process: Machine.Process, shards: [String], _ driver: Lane) async throws {
    let directory = try DataDirectory("/data", on: coordinator.disk)
    let store = try FileMetadataStore(directory)
    let isFirst = try store.get(.shardMap) == nil
    var configuration = Coordinator.Configuration()
    configuration.watchMicroseconds = 100_000
    let role = try await Coordinator(
      configuration,
      .init(
        timers: process.loop, random: process.random, compute: process.compute, directory: directory, metadata: store),
      shards: isFirst ? shards : []
    ) { shard, identity in
      let caller = PooledShardCaller(
        to: shard.address, over: process.network, identity: identity, random: process.random, executor: process.loop,
        isMember: !shard.replicas.isEmpty)
      guard let striker = self.striker else { return caller }
      let name = shard.address.split(separator: ":").first.map(String.init) ?? ""
      return StrikingCaller(
        shard: name, inner: caller, striker: striker, cluster: self, process: process, driver: driver)
    }
    _ = try await Server.listen(
      Self.address(coordinator), over: process.network, handler: role, random: process.random)
    await role.run()
  }
}
