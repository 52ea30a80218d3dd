package import Ranking
package import Vocabulary

/// The context of an event: its time, and the words of the log or the query.
package struct EventContext: Hashable, Sendable {
  /// Since 1970; `nil` without a clock.
  package var milliseconds: Int64?
  /// In the order of `EventWord.allCases`, or empty if nothing is said.
  package var words: [ExactText?]

  package init(milliseconds: Int64? = nil) {
    self.milliseconds = milliseconds
    words = []
  }

  /// The context as features of context read it.
  package var context: [String: ContextValue] {
    var context: [String: ContextValue] = [:]
    for (name, number) in moment?.context ?? [] { context[name] = .number(number) }
    for (name, word) in zip(EventWord.allCases, words) { context[name.rawValue] = word.map { .word($0) } }
    return context
  }

  /// The time as features have it.
  package var moment: Moment? { milliseconds.map { Moment(milliseconds: $0) } }
}

extension DataSet {
  /// The moment of an event.
  package func eventContext(_ event: Int) -> EventContext {
    var eventContext = EventContext(milliseconds: hasClock ? interactions.times[event] : nil)
    if !words.isEmpty { eventContext.words = EventWord.allCases.map { words[$0]?[event] } }
    return eventContext
  }
}
