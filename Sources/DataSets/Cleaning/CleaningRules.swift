/// Rules for the rows that stay in a log and their weights.
package struct CleaningRules: Sendable {
  package var weights = EventWeights()
  /// Times from here on are possible, in milliseconds since 1970: 1990-01-01 if nothing else is said.
  package var timeMin: Int64 = 631_152_000_000
  /// Times up to here are possible; a caller that knows the time of day sets it.
  package var timeMax = Int64.max
  /// `nil`: everything that is not negative.
  package var valueMin: Float?
  package var keepsDuplicates = false
  /// `nil`: no user counts as a program.
  package var bots: BotRule? = BotRule()
  /// Events that a user needs to stay; with `itemEventsMin`, until all that are left have enough (a k-core).
  package var userEventsMin = 1
  package var itemEventsMin = 1
  /// Words, divided by blanks, that a query may have.
  static let queryWordsMax = 32
  /// Searches that a session may have.
  static let sessionSearchesMax = 500
  /// A session ends with a pause of half an hour.
  static let sessionPauseMilliseconds: Int64 = 1_800_000

  package init() {}
}

/// Why an event that could be read does not stay.
package enum DropReason: String, Sendable, CaseIterable, Codable {
  case impossibleTime = "impossible time"
  case negativeValue = "negative value"
  case lowValue = "value below the minimum"
  case noWeight = "weight of zero"
  case longQuery = "query of more than 32 words"
  case searchingSession = "of a session with more than 500 searches"
  case duplicate = "duplicate: the same user, item, event, value and time"
  case bot = "of a user who is taken for a program"
  case rareUser = "of a user with too few events"
  case rareItem = "of an item with too few events"
}
