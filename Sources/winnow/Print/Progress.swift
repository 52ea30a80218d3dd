import Vocabulary

/// Tells on standard error how far a long verb is: a line that is redrawn for a person, a line now and then otherwise.
struct Progress {
  /// The unit of the count.
  enum Unit { case bytes, items, users, searches }

  private let label: String
  private let unit: Unit
  /// `nil`: not known.
  private let total: Int?
  private let clock: any MonotonicClock
  private let isTerminal: Bool
  private let start: Instant
  private var nextPrint: Instant
  private var hasPrinted = false

  init(
    _ label: String, unit: Unit, total: Int?, clock: any MonotonicClock,
    isTerminal: Bool = StandardStreams.isErrorTerminal
  ) {
    self.label = label
    self.unit = unit
    self.total = total
    self.clock = clock
    self.isTerminal = isTerminal
    start = clock.now()
    nextPrint = start.advanced(microseconds: isTerminal ? 200_000 : 2_000_000)
  }

  /// Shows how much is done, if it is time to.
  ///
  /// - Parameter share: How much of all that is, where the total is not known.
  mutating func advance(to count: Int, share: Double? = nil) {
    let now = clock.now()
    guard now >= nextPrint else { return }
    nextPrint = now.advanced(microseconds: isTerminal ? 200_000 : 2_000_000)
    hasPrinted = true
    let seconds = max(1e-6, Double(start.microseconds(until: now)) / 1e6)
    let line = line(count, share: share ?? total.map { Double(count) / Double(max(1, $0)) }, seconds: seconds)
    StandardStreams.error(isTerminal ? line : "\(line)\n", isOver: isTerminal)
  }

  /// How much is done, how fast, and, if the share of it is known, how long the rest will take.
  func line(_ count: Int, share: Double?, seconds: Double) -> String {
    var line = "\(label) \(amount(count)), \(amount(Int(Double(count) / seconds)))/s"
    guard let share, share > 0 else { return line }
    if isTerminal { line = "\(Self.bar(share)) \(line)" }
    return line + ", \(Text.fixed(100 * share, 0)) %, \(Text.seconds(seconds * (1 - share) / share)) to go"
  }

  /// A bar of 20 places of which a share is full.
  static func bar(_ share: Double) -> String {
    let full = Int(20 * max(0, min(1, share)))
    return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: 20 - full) + "]"
  }

  /// Makes room for what is printed next.
  func finish() { if hasPrinted, isTerminal { StandardStreams.error("", isOver: true) } }

  private func amount(_ count: Int) -> String {
    switch unit {
    case .bytes: Text.bytes(count)
    case .items: Text.grouped(count) + " items"
    case .users: Text.grouped(count) + " users"
    case .searches: Text.grouped(count) + " searches"
    }
  }
}
