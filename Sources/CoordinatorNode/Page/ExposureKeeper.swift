import Arrangement
import Telemetry
import Vocabulary
import Wire

/// What groups of items have been shown over time, and what each is owed.
final class ExposureKeeper: Sendable {
  /// Groups that share the exposure of a collection.
  private struct Scope: Hashable {
    let collection: String
    let attribute: String
    let groups: [ExactText]
  }

  private struct State {
    var balances: [Scope: ExposureBalance] = [:]
    /// The targets that were asked for last.
    var targets: [Scope: [Float]] = [:]
    var shown: Instant?
  }

  /// Scopes that are remembered; a further one takes the place of all, so that no client fills the memory.
  private static let scopesMax = 16
  private static let microsecondsBetweenReadings: UInt64 = 1_000_000

  private let state = Lock(State())
  private let registry: MetricRegistry
  private let clock: any MonotonicClock

  init(_ registry: MetricRegistry, clock: any MonotonicClock) { (self.registry, self.clock) = (registry, clock) }

  private static func scope(_ collection: String, _ exposure: PageRequest.Exposure) -> Scope {
    Scope(collection: collection, attribute: exposure.attribute ?? "", groups: exposure.targets.map(\.group.exact))
  }

  /// What each target's group is owed, in lists.
  func owed(_ collection: String, _ exposure: PageRequest.Exposure) -> [Double] {
    let balance = state.withLock { $0.balances[Self.scope(collection, exposure)] }
    return exposure.targets.enumerated().map { balance?.owed($0, target: Double($1.share)) ?? 0 }
  }

  /// Counts a page that was shown.
  func note(_ collection: String, _ exposure: PageRequest.Exposure, _ groups: [Int?]) {
    let scope = Self.scope(collection, exposure)
    let now = clock.now()
    let isDue = state.withLock { state in
      if state.balances[scope] == nil, state.balances.count >= Self.scopesMax {
        (state.balances, state.targets) = ([:], [:])
      }
      state.balances[scope, default: ExposureBalance(groups: exposure.targets.count)].add(groups)
      state.targets[scope] = exposure.targets.map(\.share)
      let isDue = state.shown.map { $0.microseconds(until: now) >= Self.microsecondsBetweenReadings } ?? true
      if isDue { state.shown = now }
      return isDue
    }
    if isDue { show() }
  }

  /// Shows the shares in place of those that were shown before.
  private func show() {
    let (balances, targets) = state.withLock { ($0.balances, $0.targets) }
    var shares: [(labels: [MetricRegistry.Label], value: Double)] = []
    var wanted = shares
    // Of scopes with other groups beside the same one, the first stands for it.
    var seen: Set<[ExactText]> = []
    for (scope, balance) in balances {
      for (place, group) in scope.groups.enumerated()
      where seen.insert([scope.collection.exact, scope.attribute.exact, group]).inserted {
        let labels: [MetricRegistry.Label] = [
          ("collection", scope.collection), ("attribute", scope.attribute), ("group", group.text),
        ]
        shares.append((labels, balance.share(of: place)))
        wanted.append((labels, Double(targets[scope]?[place] ?? 0)))
      }
    }
    registry.show(
      "winnow_exposure_share", help: "The share of all exposure that a group of items has had.", shares)
    registry.show(
      "winnow_exposure_target", help: "The share of all exposure that a group of items is to have.", wanted)
  }
}
