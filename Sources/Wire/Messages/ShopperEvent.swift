package import Vocabulary

/// What a shopper did at a moment (`proto-spec/03-messages/event.md`); a history has its events in this form, too.
package struct ShopperEvent: FieldGroup, Hashable {
  /// The least bytes of one in a body.
  package static let bytesMin = 34

  package var item: UInt64 = 0
  /// Microseconds since the start of 1970; 0 from a client: when the coordinator has it.
  package var time: Int64 = 0
  /// The query whose answer led to it, 0 if that is not known.
  package var request: UInt64 = 0
  package var value: Float = 0
  /// The place in that answer, from 1; 0 if that is not known.
  package var place: UInt16 = 0
  package var kind = ShopperAction.view
  /// Whether the shopper was faster than a person: it is kept, and counts for nothing.
  package var isFast = false
  /// Of a search.
  package var text = ""

  package init() {}

  package init(_ kind: ShopperAction, item: UInt64 = 0, time: Int64, value: Float = 0, text: String = "") {
    (self.kind, self.item, self.time, self.value, self.text) = (kind, item, time, value, text)
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    let at = c.offset
    try c.integer("item", &item)
    try c.integer("time", &time, in: 0...Int64.max)
    try c.integer("request", &request)
    try c.float("value", &value)
    try c.integer("place", &place)
    try c.integer("event", &kind, in: 1...8)
    try c.flag("fast", &isFast)
    let textAt = c.offset
    try c.text("text", &text, limit: Limits.eventTextBytesMax)
    try c.check(kind != .search || item == 0, at: at, "a search has no item: 0")
    try c.check(kind == .search || text.isEmpty, at: textAt, "only a search has a text")
  }
}
