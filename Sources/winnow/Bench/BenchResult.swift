import LoadClient

/// The result of a bench: one run, or one for each step or trial.
struct BenchResult: Sendable {
  /// Where a search for the highest rate ended.
  struct Maximum: Sendable {
    /// `nil`: no rate held.
    var best: Double?
    var failed: Double?
    /// Why the next one failed; empty if none did.
    var reason = ""
  }

  var collection: String
  var runs: [BenchRun]
  /// The promise as it was written.
  var serviceLevel: String?
  /// The service levels that each run missed, in words; as many as runs.
  var breaches: [[String]]
  var maximum: Maximum?

  init(collection: String, runs: [BenchRun], serviceLevel: ServiceLevel?) {
    self.collection = collection
    self.runs = runs
    self.serviceLevel = serviceLevel.map { $0.bounds.map(\.text).joined(separator: ",") }
    breaches = runs.map { run in serviceLevel?.breaches(of: run.report).map(Self.words) ?? [] }
  }

  /// Results of clients that ran side by side, as one.
  ///
  /// - Returns: `nil` if they are not of the same number of runs.
  init?(merging results: [BenchResult], serviceLevel: ServiceLevel?) {
    guard var whole = results.first, results.allSatisfy({ $0.runs.count == whole.runs.count }) else { return nil }
    for other in results.dropFirst() {
      for index in whole.runs.indices { whole.runs[index].merge(other.runs[index]) }
    }
    self.init(collection: whole.collection, runs: whole.runs, serviceLevel: serviceLevel)
  }

  /// A promise that was not kept.
  static func words(_ breach: ServiceLevel.Breach) -> String {
    guard let value = breach.value else { return "\(breach.bound.text) was not measured" }
    let shown = breach.bound.measure.isLatency ? Text.milliseconds(Int(value)) : Text.fixed(value, 5)
    return "\(breach.bound.text) does not hold: it is \(shown)"
  }
}
