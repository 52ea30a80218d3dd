import AdminHTTP
import Arguments
import CoordinatorNode
import Metadata
import Placement
import Security
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

extension Main {
  /// Runs a coordinator until a signal.
  static func runCoordinator(_ values: Values) async throws(StartFailure) {
    let consoleDirectory = values[Commands.consoleDirectory]
    if !values[Commands.admin] { try Node.refuse(Commands.consoleDirectory, values, "with --no-admin") }
    if let consoleDirectory {
      do throws(ConsoleFileError) {
        _ = try CoordinatorRoutes.read(ConsolePage.pageName, in: consoleDirectory)
      } catch {
        throw StartFailure(
          values.complaint(about: Commands.consoleDirectory, "cannot be served: \(error.text)"), .usage)
      }
    }
    let node = try await Node(values)
    let directory = try Node.lock(values[Commands.coordinatorDirectory], "coordinator")
    let coordinator = try await coordinator(node, values, directory)
    ProcessMetrics.add(to: coordinator.registry, of: node, directory: directory)
    node.admin?.serve(
      metrics: { await coordinator.metricsText() }, obstacles: { await coordinator.obstacles() },
      routes: CoordinatorRoutes(coordinator, consoleDirectory: consoleDirectory).all)
    // The watch over the shards lives as long as the server.
    let watch = Task(executorPreference: node.group.loops[0]) { await coordinator.run() }
    let audit = try node.security.openAudit(values, node.log, coordinator.registry)
    let auditing = Task(executorPreference: node.group.loops[0]) {
      if let audit { await audit.run(node.group.loops[0]) }
    }
    let role: any RequestHandler = if let audit { AuditedRole(coordinator, audit) } else { coordinator }
    try await node.serve(
      role,
      started: { server in
        coordinator.show(server)
        ProcessMetrics.add(server, to: coordinator.registry)
      },
      draining: { coordinator.drain() })
    await coordinator.close()
    for task in [watch, auditing] {
      task.cancel()
      await task.value
    }
    _ = await audit?.record(AuditEntry(what: "stop", outcome: "OK"))
    guard !directory.isInPlace else { return }
    throw StartFailure("winnowd coordinator: \(StorageError.gone(path: directory.path).text)", .storageFailed)
  }

  private static func coordinator(
    _ node: Node, _ values: Values, _ directory: DataDirectory
  ) async throws(StartFailure) -> Coordinator {
    let (loop, network, log, compression) = (node.group.loops[0], node.network, node.log, node.compression)
    var configuration = Coordinator.Configuration()
    configuration.program = Node.program
    configuration.kernels = node.kernels
    configuration.queries.inWorkMax = values[Commands.queries]
    configuration.queries.waitingMax = values[Commands.queriesWaiting]
    configuration.hedges = values[Commands.hedge] == "on"
    configuration.itemCacheBytesMax = Int(clamping: values[Commands.itemCacheMemory])
    configuration.itemCacheMicrosecondsMax = values[Commands.itemCacheAge].wholeMicroseconds
    configuration.slowQueryMicroseconds = values[Commands.slowQueryThreshold].wholeMicroseconds
    configuration.slowQueriesKeepUsers = !values[Commands.slowQueryHideUsers]
    configuration.answerLog.bytesMax = Int(clamping: values[Commands.answerLogMax])
    configuration.answerLog.rate = values[Commands.answerLogRate]
    configuration.answerLog.inputRate = values[Commands.inputLogRate]
    configuration.answerLog.exchangeRate = values[Commands.exchangeRate]
    configuration.lossRate = values[Commands.lossRate]
    let caller = { @Sendable (shard: ShardMap.Shard, identity: NodeIdentity) -> any ShardCaller in
      PooledShardCaller(
        to: shard.address, over: network, identity: identity, random: SystemRandom(), executor: loop,
        compression: compression, isMember: !shard.replicas.isEmpty, log: log)
    }
    let adopted = values[Commands.adopt].map(\.description)
    if !adopted.isEmpty { try Node.refuse(Commands.shards, values, "with --adopt: the shards say who they are") }
    let surroundings = try await surroundings(node, values, directory)
    do throws(StartError) {
      if !adopted.isEmpty {
        for line in try await Coordinator.adopt(adopted, configuration, surroundings, caller: caller) {
          ProcessContext.write("winnowd coordinator took \(line)\n")
          log(.warning, "taken from the shards", ["what": .text(line)])
        }
      }
      return try await Coordinator(
        configuration, surroundings, shards: values[Commands.shards], caller: caller)
    } catch { throw StartFailure("winnowd coordinator: \(error.text)", error.exitCode) }
  }

  private static func surroundings(
    _ node: Node, _ values: Values, _ directory: DataDirectory
  ) async throws(StartFailure) -> Coordinator.Surroundings {
    let place = try await MetadataPlace(node, values, directory)
    var surroundings = Coordinator.Surroundings(
      timers: node.group.loops[0], random: SystemRandom(), compute: node.compute, directory: directory,
      metadata: place.store, log: node.log, wallMicroseconds: Log.presentMicroseconds)
    surroundings.background = ComputePool.background()
    surroundings.seat = place.seat
    surroundings.clusterID = node.security.tls?.cluster
    return surroundings
  }
}

extension StartError {
  /// The exit code of the process.
  fileprivate var exitCode: ExitCode {
    switch self {
    case .noShards, .noMap: .usage
    case .otherShards, .otherCluster, .cannotAdopt: .conflict
    case .storage(let error), .metadata(.storage(let error)): error.isMisplaced ? .conflict : .storageFailed
    case .metadata(.unavailable): .unreachable
    case .metadata, .unreadable: .storageFailed
    }
  }
}
