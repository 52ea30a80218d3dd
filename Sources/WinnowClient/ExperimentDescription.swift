import Wire

/// An experiment, and what the coordinator that was asked has seen of it.
public struct ExperimentDescription: Sendable {
  /// How far it is.
  public enum State: String, Sendable {
    case none, waiting, acting, ended
  }

  /// What was counted of an arm.
  public struct Counts: Hashable, Sendable {
    public let queries, failures, microseconds, clicks, carts, purchases: UInt64
    /// Clicks for each query, less those of the first arm.
    public let difference: Double
    /// Half of the interval around it that holds at every look; 0: too few have clicked.
    public let width: Double
  }

  /// What was measured of the shadow.
  public struct Shadow: Hashable, Sendable {
    public let queries, results, shared, microseconds: UInt64
    /// Kendall's rank correlation over the results that both have, −1…1.
    public let correlation: Double
  }

  public let state: State
  public let split: ShopperSplit
  /// Microseconds since 1970; 0: not yet.
  public let began, ended: UInt64
  /// Why it ended.
  public let reason: String
  /// In the order of the arms.
  public let counts: [Counts]
  public let shadow: Shadow

  init(_ wire: ExperimentResponse) {
    state =
      switch wire.state {
      case .none: .none
      case .waiting: .waiting
      case .acting: .acting
      case .ended: .ended
      }
    split = ShopperSplit(wire.plan)
    (began, ended, reason) = (wire.began, wire.ended, wire.reason)
    counts = wire.counts.map { arm in
      Counts(
        queries: arm.queries, failures: arm.failures, microseconds: arm.microseconds, clicks: arm.clicks,
        carts: arm.carts, purchases: arm.purchases, difference: Double(arm.difference), width: Double(arm.width))
    }
    let shadow = wire.shadow
    self.shadow = Shadow(
      queries: shadow.measured, results: shadow.results, shared: shadow.shared, microseconds: shadow.microseconds,
      correlation: Double(shadow.correlation))
  }
}
