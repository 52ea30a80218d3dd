/// How a file writes its times.
///
/// Without a pattern only what can be one time is read: nothing guesses whether the day or the month comes first, or
/// whether a bare number is a day.
package struct TimeForm: Sendable, Equatable {
  package var unit = Timestamp.Unit.automatic
  package var pattern: TimePattern?
  /// Of times that say no offset.
  package var zone = LocalZone.utc

  package init() {}

  /// Milliseconds since 1970 in UTC, or the order that a number says.
  ///
  /// - Throws: Why the bytes are no time, or could be two.
  package func read(_ bytes: ArraySlice<UInt8>) throws(RowFault.Reason) -> Int64 {
    if let time = pattern?.milliseconds(bytes, zone) { return time }
    if pattern == nil, unit == .automatic, Timestamp.isPlausibleDay(bytes) { throw .dayOrNumber }
    if let number = Timestamp.number(bytes, unit) {
      // A pattern says that there are dates; a number among them is none of these.
      guard pattern == nil else { throw .notPattern }
      return number
    }
    guard unit != .order else { throw .notTime }
    if let time = Timestamp.calendar(bytes, zone) { return time }
    guard pattern == nil else { throw .notPattern }
    throw Timestamp.isDayOrMonthFirst(bytes) ? .dayOrMonth : Numeral.isNotFinite(bytes) ? .notFinite : .notTime
  }

  /// What a time was read as, for people: what its text is, and in which zone.
  func words(for bytes: ArraySlice<UInt8>) -> String {
    if let pattern, pattern.milliseconds(bytes, zone) != nil { return "\(pattern.text), \(zone.name)" }
    guard Timestamp.number(bytes, unit) != nil else { return "dates with the year first, \(zone.name)" }
    switch unit {
    case .order: return "numbers that say what came first"
    case .seconds: return "seconds since 1970"
    case .milliseconds: return "milliseconds since 1970"
    case .microseconds: return "microseconds since 1970"
    case .automatic:
      switch Numeral.double(bytes)?.magnitude ?? 0 {
      case ..<1e11: return "numbers, as seconds since 1970"
      case ..<1e14: return "numbers, as milliseconds since 1970"
      case ..<1e17: return "numbers, as microseconds since 1970"
      default: return "numbers, as nanoseconds since 1970"
      }
    }
  }
}
