import Placement
import Transport
import Vocabulary
import Wire

/// Carries out one query's searches: the thin shell of `ScatterGather`.
struct SearchRun: Sendable {
  /// One search of one shard.
  struct Trip: Sendable {
    let shard: ShardID
    let isSecond: Bool
    let start: Instant
    let end: Instant
    let response: SearchResponse?
  }

  private enum Event: Sendable {
    case replied(leg: Int, SearchResponse, lack: MissingCause?, Trip)
    case failed(leg: Int, MissingCause, Trip)
    case timePassed
  }

  let fleet: ShardFleet
  let timers: any LinkExecutor
  let plan: QueryPlan
  let query: [Float]
  let peers: [Peer]
  let split: DeadlineSplit
  let cancellation: RequestCancellation

  /// Searches until the candidates are proven or time is up.
  func run() async -> (gathered: Gathered, trips: [Trip]) {
    let clock = timers.clock
    let targets = plan.targets
    let peers = Dictionary(uniqueKeysWithValues: peers.map { ($0.shard.id, $0) })
    return await withTaskGroup(of: Event.self) { group in
      var machine = ScatterGather(
        depth: plan.listDepth, targets: targets, shape: plan.shape, split: split,
        minimumCoverage: plan.request.minimumCoverage,
        words: plan.hasTerms ? WordGoal(plan.fusion, k: plan.request.k, depth: plan.request.depth) : nil,
        sort: plan.page.sort)
      var trips: [Trip] = []
      var alarm: Instant?
      machine.begin(at: clock.now())
      group.addTask {
        await cancellation.wait()
        return .timePassed
      }
      while true {
        for action in machine.takeActions() {
          switch action {
          case .search(let leg, let limit, let after, let snapshot):
            guard let peer = peers[targets[leg].shard] else { continue }
            let request = plan.search(query, limit: limit, after: after, snapshot: snapshot)
            let isSecond = after != nil || trips.contains { $0.shard == peer.id }
            group.addTask { await search(peer, leg: leg, request, isSecond: isSecond) }
          case .wait(let until):
            guard alarm.map({ until < $0 || $0 <= clock.now() }) ?? true else { continue }
            alarm = until
            group.addTask {
              await timers.sleep(until: until)
              return .timePassed
            }
          case .finish: break
          }
        }
        guard !machine.isFinished, !cancellation.isCancelled, let event = await group.next() else { break }
        switch event {
        case .replied(let leg, let response, let lack, let trip):
          trips.append(trip)
          machine.replied(leg, response, lack: lack, at: clock.now())
        case .failed(let leg, let cause, let trip):
          trips.append(trip)
          machine.failed(leg, cause, at: clock.now())
        case .timePassed:
          alarm = nil
          machine.passed(at: clock.now())
        }
      }
      group.cancelAll()
      return (machine.outcome, trips)
    }
  }

  private func search(_ peer: Peer, leg: Int, _ request: SearchRequest, isSecond: Bool) async -> Event {
    let clock = timers.clock
    let start = clock.now()
    let shard = peer.id
    do throws(CallError) {
      let answer = try await fleet.ask(peer, request, epoch: plan.map.epoch, by: split.gatherEnd)
      let trip = Trip(shard: shard, isSecond: isSecond, start: start, end: clock.now(), response: answer.reply)
      let isComplete = fleet.confirmations.isComplete(plan.collection, peer, incarnation: answer.incarnation)
      let lack = isComplete ? nil : fleet.confirmations.lack(of: peer, plan.collection)
      return .replied(leg: leg, answer.reply, lack: lack, trip)
    } catch {
      let trip = Trip(shard: shard, isSecond: isSecond, start: start, end: clock.now(), response: nil)
      return .failed(leg: leg, cause(of: error, peer), trip)
    }
  }

  /// A shard that lost the map or the collection together with its data has restarted empty.
  private func cause(of error: CallError, _ peer: Peer) -> MissingCause {
    guard case .refused(let refusal) = error,
      [.staleEpoch, .unknownCollection, .unknownGeneration].contains(refusal.code),
      let incarnation = fleet.identity(of: peer)?.incarnation,
      !plan.collection.isComplete(peer.id, incarnation: incarnation)
    else { return error.missingCause }
    return fleet.confirmations.lack(of: peer)
  }
}
