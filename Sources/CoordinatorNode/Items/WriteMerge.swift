package import Transport
package import Wire

/// The outcome of a write whose items lie on several shards.
package struct WriteMerge: Sendable {
  /// Some items of a write, by their positions in the request, and what their owner answered.
  package typealias Part = (positions: [Int], result: Result<WriteResponse, CallError>)

  private let itemCount: Int
  private let parts: [Part]

  /// The answers of the owners, each with the positions of its items in the request.
  package init(itemCount: Int, parts: [Part]) {
    self.itemCount = itemCount
    self.parts = parts
  }

  /// One answer for all items, in the order of the request.
  ///
  /// - Throws: if certainly nothing was executed: the first refusal that a repeat would meet again, else NO_REPLICA.
  package func response() throws(WireError) -> WriteResponse {
    var statuses = [WriteResponse.Status](repeating: .notExecuted, count: itemCount)
    var versions = [UInt64](repeating: 0, count: itemCount)
    var answers: [WriteResponse] = []
    var failures: [CallError] = []
    for (positions, result) in parts {
      switch result {
      case .success(let answer):
        answers.append(answer)
        for (index, position) in positions.enumerated() {
          statuses[position] = answer.statuses[index]
          versions[position] = answer.versions[index]
        }
      case .failure(let error):
        failures.append(error)
        if !error.isNotExecuted { for position in positions { statuses[position] = .unknown } }
      }
    }
    if answers.isEmpty, failures.allSatisfy(\.isNotExecuted) { throw Self.refusal(failures) }
    return WriteResponse(
      durability: !answers.isEmpty && answers.allSatisfy { $0.durability == .disk } ? .disk : .memory,
      isReplayed: !answers.isEmpty && answers.allSatisfy(\.isReplayed), copies: answers.map(\.copies).min() ?? 0,
      statuses: statuses, versions: versions)
  }

  /// The error of a request of which certainly nothing was executed.
  static func refusal(_ failures: [CallError]) -> WireError {
    let refusals = failures.compactMap { if case .refused(let error) = $0 { error } else { nil } }
    if let lasting = refusals.first(where: { !$0.errorClass.contains(.retriable) }) { return lasting }
    if let first = refusals.first, refusals.count == failures.count { return first }
    return WireError(.noReplica, retryAfterMilliseconds: 100, message: "no shard that owns one of the ids can be asked")
  }
}
