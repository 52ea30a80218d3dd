import Kernels

/// The order of a list behind its logits (`proto-spec/03-messages/rank.md`, version 7): each step hands in its order, and
/// the arrangement says what the step moved and what it cost.
package struct Arrangement: Sendable {
  /// The steps, in the order in which they act.
  package enum Kind: UInt8, Sendable, CaseIterable {
    case boosts = 1
    case caps = 2
    case diversity = 3
    case exposure = 4
    case pins = 5
  }

  /// What one step did.
  package struct Step: Sendable, Equatable {
    package let kind: Kind
    /// Candidates that stand at another place than before it.
    package let moved: Int
    /// By how much it lowered the sum of the logits of the first k.
    package let cost: Float
    /// By how much it lowered the sum of their probabilities.
    package let clicksCost: Float
    /// By how many places candidates moved up, by position; negative: down.
    fileprivate let places: [Int: Int]
  }

  /// Positions of candidates, best first.
  package private(set) var order: [Int]
  /// What was done so far.
  package private(set) var steps: [Step] = []
  private let logits: [Float?]
  private let k: Int

  /// A list before any step.
  ///
  /// - Parameters:
  ///   - order: Positions of candidates, best first.
  ///   - logits: Of each candidate by its position; `nil` without one.
  ///   - k: Places of which the costs are told.
  package init(order: [Int], logits: [Float?], k: Int) {
    self.order = order
    self.logits = logits
    self.k = k
  }

  /// Takes the order that a step has made of the one before it; candidates may be missing from it, or new.
  package mutating func take(_ kind: Kind, _ new: [Int]) {
    var places: [Int: Int] = [:]
    var before = [Int](repeating: -1, count: logits.count)
    for (place, position) in order.enumerated() { before[position] = place }
    for (place, position) in new.enumerated() where before[position] != place {
      // One that was in no place came from behind the last.
      places[position] = (before[position] < 0 ? order.count : before[position]) - place
    }
    steps.append(
      Step(
        kind: kind, moved: places.count, cost: sum(order) { $0 } - sum(new) { $0 },
        clicksCost: sum(order, Self.probability) - sum(new, Self.probability), places: places))
    order = new
  }

  /// By how many places each step moved the candidate at a position, without those that did not.
  package func moves(of position: Int) -> [(kind: Kind, places: Int)] {
    steps.compactMap { step in step.places[position].map { (step.kind, $0) } }.filter { $0.places != 0 }
  }

  private func sum(_ order: [Int], _ value: (Float) -> Float) -> Float {
    order.prefix(k).reduce(0) { $0 + (logits[$1].map(value) ?? 0) }
  }

  private static func probability(_ logit: Float) -> Float { Exact.sigmoid(logit) }
}
