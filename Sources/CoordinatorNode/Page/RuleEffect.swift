import Filters
import Vocabulary
import Wire

/// What the rules that act on a query ask for.
package struct RuleEffect: Sendable {
  /// An item at a place of the list.
  struct Pin: Sendable, Equatable {
    let item: UInt64
    /// From 1.
    let place: Int
    /// Whether it is shown although the filter keeps it out.
    let isForced: Bool
    /// The rule that says so.
    let rule: String
  }

  /// What a filter matches gets more, or less, than its logit.
  struct Boost: Sendable, Equatable {
    let filter: Filter
    let logits: Float
  }

  /// Joined to the filter of the request.
  var filters: [Filter] = []
  var boosts: [Boost] = []
  var pins: [Pin] = []
  var cap: RankRequest.GroupCap?
  /// For the report.
  var outcomes: [PageReport.Rule] = []

  /// No rule acts.
  package init() {}

  /// The filter of a request and those of rules.
  func filter(with asked: Filter?) -> Filter? {
    let parts = (asked.map { [$0] } ?? []) + filters
    return parts.count > 1 ? .and(parts.flatMap(\.joined)) : parts.first
  }

  /// A rule turned out not to act as it says.
  mutating func note(_ rule: String, _ outcome: PageReport.Rule.Outcome) {
    guard let place = outcomes.firstIndex(where: { $0.name == rule }) else { return }
    outcomes[place].outcome = outcome
  }
}

extension Filter {
  /// The parts that an `and` on top joins.
  fileprivate var joined: [Filter] { if case .and(let children) = self { children } else { [self] } }
}
