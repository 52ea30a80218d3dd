package import Placement
public import Vocabulary
import Wire

extension WinnowClient {
  /// Says what shoppers did: the next query sees it.
  ///
  /// A batch that may have been lost is sent again under the same number, which changes nothing a second time.
  /// - Parameter events: 1…1,000.
  public func send(
    _ events: [UserEvent], to collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> EventOutcome {
    try await writers.write { stream throws(WinnowError) in
      try await send(events, to: collection, writer: stream.writer, op: stream.op, timeout: timeout)
    }
  }

  /// Sends the next batch of a stream, or the same again.
  package func send(
    _ events: [UserEvent], to collection: String, writer: UInt64, op: UInt64, timeout: Duration? = nil
  ) async throws(WinnowError) -> EventOutcome {
    try Check.name(collection, "collection")
    try Check.range(events.count, 1...Limits.eventsMax, "number of events")
    var request = EventRequest(collection: collection, writer: writer, op: op, events: [])
    for event in events { request.events.append(try event.entry()) }
    return EventOutcome(
      try await call(request, .repeatable, timeout: timeout, retry: EventResponse.unfinished))
  }

  /// What the cluster keeps of a shopper; `nil`: nothing.
  public func history(
    of user: UserID, in collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> UserHistory? {
    try Check.name(collection, "collection")
    let request = HistoryRequest(.get, collection: collection, user: user.rawValue)
    guard let history = try await call(request, .read, timeout: timeout).histories.first else { return nil }
    return try UserHistory(history)
  }

  /// Removes a shopper from the histories of every shard, and from their files.
  ///
  /// - Returns: What each shard has done; forget again unless it is done.
  public func forget(
    _ user: UserID, in collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> ForgetReceipt {
    try Check.name(collection, "collection")
    let request = HistoryRequest(.forget, collection: collection, user: user.rawValue)
    return ForgetReceipt(try await call(request, .repeatable, timeout: timeout))
  }

  /// Sets how a collection keeps histories; what is 0 stays as it is.
  ///
  /// - Returns: All settings.
  public func keepHistories(
    of collection: String, as settings: HistorySettings, timeout: Duration? = nil
  ) async throws(WinnowError) -> HistorySettings {
    try Check.name(collection, "collection")
    try Check.range(Int(settings.length), 0...Int(HistorySettings.lengthMax), "length of a history")
    try Check.range(Int(settings.keepDays), 0...Int(HistorySettings.keepDaysMax), "number of days")
    try Check.range(
      Int(settings.eventsPerMinuteMax), 0...Int(HistorySettings.eventsPerMinuteMaxMax), "number of events a minute")
    var request = HistoryRequest(.settings, collection: collection)
    request.settings = settings
    return try await call(request, .repeatable, timeout: timeout).settings
  }

  /// Some histories of a slot, ascending by user, behind one that was read; and whether there are more.
  package func histories(
    in slot: Slot, of collection: String, after user: UserID?, timeout: Duration? = nil
  ) async throws(WinnowError) -> (histories: [UserHistory], hasMore: Bool) {
    var request = HistoryRequest(.list, collection: collection, user: user?.rawValue ?? 0)
    request.isContinued = user != nil
    request.slot = slot
    let response = try await call(request, .read, timeout: timeout)
    var histories: [UserHistory] = []
    for history in response.histories { histories.append(try UserHistory(history)) }
    return (histories, response.hasMore)
  }
}

extension UserEvent {
  /// An event in a shop's own ids.
  ///
  /// - Throws: `unknownName` for a user or an item that the dictionaries do not have.
  public init(
    _ action: ShopperAction, by user: String, item: String? = nil, time: Int64? = nil, in dictionaries: IDDictionaries
  ) throws(DictionaryError) {
    self.init(action, by: try dictionaries.user(user), time: time)
    self.item = try item.map { name throws(DictionaryError) in try dictionaries.item(name) }
  }
}
