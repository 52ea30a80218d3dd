/// The events that a training run has not learned from: `held_out` of `training.json`.
///
/// An evaluation divides the log by the same rules, and can tell when the model was trained on its test events.
package struct HoldOut: Codable, Sendable, Equatable {
  /// The test events, taken out of the log before all other steps.
  package enum Test: Sendable, Equatable {
    /// Nothing, or the test is a file of its own.
    case nothing
    /// The last event of each user who has at least three.
    case last
    /// The last two of each such user: the last but one chooses the settings and is never learned from, not even in the
    /// end.
    case lastTwo
    /// All events from a time on, in milliseconds since 1970.
    case date(Int64)
  }

  private enum CodingKeys: String, CodingKey {
    case test, testFrom, drawSeed, visit, events
  }

  private enum Word: String, Codable {
    case nothing, last, date
    case lastTwo = "last_two"
  }

  private let word: Word
  private let testFrom: Int64?
  private let drawSeed: UInt64?
  private let visit: Int64?
  /// Events of the log before it was divided.
  package let events: Int
  /// Whether the events that chose the settings were learned from in the end.
  package var isRefitted = false
  /// Whether users have vectors of a history in which those events stand, although nothing was learned from them.
  package var isFolded = false

  /// - Parameters:
  ///   - order: By which the last event of each user was held out of the rest, to choose settings by.
  ///   - visit: The length of a visit, where the last one was held out to choose settings by.
  ///   - events: Events of the log before it was divided.
  package init(_ test: Test, order: FitParts.Order = .time, visit: Int64? = nil, events: Int) {
    self.events = events
    self.visit = visit
    drawSeed = if case .random(let seed) = order { seed } else { nil }
    switch test {
    case .nothing: (word, testFrom) = (.nothing, nil)
    case .last: (word, testFrom) = (.last, nil)
    case .lastTwo: (word, testFrom) = (.lastTwo, nil)
    case .date(let time): (word, testFrom) = (.date, time)
    }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    word = try container.decode(Word.self, forKey: .test)
    testFrom = try container.decodeIfPresent(Int64.self, forKey: .testFrom)
    drawSeed = try container.decodeIfPresent(UInt64.self, forKey: .drawSeed)
    visit = try container.decodeIfPresent(Int64.self, forKey: .visit)
    if let visit, visit < 1 {
      throw DecodingError.dataCorruptedError(forKey: .visit, in: container, debugDescription: "a length above 0")
    }
    events = try container.decode(Int.self, forKey: .events)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(word, forKey: .test)
    try container.encodeIfPresent(testFrom, forKey: .testFrom)
    try container.encodeIfPresent(drawSeed, forKey: .drawSeed)
    try container.encodeIfPresent(visit, forKey: .visit)
    try container.encode(events, forKey: .events)
  }

  package var test: Test {
    switch word {
    case .nothing: .nothing
    case .last: .last
    case .lastTwo: .lastTwo
    case .date: .date(testFrom ?? .max)
    }
  }

  /// Divides the log that training began with: what each event was for, `[events]`.
  package func parts(_ log: Interactions) -> [Split.Part] {
    var parts = test.parts(log)
    if test == .lastTwo { return parts }
    let rest = parts.indices.filter { parts[$0] != .test }
    let fit = FitParts(
      log.filter { parts[$0] != .test }, order: drawSeed.map { .random(seed: $0) } ?? .time,
      visit: visit)
    for (event, isValidation) in zip(rest, fit.isValidation) where isValidation { parts[event] = .validation }
    return parts
  }

  /// Whether an event of a part was learned from.
  package func isLearned(_ part: Split.Part) -> Bool { part == .training || (part == .validation && isRefitted) }

  /// Whether an event of a part stands in the history that a user's vector was made of.
  package func isGiven(_ part: Split.Part) -> Bool { isLearned(part) || (part == .validation && isFolded) }

  /// What a figure of the model is called: `strict` if neither tested events nor those that chose the settings were
  /// learned from, else `refitted`.
  package var manner: String { isRefitted ? "refitted" : Self.strict }

  /// The manner of a figure of a model before it is fitted once more.
  package static let strict = "strict"
}

extension HoldOut.Test {
  /// Reads `none`, `last`, `last-two` or `date:2011-10-01`.
  package init?(_ text: String) {
    switch SplitChoice(text) {
    case .last: self = .last
    case .date(let time): self = .date(time)
    case nil where text == "none": self = .nothing
    case nil where text == "last-two": self = .lastTwo
    default: return nil
    }
  }

  /// Of each event of a log whether it is tested, and where the rule itself says so, whether it chooses the settings;
  /// `[events]`.
  package func parts(_ log: Interactions) -> [Split.Part] {
    switch self {
    case .nothing: [Split.Part](repeating: .training, count: log.count)
    case .last: Split(log, .lastOut).parts.map { $0 == .test ? .test : .training }
    case .lastTwo: Split(log, .lastOut).parts
    case .date(let time): Split(log, .dates(validation: time, test: time)).parts
    }
  }
}
