/// How a collection keeps the histories of its shoppers.
public struct HistorySettings: Hashable, Sendable {
  /// Events of one shopper that are kept; 0: not said.
  public var length: UInt32 = 0
  /// Days after which an event goes; 0: not said.
  public var keepDays: UInt32 = 0
  /// With more events within a minute a shopper counts as a program; 0: not said.
  public var eventsPerMinuteMax: UInt32 = 0

  /// The settings of a collection that has been given none.
  public static let usual = HistorySettings(length: 100, keepDays: 90, eventsPerMinuteMax: 600)

  public static let lengthMax: UInt32 = 500
  public static let keepDaysMax: UInt32 = 3650
  public static let eventsPerMinuteMaxMax: UInt32 = 1_000_000

  /// Settings of which nothing is said.
  public init() {}

  public init(length: UInt32, keepDays: UInt32, eventsPerMinuteMax: UInt32) {
    self.length = length
    self.keepDays = keepDays
    self.eventsPerMinuteMax = eventsPerMinuteMax
  }

  /// The same, with others for what is not said.
  public func filled(from others: HistorySettings) -> HistorySettings {
    HistorySettings(
      length: length == 0 ? others.length : length, keepDays: keepDays == 0 ? others.keepDays : keepDays,
      eventsPerMinuteMax: eventsPerMinuteMax == 0 ? others.eventsPerMinuteMax : eventsPerMinuteMax)
  }

  /// How long an event is kept, in microseconds.
  public var keepMicroseconds: Int64 { Int64(keepDays) * 86_400_000_000 }
}
