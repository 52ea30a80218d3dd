public import Vocabulary
import Wire

/// How the shoppers of a collection are divided between generations, the arms of an experiment.
public struct ShopperSplit: Hashable, Sendable {
  /// Shoppers that one generation answers.
  public struct Arm: Hashable, Sendable {
    public var name: String
    public var generation: Generation
    /// Of the shoppers, 0…1; those of all arms are 1 together.
    public var share: Double

    public init(_ name: String, _ generation: Generation, share: Double) {
      (self.name, self.generation, self.share) = (name, generation, share)
    }
  }

  /// What ends the experiment, so that the first arm serves all.
  public enum Guard: Hashable, Sendable {
    /// A larger share of an arm's queries fails.
    case errors(above: Double)
    /// More than one query in a hundred takes longer.
    case slow(microseconds: Int)
    /// Clicks for each query are fewer than the first arm's by more than this part of them.
    case clicks(below: Double)
  }

  /// The first one is what others are compared with.
  public var arms: [Arm] = []
  /// Answers a share of the queries in the background, which shows to what shoppers see.
  public var shadow: Arm?
  public var guards: [Guard] = []
  /// By which shoppers are mixed; 0: the coordinator makes one.
  public var salt: UInt64 = 0

  public init() {}

  /// A split of these arms.
  public init(_ arms: [Arm]) { self.arms = arms }

  private static func millionths(_ value: Double) -> UInt32 {
    UInt32(exactly: (value * 1e6).rounded()) ?? (value > 0 ? .max : 0)
  }

  var plan: ExperimentPlan {
    var plan = ExperimentPlan()
    plan.salt = salt
    plan.arms = arms.map { .init($0.name, $0.generation, share: Self.millionths($0.share)) }
    if let shadow { (plan.shadow, plan.shadowShare) = (shadow.generation, Self.millionths(shadow.share)) }
    plan.guards = guards.map { limit in
      switch limit {
      case .errors(let share): .init(.errors, limit: Self.millionths(share))
      case .slow(let microseconds): .init(.slow, limit: UInt32(clamping: microseconds))
      case .clicks(let share): .init(.clicks, limit: Self.millionths(share))
      }
    }
    return plan
  }

  init(_ plan: ExperimentPlan) {
    salt = plan.salt
    arms = plan.arms.map { Arm($0.name, $0.generation, share: Double($0.share) / 1e6) }
    if plan.shadowShare > 0 { shadow = Arm("shadow", plan.shadow, share: Double(plan.shadowShare) / 1e6) }
    guards = plan.guards.map { limit in
      let share = Double(limit.limit) / 1e6
      return switch limit.kind {
      case .errors: .errors(above: share)
      case .slow: .slow(microseconds: Int(limit.limit))
      case .clicks: .clicks(below: share)
      }
    }
  }
}
