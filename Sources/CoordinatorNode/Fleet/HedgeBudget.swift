/// When a search that has no answer yet is asked of one more member: later than most answers come, and of few searches only.
struct HedgeBudget: Sendable {
  /// Durations of the last answers, in microseconds; a new one takes the place of the oldest.
  private var durations: [UInt64] = []
  private var nextPlace = 0
  /// What the last durations say, renewed every 16 answers.
  private var usual: (median: UInt64, most: UInt64)?
  /// Searches that may be asked twice now.
  private var tokens = Self.tokensMax

  /// A search in twenty, and ten at once.
  private static let share = 0.05
  private static let tokensMax = 10.0
  private static let durationsMax = 256
  private static let durationsMin = 32
  private static let microsecondsMin: UInt64 = 2000

  /// A search was answered.
  mutating func record(microseconds: UInt64) {
    tokens = min(Self.tokensMax, tokens + Self.share)
    if durations.count < Self.durationsMax {
      durations.append(microseconds)
    } else {
      durations[nextPlace] = microseconds
    }
    nextPlace = (nextPlace + 1) % Self.durationsMax
    guard durations.count >= Self.durationsMin, nextPlace % 16 == 0 else { return }
    let sorted = durations.sorted()
    usual = (sorted[sorted.count / 2], sorted[sorted.count * 95 / 100])
  }

  /// How long one waits for an answer before another member is asked, in microseconds; `nil`: no other one is.
  ///
  /// - Parameter left: What is left of the search's time, in microseconds.
  func patience(left: UInt64) -> UInt64? {
    guard tokens >= 1, let usual else { return nil }
    let patience = max(usual.most, Self.microsecondsMin)
    // An answer that would come too late is not worth the work.
    return patience + usual.median < left ? patience : nil
  }

  /// Takes one of the searches that may be asked twice; `false`: there is none.
  mutating func take() -> Bool {
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }
}
