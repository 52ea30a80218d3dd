import Storage
import Transport
import Vocabulary

/// What goes wrong in a simulation, each for a while and several at once, as the seed decides.
struct Faults: Sendable {
  enum Kind: CaseIterable, Sendable {
    case kill
    case losePower
    case pause
    case split
    case splitOneWay
    case slow
    case reset
    case clog
    /// One call of a disk fails.
    case diskError
    /// The power goes away at a call of a disk.
    case powerCut
    /// A member's disk takes no more bytes.
    case fullDisk

    /// A shard alone refuses writes meanwhile, and nothing else.
    static func all(withMembers: Bool) -> [Kind] { withMembers ? allCases : allCases.filter { $0 != .fullDisk } }
  }

  let cluster: SimulatedCluster
  let history: History
  /// Where faults begin and end.
  let lane: Lane
  /// Told when a shard has lost what it had in memory.
  let lost: @Sendable (Machine) -> Void

  private var world: World { cluster.world }

  /// Makes trouble for so long, and then waits until each trouble is over.
  func run(microseconds: UInt64) async {
    let end = world.now.advanced(microseconds: microseconds)
    await withDiscardingTaskGroup { group in
      while world.now < end {
        await sleep(within: 20_000...1_200_000)
        let kinds = Kind.all(withMembers: cluster.memberCount > 1)
        let kind = kinds[world.draw(below: kinds.count)]
        group.addTask(executorPreference: lane) { await self.cause(kind) }
      }
    }
  }

  private func cause(_ kind: Kind) async {
    if !cluster.isDurable, [.diskError, .powerCut].contains(kind) { return }
    let node = cluster.nodes[world.draw(below: cluster.nodes.count)]
    let shard = cluster.shards[world.draw(below: cluster.shards.count)].name
    // The clients' way to the coordinator, or the coordinator's to a shard.
    var (a, b) = world.draw() % 3 == 0 ? ("clients", "coordinator") : ("coordinator", shard)
    // Or one between two members of a shard.
    if let other = cluster.partner(of: shard), world.draw() % 2 == 0 { (a, b) = (other, shard) }
    history.count("\(kind)")
    switch kind {
    case .kill, .losePower:
      if kind == .kill { node.kill() } else { node.losePower() }
      lost(node)
      await sleep(within: 10_000...3_000_000)
      cluster.start(node, restartsOn: lane)
    case .pause:
      node.pause(true)
      await sleep(within: 10_000...8_000_000)
      node.pause(false)
    case .split, .splitOneWay:
      cluster.network.hold(from: a, to: b)
      if kind == .split { cluster.network.hold(from: b, to: a) }
      await sleep(within: 10_000...8_000_000)
      cluster.network.hold(from: a, to: b, false)
      cluster.network.hold(from: b, to: a, false)
    case .slow:
      cluster.network.delay(from: b, to: a, 1000...300_000)
      await sleep(within: 100_000...5_000_000)
      cluster.network.delay(from: b, to: a, 50...400)
    case .diskError: node.disk.fail(call: node.disk.callCount + 1 + world.draw(below: 12), .broken)
    case .powerCut:
      node.disk.failAll(from: node.disk.callCount + 1 + world.draw(below: 12), .broken)
      await sleep(within: 1000...100_000)
      node.losePower()
      lost(node)
      await sleep(within: 10_000...1_000_000)
      cluster.start(node, restartsOn: lane)
    case .fullDisk:
      let disk = cluster.shards[world.draw(below: cluster.shards.count)].disk
      disk.leaveRoom(for: world.draw(below: 20_000))
      await sleep(within: 1_000_000...6_000_000)
      disk.setCapacity(nil)
    case .reset: cluster.network.reset("\(b):1")
    case .clog:
      let clogged = cluster.shards.filter { _ in world.draw() % 2 == 0 }.map(\.name)
      for name in clogged {
        cluster.network.hold(from: "coordinator", to: name)
        cluster.network.hold(from: name, to: "coordinator")
        await sleep(within: 10_000...300_000)
      }
      for name in shuffled(clogged) {
        await sleep(within: 10_000...300_000)
        cluster.network.hold(from: "coordinator", to: name, false)
        cluster.network.hold(from: name, to: "coordinator", false)
      }
    }
  }

  private func shuffled(_ names: [String]) -> [String] {
    var left = names
    var order: [String] = []
    while !left.isEmpty { order.append(left.remove(at: world.draw(below: left.count))) }
    return order
  }

  private func sleep(within range: ClosedRange<UInt64>) async {
    let wait = range.lowerBound + world.draw() % (range.upperBound - range.lowerBound + 1)
    await lane.sleep(until: world.now.advanced(microseconds: wait))
  }
}
