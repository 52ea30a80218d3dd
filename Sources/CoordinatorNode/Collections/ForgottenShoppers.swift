import Placement
import Vocabulary
import Wire

/// Shoppers who were forgotten, as the coordinator remembers them: a shard that has lost its directory does not, and is told
/// before it gets the histories of a snapshot.
struct ForgottenShoppers: Sendable, Equatable {
  /// A shopper who was forgotten in a collection, which may be gone meanwhile.
  struct Entry: Sendable, Hashable {
    let collection: String
    let shopper: HistoryPart.Forgotten
  }

  /// What one write to a shard can name.
  static let countMax = Int(UInt16.max)

  /// In the order in which they were forgotten.
  private(set) var entries: [Entry] = []
  /// When the last shopper was forgotten that later ones have displaced here; 0: none was.
  private(set) var before: Int64 = 0

  /// - Parameter entries: Those that are forgotten, at most `countMax`, in the order in which they were.
  init(_ entries: [Entry] = []) { self.entries = entries }

  /// Notes that a shopper is forgotten; the earliest makes room.
  mutating func note(_ user: UInt64, of collection: String, at time: Int64) {
    let shopper = HistoryPart.Forgotten(
      slot: slot(of: ItemID(user)), fingerprint: HistoryPart.Forgotten.fingerprint(of: user), time: time)
    entries.removeAll { $0.collection == collection && $0.shopper.fingerprint == shopper.fingerprint }
    entries.append(Entry(collection: collection, shopper: shopper))
    guard entries.count > Self.countMax else { return }
    before = max(before, entries.removeFirst().shopper.time)
  }

  /// Those of a collection in some slots.
  func within(_ slots: SlotSet, of collection: String) -> [HistoryPart.Forgotten] {
    entries.filter { $0.collection == collection && slots.contains($0.shopper.slot) }.map(\.shopper)
  }

  /// Histories of a snapshot without the events that may be of shoppers who were displaced here: of which, nothing tells.
  ///
  /// - Returns: `nil` if nothing is left.
  func restorable(_ part: HistoryPart) -> HistoryPart? {
    guard before > 0 else { return part }
    let end = before.addingReportingOverflow(Limits.eventLeadMicrosecondsMax).partialValue
    var part = part
    part.histories = part.histories.compactMap { history in
      guard history.begun <= before else { return history }
      var writer = BodyWriter()
      for event in (try? history.kept()) ?? [] where event.time > end { event.write(to: &writer) }
      var rest = history
      rest.events = writer.body.bytes
      return rest.events.isEmpty ? nil : rest
    }
    return part.histories.isEmpty && part.forgotten.isEmpty ? nil : part
  }
}

// i64 before · u32 n · n × (name of the collection · u16 slot · u64 fingerprint · i64 time), in the order in which they
// were forgotten.
extension ForgottenShoppers {
  init(from reader: inout BodyReader) throws(WireError) {
    self.init()
    before = try reader.integer(in: 0...Int64.max)
    for _ in 0..<(try reader.count(UInt32.self, elementSize: 20, limit: Self.countMax)) {
      let collection = try reader.name()
      entries.append(Entry(collection: collection, shopper: try HistoryPart.Forgotten(from: &reader)))
    }
  }

  func write(to writer: inout BodyWriter) {
    writer.write(before)
    writer.write(UInt32(entries.count))
    for entry in entries {
      writer.write(name: entry.collection)
      entry.shopper.write(to: &writer)
    }
  }
}
