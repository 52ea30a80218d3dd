import Arguments
import ShardNode
import SocketTransport
import Transport
import Vocabulary
import Wire

extension Main {
  /// Runs a shard until a signal.
  static func runShard(_ values: Values) async throws(StartFailure) {
    let node = try Node(values)
    var configuration = ShardNode.Configuration()
    configuration.kernels = node.kernels
    configuration.scansMax = node.compute.threadCount
    configuration.program = Node.program
    let shard = ShardNode(
      configuration, clock: SystemClock(), random: SystemRandom(), compute: node.compute)
    try await node.serve(
      shard, started: { server in shard.links.withLock { $0 = { await server.snapshot().statusLinks } } },
      draining: { shard.isDraining.withLock { $0 = true } })
  }
}

extension ServerSnapshot {
  /// Traffic by kind of peer, as STATUS shows it.
  var statusLinks: [StatusResponse.Link] {
    var byPeer: [String: Traffic] = [:]
    for link in links {
      byPeer[link.peerRole == .coordinator ? "coordinator" : "clients", default: Traffic()] += link.traffic
    }
    return byPeer.sorted { $0.key < $1.key }.map { peer, traffic in
      StatusResponse.Link(
        peer: peer, framesOut: traffic.framesOut, rawBytesOut: traffic.rawBytesOut, wireBytesOut: traffic.wireBytesOut,
        framesIn: traffic.framesIn, rawBytesIn: traffic.rawBytesIn, wireBytesIn: traffic.wireBytesIn)
    }
  }
}
