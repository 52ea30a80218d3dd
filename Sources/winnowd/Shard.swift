import Arguments
import Glibc
import ShardNode
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

extension Main {
  /// Runs a shard until a signal, or until its disk fails.
  static func runShard(_ values: Values) async throws(StartFailure) {
    let path = try dataDirectory(values)
    let node = try await Node(values)
    var configuration = ShardNode.Configuration()
    configuration.kernels = node.kernels
    configuration.scansMax = node.compute.threadCount
    configuration.program = Node.program
    configuration.address = values[Commands.listen].description
    configuration.directory = path ?? ""
    configuration.memoryMax = memoryMax(values)
    configuration.slowSearchMicroseconds = values[Commands.slowQueryThreshold].wholeMicroseconds
    configuration.log = node.log
    // A commit, a file for the log, a checkpoint and codes may be at work at a time, and none waits for another.
    let disk = ComputePool(threadCount: 4)
    let loop = node.group.loops[0]
    let outside = ShardNode.Outside(
      timers: loop, network: node.network, random: SystemRandom(), program: Node.program)
    let shard: ShardNode
    var directory: DataDirectory?
    if let path {
      let locked = try Node.lock(path, "shard")
      directory = locked
      shard = try recover(locked, configuration, node, disk, outside)
    } else {
      shard = ShardNode(
        configuration, clock: SystemClock(), random: SystemRandom(), compute: node.compute, outside: outside)
    }
    ProcessMetrics.add(to: shard.report.registry, of: node, directory: directory)
    node.admin?.serve(metrics: { await shard.report.metricsText() }, obstacles: { await shard.report.obstacles() })
    // The upkeep of log and codes lives as long as the server.
    let upkeep = Task(executorPreference: disk) { await shard.upkeep.run(loop) }
    let failure = try await node.serve(
      shard,
      started: { server in
        shard.standing.withLock { $0.server = server }
        ProcessMetrics.add(server, to: shard.report.registry)
      },
      draining: {
        await shard.leave()
        shard.standing.withLock { $0.isDraining = true }
      }, failures: shard.upkeep.storageFailures)
    upkeep.cancel()
    await upkeep.value
    let last = await shard.upkeep.close()
    guard let failure = failure ?? last else { return }
    throw StartFailure("winnowd shard: \(failure.text); what was not acknowledged may be lost", .storageFailed)
  }

  /// The limit by the flag, or 80 % of the machine's memory or of the container's limit, if that is less.
  private static func memoryMax(_ values: Values) -> Int {
    if let bytes = values[Commands.memoryMax] { return Int(clamping: bytes) }
    return Node.memoryBytes / 5 * 4
  }

  /// The directory that the flags name, or `nil` for a shard without one.
  private static func dataDirectory(_ values: Values) throws(StartFailure) -> String? {
    let directory = values[Commands.shardDirectory]
    let isMemoryOnly = values[Commands.memoryOnly]
    switch (directory, isMemoryOnly) {
    case (let directory?, false): return directory
    case (nil, true): return nil
    case (nil, false):
      throw StartFailure(
        """
        winnowd shard: say where items are kept: --data-dir DIR
        or --memory-only, if they may be lost with the process
        """, .usage)
    case (_?, true):
      throw StartFailure(values.complaint(about: Commands.memoryOnly, "cannot go with --data-dir"), .usage)
    }
  }

  private static func recover(
    _ directory: DataDirectory, _ configuration: ShardNode.Configuration, _ node: Node, _ disk: ComputePool,
    _ outside: ShardNode.Outside
  ) throws(StartFailure) -> ShardNode {
    let clock = SystemClock()
    let start = clock.now()
    do throws(StorageError) {
      let recovered = try RecoveredShard(
        directory, address: configuration.address, random: SystemRandom(), clock: clock, disk: disk)
      node.log(
        .info, "data read",
        [
          "directory": .text(directory.path), "items": LogValue(UInt64(recovered.itemCount)),
          "replayed": LogValue(recovered.replayedRecords),
          "milliseconds": LogValue(start.microseconds(until: clock.now()) / 1000),
        ])
      for path in recovered.damagedPaths {
        node.log(.warning, "a file is not whole; its other copy counts", ["file": .text(path)])
      }
      return ShardNode(configuration, clock: clock, compute: node.compute, recovered: recovered, outside: outside)
    } catch {
      var advice = ""
      if case .damaged = error {
        advice =
          "; started with an empty directory, the shard gets its items back by 'winnow snapshot restore DIRECTORY --missing', "
          + "and later writes of other shards stay"
      }
      throw StartFailure("winnowd shard: \(error.text)\(advice)", error.isMisplaced ? .conflict : .storageFailed)
    }
  }
}
