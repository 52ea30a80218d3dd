/// What a training run has not learned from: the field `held_out` of `training.json`.
///
/// Whoever evaluates the model divides the log by the same rule, and can tell when the model was trained on what it is
/// tested on.
package struct HoldOut: Codable, Sendable, Equatable {
  private enum Word: String, Codable {
    case nothing
    case lastOut = "last_out"
    case dates
    case randomOne = "random_one"
  }

  private let rule: Word
  /// Milliseconds since 1970; only with dates.
  private let validationFrom, testFrom: Int64?
  /// Only where one of each user was drawn.
  private let seed: UInt64?
  /// Events of the log before it was divided.
  package let events: Int
  /// Whether the last run also learned from what was held out to choose settings by.
  package let refitted: Bool

  /// - Parameters:
  ///   - rule: `nil` if all events were learned from.
  ///   - events: Events of the log before it was divided.
  ///   - refitted: Whether the validation part was learned from too, once settings were chosen.
  package init(_ rule: Split.Rule?, events: Int, refitted: Bool = false) {
    self.events = events
    self.refitted = refitted
    switch rule {
    case nil: (self.rule, validationFrom, testFrom, seed) = (.nothing, nil, nil, nil)
    case .lastOut: (self.rule, validationFrom, testFrom, seed) = (.lastOut, nil, nil, nil)
    case .dates(let validation, let test): (self.rule, validationFrom, testFrom, seed) = (.dates, validation, test, nil)
    case .randomOne(let drawn): (self.rule, validationFrom, testFrom, seed) = (.randomOne, nil, nil, drawn)
    }
  }

  /// How the log was divided; `nil` if all events were learned from.
  package var splitRule: Split.Rule? {
    switch rule {
    case .nothing: nil
    case .lastOut: .lastOut
    case .dates: .dates(validation: validationFrom ?? .max, test: testFrom ?? .max)
    case .randomOne: .randomOne(seed: seed ?? 0)
    }
  }

  /// Of each event of a log, whether it was learned from, `[events]`; the log must be the one that was divided.
  package func isLearned(_ log: Interactions) -> [Bool] {
    guard let splitRule else { return [Bool](repeating: true, count: log.count) }
    return Split(log, splitRule).parts.map { $0 == .training || ($0 == .validation && refitted) }
  }
}
