import Vocabulary

/// The blocks that one search has not scanned yet: its own scan takes them from the front, helpers from the back.
package final class BlocksLeft: Sendable {
  private struct State: Sendable {
    var blocks: Range<Int>
    /// The highest threshold of all who take part: below it nothing is among the best.
    var threshold = -Float.infinity
    /// What the words of the blocks may reach; `nil` until the search has begun, and without codes.
    var bounds: WordBounds?
  }

  private let state: Lock<State>

  /// All blocks of a snapshot.
  package init(_ snapshot: Snapshot) { state = Lock(State(blocks: snapshot.views.indices)) }

  /// Tells what the search has learned before its first block.
  func begin(_ threshold: Float, _ bounds: WordBounds?) {
    state.withLock { state in
      state.threshold = max(state.threshold, threshold)
      state.bounds = bounds
    }
  }

  /// What the words of the blocks may reach, once the search has begun.
  var bounds: WordBounds? { state.withLock { $0.bounds } }

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
