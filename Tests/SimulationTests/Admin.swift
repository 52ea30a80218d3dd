import Transport
import Vocabulary
import WinnowClient

/// An admin of a simulation, who adds, drains, moves and removes shards without waiting for the end of anything.
struct Admin: Sendable {
  let client: WinnowClient
  let world: World
  let lane: Lane
  let cluster: SimulatedCluster
  let history: History

  /// Works until it is told to stop.
  func work(until isOver: @Sendable () -> Bool) async {
    while !isOver() {
      await lane.sleep(until: world.now.advanced(microseconds: 100_000 + world.draw() % 900_000))
      await act()
    }
  }

  private var options: MoveOptions { MoveOptions(verifies: world.draw() % 2 == 0) }

  private func act() async {
    guard let map = try? await client.shardMap(timeout: .seconds(1)) else { return }
    let shard = map.shards[world.draw(below: map.shards.count)].id
    let other = map.shards[world.draw(below: map.shards.count)].id
    switch world.draw(below: 10) {
    case 0...2:
      let known = map.shards.map(\.address)
      guard let new = cluster.shards.map(SimulatedCluster.address).first(where: { !known.contains($0) }) else { return }
      await note("add") { () async throws(WinnowError) in
        try await client.addShard(new, options, timeout: .seconds(2))
      }
    case 3, 4:
      await note("drain") { () async throws(WinnowError) in
        try await client.drainShard(shard, options, timeout: .seconds(2))
      }
    case 5: await note("remove") { () async throws(WinnowError) in try await client.removeShard(shard) }
    case 6, 7:
      let count = 1 + world.draw(below: 300)
      await note("move") { () async throws(WinnowError) in
        try await client.moveSlots(count, from: shard, to: other, options, timeout: .seconds(2))
      }
    case 8:
      await note("pause moves") { () async throws(WinnowError) in try await client.pauseMoves(timeout: .seconds(1)) }
      await lane.sleep(until: world.now.advanced(microseconds: world.draw() % 800_000))
      await note("resume") { () async throws(WinnowError) in try await client.resumeMoves(timeout: .seconds(1)) }
    default:
      await note("cancel") { () async throws(WinnowError) in try await client.cancelMoves(timeout: .seconds(1)) }
    }
  }

  /// Adds a shard with few slots, then drains it, and waits for each: moves from one shard and to one.
  func addAndDrain() async {
    guard let map = try? await client.shardMap(timeout: .seconds(5)) else { return }
    let known = map.shards.map(\.address)
    guard let new = cluster.shards.map(SimulatedCluster.address).first(where: { !known.contains($0) }) else { return }
    await note("add") { () async throws(WinnowError) in
      try await client.addShard(new, weight: 6, MoveOptions(verifies: true), timeout: .seconds(2))
    }
    await rest()
    // The answer may have been lost, and the plan with it.
    guard let added = try? await client.shardMap(timeout: .seconds(5))?.shards.first(where: { $0.address == new })
    else {
      return
    }
    await note("drain") { () async throws(WinnowError) in
      try await client.drainShard(added.id, MoveOptions(verifies: true), timeout: .seconds(2))
    }
    await rest()
  }

  private func rest() async {
    let end = world.now.advanced(microseconds: 12_000_000)
    while world.now < end, await !isAtRest() { await lane.sleep(until: world.now.advanced(microseconds: 50_000)) }
  }

  private func note(_ what: String, _ body: () async throws(WinnowError) -> SlotMoves) async {
    do throws(WinnowError) {
      _ = try await body()
      history.count(what)
    } catch { history.count("\(what): \(error.name)") }
  }

  /// - Returns: Whether nothing is left to move.
  func isAtRest() async -> Bool {
    guard let moves = try? await client.slotMoves(timeout: .seconds(2)) else { return false }
    if moves.state == .paused || moves.state == .stopped { _ = try? await client.resumeMoves(timeout: .seconds(2)) }
    return moves.state == .atRest
  }
}
