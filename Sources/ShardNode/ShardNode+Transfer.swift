import Placement
import Transport
import Vocabulary
package import Wire

extension ShardNode {
  /// Takes a step of a transfer.
  func transferred(
    _ request: TransferRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> TransferResponse {
    switch request.step {
    case .digest(let slots, let key):
      let content = try await digest(try await store.contents(key, epoch: inbound.epoch).snapshot, slots, inbound)
      return TransferResponse(state: .notOpen, items: content.itemCount, digest: content)
    case .read(let part):
      let reading = try await store.read(
        part: part, of: request.transfer, epoch: inbound.epoch, byteCountMax: configuration.partBytes)
      switch reading {
      case .answer(let response): return response
      case .copy(let copy):
        return try await store.finish(copy.run(byteCountMax: configuration.partBytes), of: request.transfer)
      }
    case .write(_, let contents):
      let response = try await step(request, inbound)
      await encodeBlocks(of: contents.key, written: contents.ids.count)
      return response
    case .beginTarget:
      let response = try await step(request, inbound)
      try await forgetAll(inbound)
      return response
    case .beginSource, .freeze, .end:
      return try await step(request, inbound)
    }
  }

  /// Takes a step that changes something.
  private func step(_ request: TransferRequest, _ inbound: InboundRequest) async throws(WireError) -> TransferResponse {
    let now = clock.now()
    // Only a part takes room; the other steps let items go in the end.
    let takesRoom = if case .write = request.step { true } else { false }
    return try await store.change(
      inbound.record, epoch: inbound.epoch, mayUseReserve: !takesRoom
    ) { (state, log) throws(WireError) in try state.transfer(request, now: now, log: log) }
  }

  /// Removes items in slots that are about to be filled, and all other items that no epoch and no transfer needs.
  private func forgetAll(_ inbound: InboundRequest) async throws(WireError) {
    while try await store.forgetSome(now: clock.now()) {
      guard !inbound.isCancelled, clock.now() < inbound.deadline else {
        throw WireError(.slotFrozen, retryAfterMilliseconds: TransferRequest.retryAfterMilliseconds)
      }
      await Task.yield()
    }
  }

  /// Removes some of the items that no epoch and no transfer needs; called every now and then.
  ///
  /// - Returns: Whether there is more to do.
  @discardableResult
  package func forgetSome() async throws(WireError) -> Bool { try await store.forgetSome(now: clock.now()) }
}
