import Placement
import Transport
import Vocabulary
import Wire

/// Answers EVENT.
struct EventService: Sendable {
  let fleet: ShardFleet
  let metrics: EventMetrics
  let arms: ArmKeeper

  /// Gives each shopper's shard its events with the same writer and op, and the time at which they came.
  func take(_ request: EventRequest, _ inbound: InboundRequest) async throws(WireError) -> EventResponse {
    let serving = fleet.registry.serving
    let collection = try serving.collection(request.collection, Generation(0))
    try await fleet.registry.noteEvents(of: collection)
    var request = request
    request.received = fleet.surroundings.wallTime
    request.settings = collection.histories
    for place in request.events.indices where request.events[place].event.time == 0 {
      request.events[place].event.time = request.received
    }
    let shares = await ShareDelivery(fleet: fleet).give(
      request.events.map(\.user), serving, by: fleet.gatherEnd(inbound.deadline), isRetry: inbound.isRetry,
      fits: { _, _ in true }
    ) { [request] share -> EventRequest in
      guard share.count < request.events.count else { return request }
      var part = request
      part.events = share.map { request.events[$0] }
      return part
    }
    let response = try Self.merged(shares)
    metrics.answered(request, response)
    if !response.isReplayed { arms.happened(request.events, collection) }
    return response
  }

  /// One answer for all events.
  ///
  /// - Throws: if certainly nothing was executed.
  private static func merged(_ shares: [ShareDelivery.Share<EventResponse>]) throws(WireError) -> EventResponse {
    var response = EventResponse()
    var answers: [EventResponse] = []
    var failures: [CallError] = []
    for (positions, result) in shares {
      switch result {
      case .success(let answer):
        answers.append(answer)
        response.counts += answer.counts
      case .failure(let error):
        failures.append(error)
        if error.isNotExecuted {
          response.notExecuted += UInt32(clamping: positions.count)
        } else {
          response.unknown += UInt32(clamping: positions.count)
        }
      }
    }
    if answers.isEmpty, failures.allSatisfy(\.isNotExecuted) { throw WriteMerge.refusal(failures) }
    response.durability = !answers.isEmpty && answers.allSatisfy { $0.durability == .disk } ? .disk : .memory
    response.isReplayed = !answers.isEmpty && answers.allSatisfy(\.isReplayed)
    return response
  }
}
