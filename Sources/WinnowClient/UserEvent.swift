public import Vocabulary
import Wire

/// What a shopper did.
public struct UserEvent: Hashable, Sendable {
  public var user: UserID
  public var action: ShopperAction
  /// `nil` for a search.
  public var item: ItemID?
  /// Microseconds since the start of 1970; `nil`: when the coordinator has the event.
  public var time: Int64?
  /// Of a rating the rating.
  public var value: Float = 0
  /// The place in the answer that led to it, from 1; 0: not known.
  public var place = 0
  /// The query of that answer; 0: not known.
  public var requestID: UInt64 = 0
  /// What was searched for, up to 1,024 bytes.
  public var text = ""
  /// Whether the shopper was faster than a person: such an event is kept and counts for nothing. The cluster says it.
  public internal(set) var isFast = false

  /// An event about an item, or a search.
  public init(_ action: ShopperAction, by user: UserID, item: ItemID? = nil, time: Int64? = nil) {
    (self.action, self.user, self.item, self.time) = (action, user, item, time)
  }
}

extension UserEvent {
  init(_ event: ShopperEvent, of user: UserID) {
    self.init(event.kind, by: user, item: event.kind == .search ? nil : ItemID(event.item), time: event.time)
    (value, place, requestID, text, isFast) = (event.value, Int(event.place), event.request, event.text, event.isFast)
  }

  /// The entry of a request, checked for what would not fit its fields.
  func entry() throws(WinnowError) -> EventRequest.Entry {
    var event = ShopperEvent(action, item: item?.rawValue ?? 0, time: time ?? 0, value: value, text: text)
    guard (item == nil) == (action == .search) else {
      throw WinnowError(invalid: action == .search ? "a search has no item" : "a \(action.word) has an item")
    }
    guard action == .search || text.isEmpty else { throw WinnowError(invalid: "only a search has a text") }
    guard event.time >= 0 else { throw WinnowError(invalid: "no event is from before 1970") }
    guard value.isFinite else { throw WinnowError(invalid: "the value of an event is finite") }
    try Check.range(text.utf8.count, 0...Limits.eventTextBytesMax, "bytes of an event's text")
    try Check.range(place, 0...Int(UInt16.max), "place")
    (event.place, event.request) = (UInt16(place), requestID)
    return EventRequest.Entry(user: user.rawValue, event)
  }
}
