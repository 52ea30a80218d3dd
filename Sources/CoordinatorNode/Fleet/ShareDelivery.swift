import Placement
import Transport
import Vocabulary
import Wire

/// Gives each shard its share of a request.
struct ShareDelivery: Sendable {
  let fleet: ShardFleet

  private var surroundings: Coordinator.Surroundings { fleet.surroundings }

  /// Some ids of a request by their positions, and the answer of their owner.
  typealias Share<Reply> = (positions: [Int], result: Result<Reply, CallError>)

  /// Gives each owner its share of some ids, again while their slots are on the way to another shard: once they are there,
  /// the share is.
  ///
  /// - Parameters:
  ///   - begin: Map and shards at first.
  ///   - part: The request for the ids at some positions, ascending.
  ///   - fits: Whether a reply is one for this number of ids.
  func give<Request: RequestMessage>(
    _ ids: [UInt64], _ begin: Serving, by end: Instant, isRetry: Bool,
    fits: @escaping @Sendable (Request.Reply, Int) -> Bool,
    part: @escaping @Sendable ([Int]) -> Request
  ) async -> [Share<Request.Reply>] {
    var serving = begin
    var positions = Array(ids.indices)
    var done: [Share<Request.Reply>] = []
    while true {
      let epoch = serving.map.epoch
      var pause: UInt64?
      let sent = await send(
        positions.map { ids[$0] }, at: positions, serving, by: end, isRetry: isRetry, fits: fits, part: part)
      positions = []
      for share in sent {
        guard let wait = Self.pause(before: share.result, epoch), surroundings.later(wait) < end else {
          done.append(share)
          continue
        }
        pause = max(pause ?? 0, wait)
        positions += share.positions
      }
      // A share that is the whole request goes out as the request stands: its answers are in that order.
      positions.sort()
      guard let pause else { return done }
      await surroundings.sleep(pause)
      serving = fleet.registry.serving
    }
  }

  private func send<Request: RequestMessage>(
    _ ids: [UInt64], at positions: [Int], _ serving: Serving, by end: Instant, isRetry: Bool,
    fits: @escaping @Sendable (Request.Reply, Int) -> Bool, part: @escaping @Sendable ([Int]) -> Request
  ) async -> [Share<Request.Reply>] {
    let owners = fleet.owners(of: ids, in: serving)
    let shares = Dictionary(
      uniqueKeysWithValues: owners.map { ($0.peer.id, $0.positions.map { positions[$0] }) })
    let epoch = serving.map.epoch
    return await fleet.withEach(owners.map(\.peer)) { peer -> Share<Request.Reply> in
      let share = shares[peer.id] ?? []
      do throws(CallError) {
        let answer = try await fleet.ask(peer, part(share), epoch: epoch, by: end, isRetry: isRetry)
        guard fits(answer.reply, share.count) else {
          throw .invalid(WireError(.malformedBody, message: "the shard answered for another number of items"))
        }
        return (share, .success(answer.reply))
      } catch {
        return (share, .failure(error))
      }
    }
  }

  /// How long to wait before a share is sent again, in microseconds, because its slots are just leaving its shard or
  /// have left it; `nil`: its answer counts.
  private static func pause<Reply>(before result: Result<Reply, CallError>, _ epoch: Epoch) -> UInt64? {
    guard case .failure(.refused(let refusal)) = result, refusal.errorClass.contains(.notExecuted) else { return nil }
    switch refusal.code {
    case .slotFrozen: return 5000
    case .staleEpoch, .notOwner: return refusal.epoch > epoch.rawValue ? 1000 : nil
    default: return nil
    }
  }
}
