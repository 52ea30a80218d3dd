import Telemetry
import Transport
import Vocabulary
import Wire

/// What this coordinator sees of the arms of experiments, and of generations in the shadow.
final class ArmKeeper: Sendable {
  private struct Watch {
    /// Tells one experiment of a collection from the next.
    let began: UInt64
    var arms: [ArmCounts]
    var shadow = ExperimentResponse.Shadow()
    var correlations = 0.0

    init(_ experiment: Experiment) {
      began = experiment.began
      let guards = experiment.plan.guards.count
      arms = experiment.plan.arms.map { _ in ArmCounts(guards: guards) }
    }
  }

  /// The mistakes of the cluster among those that a query can be answered with.
  private static let failures: Set<ErrorCode> = [
    .deadlineExceeded, .coverageNotMet, .noReplica, .internalFault, .storageFailed, .corruptShard, .dimensionMismatch,
  ]

  private let metrics: ArmMetrics
  private let watches = Lock<[ExactText: Watch]>([:])

  init(_ registry: MetricRegistry) { metrics = ArmMetrics(registry) }

  private func change(_ collection: String, _ experiment: Experiment, _ change: (inout Watch) -> Void) {
    watches.withLock { watches in
      let known = watches[collection.exact]
      var watch = known?.began == experiment.began ? known ?? Watch(experiment) : Watch(experiment)
      change(&watch)
      watches[collection.exact] = watch
    }
  }

  /// Forgets collections that no longer serve.
  func keep(where serves: (String) -> Bool) {
    watches.withLock { watches in watches = watches.filter { serves($0.key.text) } }
  }

  /// A query of a shopper was answered, or failed with an error.
  func answered(_ request: RankRequest, _ serving: ServingCollection?, _ error: ErrorCode?, microseconds: UInt64) {
    guard request.generation.rawValue == 0, let name = serving?.name, let experiment = serving?.experiment,
      let user = request.user?.rawValue,
      let arm = experiment.plan.arm(of: user), error.map(Self.failures.contains) ?? true,
      let place = experiment.plan.arms.firstIndex(of: arm)
    else { return }
    change(name, experiment) { watch in
      watch.arms[place].answered(
        user, failed: error != nil, microseconds: microseconds, guards: experiment.plan.guards)
    }
    metrics.answered(name, arm.name, failed: error != nil)
  }

  /// Shoppers of a collection did something.
  func happened(_ entries: [EventRequest.Entry], _ collection: ServingCollection) {
    guard let experiment = collection.experiment, !experiment.plan.arms.isEmpty else { return }
    for entry in entries where [.click, .cart, .purchase].contains(entry.event.kind) {
      guard let arm = experiment.plan.arm(of: entry.user), let place = experiment.plan.arms.firstIndex(of: arm)
      else { continue }
      change(collection.name, experiment) { $0.arms[place].happened(entry.user, entry.event.kind) }
      metrics.happened(collection.name, arm.name, entry.event.kind)
    }
  }

  /// The shadow has answered a query too.
  func measured(
    _ collection: ServingCollection, shown: [UInt64], shadow: [UInt64], microseconds: UInt64
  ) {
    guard let experiment = collection.experiment else { return }
    let places = Dictionary(shown.enumerated().map { ($1, $0) }) { first, _ in first }
    let shared = shadow.compactMap { places[$0] }
    let correlation = Self.correlation(shared)
    change(collection.name, experiment) { watch in
      watch.shadow.measured += 1
      watch.shadow.results += UInt64(shadow.count)
      watch.shadow.shared += UInt64(shared.count)
      watch.shadow.microseconds &+= microseconds
      watch.correlations += correlation
      watch.shadow.correlation = Float(watch.correlations / Double(watch.shadow.measured))
    }
    metrics.measured(collection.name, results: shadow.count, shared: shared.count)
  }

  /// Kendall's τ between an order and the ascending one, without ties; 0 for fewer than two. O(n²) of n results.
  private static func correlation(_ places: [Int]) -> Double {
    guard places.count > 1 else { return 0 }
    var concordant = 0
    for later in places.indices { concordant += places[..<later].count { $0 < places[later] } }
    let pairs = Double(places.count * (places.count - 1) / 2)
    return 2 * Double(concordant) / pairs - 1
  }

  // MARK: Reading

  /// Adds what was counted to an answer.
  func show(_ collection: String, _ experiment: Experiment, in response: inout ExperimentResponse) {
    let known = watches.withLock { $0[collection.exact] }
    let watch = known.flatMap { $0.began == experiment.began ? $0 : nil } ?? Watch(experiment)
    response.shadow = watch.shadow
    response.counts = watch.arms.enumerated().map { place, arm in
      var counts = ExperimentResponse.Counts()
      (counts.queries, counts.failures, counts.microseconds) = (arm.queries, arm.failures, arm.microseconds)
      (counts.clicks, counts.carts, counts.purchases) = (UInt64(arm.clicks), arm.carts, arm.purchases)
      if place > 0, let difference = arm.difference(watch.arms[0]) {
        (counts.difference, counts.width) = (Float(difference.mean), Float(difference.width))
      }
      return counts
    }
  }

  /// Which arm breaks a guard, and how, for people; `nil`: none does.
  func breach(_ collection: String, _ experiment: Experiment) -> String? {
    guard let watch = watches.withLock({ $0[collection.exact] }), watch.began == experiment.began,
      let first = watch.arms.first
    else { return nil }
    for (arm, counts) in zip(experiment.plan.arms, watch.arms).dropFirst() {
      for (place, limit) in experiment.plan.guards.enumerated() {
        if let words = counts.breach(limit, at: place, first) { return "arm \(arm.name): \(words)" }
      }
    }
    return nil
  }
}
