import Vocabulary

/// A text that is shown again and again: over itself on a terminal, one block below the other elsewhere.
struct WatchScreen {
  private let isTerminal: Bool
  private var isFirst = true

  init(isTerminal: Bool) { self.isTerminal = isTerminal }

  /// What to write so that a text stands there next. Lines are cleared to their end and the rest of the screen below
  /// them, so that nothing flickers.
  mutating func next(_ text: String) -> String {
    defer { isFirst = false }
    let text = text.visibleLines
    guard isTerminal else { return isFirst || text.hasPrefix("{") ? text : "\n" + text }
    let start = isFirst ? "\u{1B}[2J\u{1B}[H" : "\u{1B}[H"
    return start + text.replacing("\n", with: "\u{1B}[K\n") + "\u{1B}[J"
  }
}
