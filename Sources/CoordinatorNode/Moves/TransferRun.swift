import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Carries one batch of slots from a shard to another: the thin shell of `SlotTransfer`.
struct TransferRun: Sendable {
  let mover: Mover
  let fleet: ShardFleet
  let authority: MapAuthority
  let source: Peer
  let target: Peer
  let slots: SlotSet
  /// Whether it is given up for other slots if the target is not free yet.
  let yields: Bool
  let plan: MovePlan
  /// The data that each side had when the batch began; other data has lost what was begun.
  let incarnations: [ShardID: Bytes16]
  /// Of this batch alone: what comes late for an earlier one is told from it.
  let id: UInt64
  /// The instances whose digests are compared before the switch.
  let instances: [InstanceKey]

  /// How long a step may take at a shard.
  private static let stepMicroseconds: UInt64 = 10_000_000

  /// Works until the slots have moved, or it is given up.
  func run() async -> SlotTransfer.Outcome {
    let clock = fleet.surroundings.clock
    var machine = SlotTransfer(
      verifying: plan.verifies ? instances.count : 0, bytesPerSecond: plan.bytesPerSecond,
      nextRead: mover.progress.withLock { $0.nextRead },
      patienceMicroseconds: yields ? 0 : SlotTransfer.patienceMicrosecondsUsual)
    var part: TransferPart?
    machine.begin(at: clock.now())
    while true {
      var actions = machine.takeActions()
      if mover.wantsEnd(of: plan) {
        machine.cancel()
        // What it wanted before it was cancelled is not done any more.
        let later = machine.takeActions()
        actions = later.isEmpty ? actions : later
      }
      mover.note(machine)
      guard let action = actions.last else { return .failed(.init(.internalFault, "the transfer wants nothing")) }
      if case .finish(let outcome) = action {
        if machine.hasSwitched { mover.noteFrozen(microseconds: machine.frozenMicroseconds) }
        return outcome
      }
      do throws(Refusal) { try await perform(action, &machine, &part) } catch {
        if error.failure.isBusy { mover.noteBusy(target.id, slots, milliseconds: error.retryAfterMilliseconds) }
        machine.failed(error.failure, retryAfterMilliseconds: error.retryAfterMilliseconds, at: clock.now())
      }
    }
  }

  /// A step that was not done.
  private struct Refusal: Error {
    var failure: SlotTransfer.Failure
    var retryAfterMilliseconds: UInt32 = 0
  }

  private func perform(
    _ action: SlotTransfer.Action, _ machine: inout SlotTransfer, _ part: inout TransferPart?
  ) async throws(Refusal) {
    let clock = fleet.surroundings.clock
    switch action {
    case .begin(.target):
      _ = try await tell(.target, .beginTarget(slots))
      machine.began(.target)
    case .begin(.source):
      _ = try await tell(.source, .beginSource(slots))
      machine.began(.source)
    case .read(let number):
      if !machine.isFrozen { await mover.letQueriesGoFirst(plan) }
      let reply = try await tell(.source, .read(part: number))
      part = reply.contents
      let byteCount = UInt64(part?.body.byteCount ?? 0)
      machine.read(
        .init(state: reply.state, hasPart: part != nil, byteCount: byteCount, changed: reply.changed), at: clock.now())
    case .write(let number):
      guard let read = part else { throw Refusal(failure: .init(.internalFault, "nothing was read")) }
      _ = try await tell(.target, .write(part: number, read))
      mover.copied(items: read.ids.count + read.gone.count, bytes: read.body.byteCount)
      part = nil
      machine.written(at: clock.now())
    case .freeze:
      _ = try await tell(.source, .freeze)
      machine.frozen()
    case .digest(let index):
      let request = TransferRequest.Step.digest(slots, instances[index])
      async let there = tell(.target, request, transfer: 0)
      let here = try await tell(.source, request, transfer: 0)
      let copy: TransferResponse
      do { copy = try await there } catch { throw error as? Refusal ?? Refusal(failure: .init(.internalFault)) }
      machine.digested(source: here.digest, target: copy.digest)
    case .switchOwner:
      try await switchOwner()
      machine.switched(at: clock.now())
    case .end(let side):
      await fleet.end(id, at: side == .source ? source : target)
      machine.ended(side)
    case .wait(let until):
      while clock.now() < until, !mover.wantsEnd(of: plan) { await mover.bell.wait(until: until) }
      machine.passed()
    case .finish: break
    }
  }

  private func tell(
    _ side: SlotTransfer.Side, _ step: TransferRequest.Step, transfer: UInt64? = nil
  ) async throws(Refusal) -> TransferResponse {
    let peer = side == .source ? source : target
    let answer: ShardFleet.Answer<TransferResponse>
    do throws(CallError) {
      answer = try await fleet.ask(
        peer, TransferRequest(transfer: transfer ?? id, step: step), epoch: authority.map.epoch,
        by: fleet.surroundings.later(Self.stepMicroseconds))
    } catch {
      guard case .refused(let refusal) = error else {
        throw Refusal(failure: .init(.noReplica, at: side, error.missingCause.words))
      }
      throw Refusal(
        failure: .init(refusal.code, at: side, refusal.message),
        retryAfterMilliseconds: refusal.retryAfterMilliseconds)
    }
    guard answer.incarnation == incarnations[peer.id] else {
      throw Refusal(failure: .init(.noReplica, at: side, "it has restarted"))
    }
    return answer.reply
  }

  private func switchOwner() async throws(Refusal) {
    do throws(WireError) {
      let map: ShardMap
      do throws(ShardMapError) {
        map = try authority.map.moving(slots, to: target.shard.id)
      } catch {
        throw WireError(.conflict, message: "the shard map: \(error)")
      }
      try await authority.change(
        to: map, tellingFirst: [target.shard.id, source.shard.id], by: fleet.surroundings.later(Self.stepMicroseconds))
    } catch {
      throw Refusal(failure: .init(error.code, error.message))
    }
  }
}
