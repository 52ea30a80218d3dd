import Vocabulary

/// The history of one shopper as shards keep it and give it to each other (`proto-spec/03-messages/history.md`).
package struct StoredHistory: FieldGroup, Hashable {
  /// The least bytes of one in a body.
  package static let bytesMin = 92

  package var user: UInt64 = 0
  /// Events that it has taken.
  package var version: UInt64 = 0
  /// When the coordinator had the first of them: a history that began later is another one.
  package var begun: Int64 = 0
  /// Times of the earliest and the latest event, whether they are kept or not.
  package var first: Int64 = 0
  package var last: Int64 = 0
  /// The minute of the latest event, and the events in it.
  package var minute: Int64 = 0
  package var minuteEvents: UInt32 = 0
  /// Whether some event was fast.
  package var isMarked = false
  /// Events taken of each kind, from 1.
  package var counts = SIMD8<UInt32>()
  /// The kept events in their form of a body, oldest first.
  package var events: [UInt8] = []

  package init() {}

  package init(user: UInt64, begun: Int64) { (self.user, self.begun) = (user, begun) }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var numbers = counts.indices.map { counts[$0] }
    try c.integer("user", &user)
    try c.integer("version", &version)
    try c.integer("begun", &begun, in: 0...Int64.max)
    try c.integer("first", &first, in: 0...Int64.max)
    try c.integer("last", &last, in: 0...Int64.max)
    try c.integer("minute", &minute, in: 0...Int64.max)
    try c.integer("minute_events", &minuteEvents)
    try c.flag("marked", &isMarked)
    try c.zeros(3)
    try c.column("counts", &numbers, count: 8)
    let at = c.offset
    try c.bytes("events", &events, limit: Self.eventBytesMax)
    try c.check((try? kept()) != nil, at: at, "these bytes are events, none before the one that it follows")
    guard C.isReading else { return }
    for (place, number) in numbers.enumerated() { counts[place] = number }
  }

  /// More bytes than the events of a history can have.
  private static let eventBytesMax =
    Int(HistorySettings.lengthMax) * (ShopperEvent.bytesMin + Limits.eventTextBytesMax)

  /// The kept events, oldest first.
  ///
  /// - Throws: MALFORMED_BODY for bytes that are no events in their order.
  package func kept() throws(WireError) -> [ShopperEvent] {
    var reader = BodyReader(events[...])
    var kept: [ShopperEvent] = []
    while reader.remaining > 0 {
      let event = try ShopperEvent(from: &reader)
      guard kept.last.map({ $0.time <= event.time }) ?? true else { throw WireError(.malformedBody) }
      kept.append(event)
    }
    return kept
  }
}
