/// Something that an audit log keeps: who did what, to what, and how it ended.
package struct AuditEntry: Equatable, Sendable {
  /// The id of the key; `node` of a node; empty: it has neither, or the coordinator itself acts.
  package var who = ""
  /// The caller's program and address; empty: the coordinator itself.
  package var from = ""
  /// The name of the request with the number of its kind, or a word of the log.
  package var what: String
  /// The name of the collection, or of what else it was done to; empty: the whole cluster.
  package var on = ""
  /// `begun`, `OK`, or the name of the error.
  package var outcome: String
  /// How long it took; 0: that does not matter.
  package var microseconds: UInt64 = 0

  /// An entry with these words.
  package init(
    who: String = "", from: String = "", what: String, on: String = "", outcome: String, microseconds: UInt64 = 0
  ) {
    (self.who, self.from, self.what, self.on) = (who, from, what, on)
    (self.outcome, self.microseconds) = (outcome, microseconds)
  }
}
