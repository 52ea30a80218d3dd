import Telemetry
import Transport
import Vocabulary
import Wire

/// What answers miss because only a part of the items is re-ranked, and what another generation would have answered: a
/// share of the queries is asked once more, in the background and one at a time, with ten times the candidates or of the
/// generation in the shadow.
final class LossMeter: Sendable {
  /// A query and what it was answered.
  struct Sample: Sendable {
    let request: RankRequest
    let shown: [UInt64]
    /// Has another generation in its shadow, which is asked; `nil`: the same one is, with more candidates.
    let shadowed: ServingCollection?
  }

  private static let factor = 10
  /// At least so long between two.
  private static let pauseMicroseconds: UInt64 = 100_000
  private static let budgetMicroseconds: UInt64 = 5_000_000

  private let rate: Double
  private let surroundings: Coordinator.Surroundings
  private let top, found, measured: SeriesTable<String, Counter>
  private let arms: ArmKeeper
  private let bell: Bell
  private let next = Lock<Sample?>(nil)

  /// - Parameter rate: The share of queries that are measured; 0: none is.
  init(rate: Double, _ surroundings: Coordinator.Surroundings, _ registry: MetricRegistry, _ arms: ArmKeeper) {
    (self.rate, self.surroundings, self.arms) = (rate, surroundings, arms)
    bell = Bell(timers: surroundings.timers)
    func counters(_ name: String, _ help: String) -> SeriesTable<String, Counter> {
      SeriesTable { registry.counter(name, help: help, labels: [("collection", $0)]) }
    }
    measured = counters(
      "winnow_retrieval_measured_total", "Queries that were asked once more with ten times the candidates.")
    top = counters("winnow_retrieval_top_total", "Results of these queries from ten times the candidates.")
    found = counters("winnow_retrieval_found_total", "Those of them that the answer had.")
  }

  /// Takes a query for measurement, if it is one of the share, was answered in whole, and none waits.
  func note(_ request: RankRequest, _ response: RankResponse, _ collection: ServingCollection?, isOverloaded: Bool) {
    let (results, report) = (response.results, response.report)
    guard !isOverloaded, results.isRanked, report.reranked == report.candidates, report.missing.isEmpty,
      request.page == PageRequest()
    else { return }
    let isShadowed = isDrawn(Double(collection?.experiment?.plan.shadowShare ?? 0) / 1e6)
    guard isShadowed || request.depth < Limits.depthMax && isDrawn(rate) else { return }
    let isTaken = next.withLock { next in
      guard next == nil else { return false }
      next = Sample(request: request, shown: results.ids, shadowed: isShadowed ? collection : nil)
      return true
    }
    if isTaken { bell.ring() }
  }

  private func isDrawn(_ share: Double) -> Bool {
    share > 0 && Double(surroundings.random.next() >> 11) * 0x1p-53 < share
  }

  /// Measures until the task is cancelled.
  ///
  /// - Parameter answer: Answers a query without counting it; `nil`: it could not be answered in whole.
  func run(_ answer: @escaping @Sendable (RankRequest, Instant) async -> [UInt64]?) async {
    while !Task.isCancelled {
      await bell.wait()
      if let sample = next.withLock({ $0 }) {
        await withTaskExecutorPreference(surroundings.background) { await measure(sample, answer) }
      }
      await surroundings.sleep(Self.pauseMicroseconds)
      next.withLock { $0 = nil }
    }
  }

  /// Results from ten times the candidates, and those of them that answers had; `nil`: none was measured.
  func reading(_ collection: String) -> (results: UInt64, found: UInt64)? {
    guard rate > 0 else { return nil }
    let results = top[collection].value
    return results > 0 ? (results, found[collection].value) : nil
  }

  /// A function of its own, because the body of `withTaskExecutorPreference` may stay where the caller is.
  @concurrent
  private func measure(
    _ sample: Sample, _ answer: @Sendable (RankRequest, Instant) async -> [UInt64]?
  ) async {
    var request = sample.request
    request.explainedCount = 0
    if let collection = sample.shadowed {
      request.generation = collection.experiment?.plan.shadow ?? Generation(0)
      let start = surroundings.clock.now()
      guard let ids = await answer(request, surroundings.later(Self.budgetMicroseconds)) else { return }
      arms.measured(
        collection, shown: sample.shown, shadow: ids, microseconds: start.microseconds(until: surroundings.clock.now()))
      return
    }
    request.depth = min(request.depth * Self.factor, Limits.depthMax)
    guard let best = await answer(request, surroundings.later(Self.budgetMicroseconds)), !best.isEmpty else { return }
    let shown = Set(sample.shown)
    measured[request.collection].add()
    top[request.collection].add(UInt64(best.count))
    found[request.collection].add(UInt64(best.count { shown.contains($0) }))
  }
}
