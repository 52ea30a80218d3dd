import Metadata
import Transport
import Vocabulary
import Wire

/// What a coordinator does that is one of several.
extension Coordinator {
  /// What only the chair does, since it holds what belongs to it in memory: feeds and uploads that are open, copies of
  /// snapshots, how far moves are, and the log of the cluster.
  private static let ofTheChair: OpcodeSet = [
    .collectionCreate, .collectionDrop, .generation, .modelLoad, .feed, .snapshot, .rebalance, .clusterLog,
  ]
  /// What may change the catalogue.
  private static let agreed: OpcodeSet = [
    .collectionCreate, .collectionDrop, .generation, .modelLoad, .feed, .snapshot, .rebalance, .history, .event, .rule,
  ]

  /// Answers a request, or hands it on to the chair.
  nonisolated(nonsending) func answer(_ request: InboundRequest, in council: Council) async -> Outcome {
    if let refusal { return await router.answer(request, refusal: refusal) }
    let comesFromAnother = request.peerRole == .coordinator
    // Another coordinator fetches a model, which this one may have before it has all of them.
    if comesFromAnother, request.opcode == .snapshot { return await router.answer(request) }
    if Self.ofTheChair.contains(request.opcode), !council.isChair {
      return comesFromAnother ? .failure(.onlyTheChair) : await council.handOn(request)
    }
    let outcome = await router.answer(request, refusal: comesFromAnother ? nil : council.refusal)
    switch outcome {
    case .failure(let error) where error.isOnlyTheChair && !comesFromAnother: return await council.handOn(request)
    case .failure: return outcome
    case .reply:
      guard Self.agreed.contains(request.opcode), council.isChair else { return outcome }
      do throws(WireError) {
        try await council.awaitAll(served, by: request.deadline)
        return outcome
      } catch { return .failure(error) }
    }
  }
}
