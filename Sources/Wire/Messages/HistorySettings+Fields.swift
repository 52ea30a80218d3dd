package import Vocabulary

extension HistorySettings: FieldGroup {
  /// The fields of the settings (`proto-spec/03-messages/history.md`).
  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("history_length", &length, in: 0...Self.lengthMax, or: .limitExceeded)
    try c.integer("keep_days", &keepDays, in: 0...Self.keepDaysMax, or: .limitExceeded)
    try c.integer("events_per_minute", &eventsPerMinuteMax, in: 0...Self.eventsPerMinuteMaxMax, or: .limitExceeded)
  }
}
