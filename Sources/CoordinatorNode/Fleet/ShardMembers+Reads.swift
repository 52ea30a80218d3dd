import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

// Any member in sync may answer a read: one that cannot, or takes long, costs no answer while another one can.
extension ShardMembers {
  /// A member that was silent for so long is asked last.
  private static let silenceMicroseconds: UInt64 = 400_000

  func read(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
    var (tried, last, mayPass): (Set<Int>, CallError?, Bool) = ([], nil, true)
    let keeper = keeper(of: request.snapshot)
    while true {
      let kept = keeper.flatMap { tried.contains($0) || callers[$0].presence.identity == nil ? nil : $0 }
      guard let place = kept ?? choose(besides: tried) else {
        let error = last ?? .unreachable("no member in sync can be asked")
        guard mayPass, mayAnswerSoon, surroundings.later(Self.pauseMicroseconds) < request.deadline, !Task.isCancelled
        else { throw error }
        await surroundings.sleep(Self.pauseMicroseconds)
        (tried, mayPass) = ([], true)
        continue
      }
      tried.insert(place)
      do throws(CallError) { return try await answer(of: place, &tried, request) } catch {
        switch error {
        case .refused(let refusal):
          guard [.notAssured, .shuttingDown, .overloaded].contains(refusal.code) else { throw error }
          // A member that has too much to do is not asked again and again.
          if refusal.code == .overloaded { mayPass = false }
        case .connectionLost, .unreachable: break
        default: throw error
        }
        last = error
      }
    }
  }

  /// The member that has a state which an earlier search saw; each numbers its states from a number of its own on.
  private func keeper(of snapshot: UInt64) -> Int? {
    guard snapshot > 0, let group else { return nil }
    return group.inSync.first { place in
      let first = group.members[place].node >> 8
      return snapshot > first && snapshot - first < 1 << 32
    }
  }

  /// Of two members at random the one from which an answer comes sooner.
  private func choose(besides tried: Set<Int>) -> Int? {
    let now = surroundings.clock.now()
    let random = surroundings.random.next()
    let isConnected = callers.map { $0.presence.identity != nil }
    let holders = holders
    return state.withLock { state in
      var places = holders.filter { !tried.contains($0) && isConnected[$0] }
      let lively = places.filter {
        state.seen[$0].heard.map { $0.microseconds(until: now) < Self.silenceMicroseconds } ?? false
      }
      if !lively.isEmpty { places = lively }
      guard !places.isEmpty else { return nil }
      let first = places[Int(random % UInt64(places.count))]
      let second = places[Int((random >> 32) % UInt64(places.count))]
      func load(_ place: Int) -> Double { Double(state.seen[place].inFlight + 1) * state.seen[place].microseconds }
      return load(second) < load(first) ? second : first
    }
  }

  // MARK: Hedges

  private enum Event: Sendable {
    case answer(Result<ShardReply, CallError>, isHedge: Bool)
    case late
  }

  /// Asks a member and, if it takes longer than most answers do, one more: the first answer counts.
  private func answer(
    of place: Int, _ tried: inout Set<Int>, _ request: OutboundRequest
  ) async throws(CallError) -> ShardReply {
    let start = surroundings.clock.now()
    let patience = state.withLock { state -> UInt64? in
      // Another member does not have the state that a second search goes on with.
      guard hedges != nil, request.opcode == .search, request.snapshot == 0, state.group?.inSync.count ?? 0 > 1 else {
        return nil
      }
      return state.budget.patience(left: start.microseconds(until: request.deadline))
    }
    let reply: ShardReply
    if let patience {
      let (result, other) = await race(place, after: patience, besides: tried, request)
      if let other { tried.insert(other) }
      reply = try result.get()
    } else {
      reply = try await ask(place, request)
    }
    if request.opcode == .search {
      let took = start.microseconds(until: surroundings.clock.now())
      state.withLock { $0.budget.record(microseconds: took) }
    }
    return reply
  }

  private func race(
    _ place: Int, after patience: UInt64, besides tried: Set<Int>, _ request: OutboundRequest
  ) async -> (Result<ShardReply, CallError>, other: Int?) {
    await withTaskGroup(of: Event.self) { group in
      let asking = { @Sendable (place: Int, isHedge: Bool) async -> Event in
        do throws(CallError) { return .answer(.success(try await self.ask(place, request)), isHedge: isHedge) } catch {
          return .answer(.failure(error), isHedge: isHedge)
        }
      }
      group.addTask { await asking(place, false) }
      group.addTask {
        await self.surroundings.sleep(patience)
        return .late
      }
      var (open, other, failure): (Int, Int?, CallError) = (1, nil, .cancelled)
      while open > 0, let event = await group.next() {
        switch event {
        case .late:
          guard !Task.isCancelled, let next = choose(besides: tried), state.withLock({ $0.budget.take() }) else {
            continue
          }
          (other, open) = (next, open + 1)
          group.addTask { await asking(next, true) }
        case .answer(.success(let reply), let isHedge):
          group.cancelAll()
          if other != nil { hedges?.ended(isHedge) }
          return (.success(reply), other)
        case .answer(.failure(let error), _):
          (open, failure) = (open - 1, error)
        }
      }
      group.cancelAll()
      return (.failure(failure), other)
    }
  }
}

extension OutboundRequest {
  /// The state that a search goes on with, as it stands in the body of SEARCH; 0: the present one.
  fileprivate var snapshot: UInt64 {
    guard opcode == .search, let head = body.sections.first?.bytes, head.count >= 16 else { return 0 }
    return head[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
