import Vocabulary

/// The blocks that one search has not scanned yet: its own scan takes them from the front, helpers from the back.
package final class BlocksLeft: Sendable {
  private struct State: Sendable {
    var blocks: Range<Int>
    /// The highest threshold of all who take part: below it nothing is among the best.
    var threshold = -Float.infinity
  }

  private let state: Lock<State>

  /// All blocks of a snapshot.
  package init(_ snapshot: Snapshot) { state = Lock(State(blocks: snapshot.views.indices)) }

  /// Tells a threshold.
  func raise(_ threshold: Float) { state.withLock { $0.threshold = max($0.threshold, threshold) } }

  /// Takes the first block that is left; tells a threshold and learns the highest.
  func takeFirst(_ threshold: inout Float) -> Int? { take(&threshold) { $0.removeFirst() } }

  /// Takes the last block that is left; tells a threshold and learns the highest.
  func takeLast(_ threshold: inout Float) -> Int? { take(&threshold) { $0.removeLast() } }

  private func take(_ threshold: inout Float, _ remove: (inout Range<Int>) -> Int) -> Int? {
    state.withLock { state in
      state.threshold = max(state.threshold, threshold)
      threshold = state.threshold
      return state.blocks.isEmpty ? nil : remove(&state.blocks)
    }
  }
}
