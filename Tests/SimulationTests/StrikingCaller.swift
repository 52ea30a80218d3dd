import CoordinatorNode
import Transport
import Vocabulary
import Wire

/// When the blow of a simulation falls, and what it does.
final class Striker: Sendable {
  private let strike: Strike
  private let history: History
  /// How many more times the step may pass before the blow; `nil`: it has fallen, or is not to fall yet.
  private let countdown = Lock<Int?>(nil)

  init(_ strike: Strike, _ history: History) {
    self.strike = strike
    self.history = history
  }

  /// Lets the blow fall when the step has come so many times.
  func arm(after count: Int) { countdown.withLock { $0 = count } }

  /// Whether the blow is still to fall.
  var isArmed: Bool { countdown.withLock { $0 != nil } }

  /// - Returns: Whether the blow falls now.
  func isDue(_ step: Strike.Step?, isBefore: Bool) -> Bool {
    guard step == strike.step, isBefore == strike.isBefore else { return false }
    return countdown.withLock { countdown in
      guard let left = countdown else { return false }
      countdown = left > 1 ? left - 1 : nil
      return left <= 1
    }
  }

  /// Lets it fall, and makes good for it after a while.
  func fall(on asked: String, _ cluster: SimulatedCluster, _ driver: Lane) {
    let world = cluster.world
    let others = cluster.shards.filter { $0.name != asked }
    let shard = cluster.shards.first { $0.name == asked } ?? cluster.coordinator
    let machine =
      switch strike.party {
      case .asked: shard
      case .coordinator: cluster.coordinator
      case .other: others[world.draw(below: others.count)]
      }
    history.count("strike")
    let later = world.now.advanced(microseconds: 1000 + world.draw() % 4_000_000)
    switch strike.blow {
    case .kill, .losePower:
      if strike.blow == .kill { machine.kill() } else { machine.losePower() }
      driver.schedule(at: later) { cluster.start(machine, restartsOn: driver) }
    case .pause:
      machine.pause(true)
      driver.schedule(at: later) { machine.pause(false) }
    case .split:
      // The coordinator cannot be cut off from itself: then it is from the one it asks.
      let name = machine === cluster.coordinator ? asked : machine.name
      let ways = [("coordinator", name), (name, "coordinator")].filter { _ in world.draw() % 4 > 0 }
      for (from, to) in ways { cluster.network.hold(from: from, to: to) }
      driver.schedule(at: later) {
        for (from, to) in ways { cluster.network.hold(from: from, to: to, false) }
      }
    }
  }
}

/// A shard as a coordinator reaches it, with a blow on the way.
struct StrikingCaller: ShardCaller {
  let shard: String
  let inner: PooledShardCaller
  let striker: Striker
  let cluster: SimulatedCluster
  let process: Machine.Process
  let driver: Lane

  var presence: ShardPresence { inner.presence }
  var traffic: Traffic { get async { await inner.traffic } }
  func start() async { await inner.start() }
  func stop() async { await inner.stop() }

  func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
    let step = striker.isArmed ? Strike.step(of: request.opcode, request.body.bytes) : nil
    if striker.isDue(step, isBefore: true) { await strike() }
    let reply = try await inner.call(request)
    if striker.isDue(step, isBefore: false) { await strike() }
    return reply
  }

  /// If it strikes the coordinator itself, nothing of this task runs any more.
  private func strike() async {
    striker.fall(on: shard, cluster, driver)
    await process.loop.sleep(until: process.loop.clock.now().advanced(microseconds: 1))
  }
}
