import Placement
import Vocabulary
import Wire

/// The histories of a copy: those that stood at its beginning, and who has changed since.
struct HistoryCopy: Sendable {
  /// Tables that are not yet read to their end, the next one first, each with an instance of its collection.
  private var unread: [(key: InstanceKey, table: HistoryTable)]
  /// Where to go on in the first of them.
  private var start = HistoryCursor()
  /// The shoppers whose histories have changed, by the name of the collection.
  private var changed: ByCollection<ItemChanges> = [:]

  /// The changed histories of one part.
  private static let changedPerPart = 256

  init(of tables: ByCollection<HistoryTable>, keys: some Collection<InstanceKey>) {
    unread = tables.sorted { $0.key < $1.key }.compactMap { name, table in
      Self.key(name, keys).map { ($0, table) }
    }
  }

  /// Parts are of an instance; histories are of all of a collection's.
  private static func key(_ name: String, _ keys: some Collection<InstanceKey>) -> InstanceKey? {
    keys.filter { $0.name == name }.min()
  }

  var isRead: Bool { unread.isEmpty }
  var changedCount: Int { changed.values.reduce(0) { $0 + $1.count } }
  var hasChangedTooMuch: Bool { changed.values.contains(.all) }

  /// Notes histories that have changed.
  mutating func note(_ users: [UInt64], of name: String, most: Int) {
    for user in users { changed[name, default: .none].note(user, idsMax: most) }
  }

  /// Goes on without a collection that is dropped.
  mutating func drop(_ name: String) {
    if unread.first?.key.name == name { start = HistoryCursor() }
    unread.removeAll { $0.key.name == name }
    changed[name] = nil
  }

  /// The next histories of the copy, without those of shoppers who were forgotten since.
  ///
  /// - Parameter tables: As they are now.
  mutating func next(
    of slots: SlotSet, _ tables: ByCollection<HistoryTable>, keys: some Collection<InstanceKey>, byteCountMax: Int
  ) -> TransferPart? {
    while let (key, table) = unread.first {
      let present = tables[key.name]
      let (found, next) = table.walk(from: start, in: slots, byteCountMax: byteCountMax) { history in
        present?.forgotten(history.user).map { $0 < history.begun } ?? true
      }
      start = next ?? HistoryCursor()
      if next == nil { unread.removeFirst() }
      guard !found.isEmpty else { continue }
      var part = TransferPart(of: Self.key(key.name, keys) ?? key)
      part.histories = table.part(of: found)
      return part
    }
    return nil
  }

  /// Some of the histories that have changed, as they are now; those that are gone have left their fingerprint.
  mutating func takeChanged(
    in tables: ByCollection<HistoryTable>, keys: some Collection<InstanceKey>, byteCountMax: Int
  ) -> TransferPart? {
    guard let name = changed.filter({ $0.value.count > 0 }).keys.min() else { return nil }
    guard let table = tables[name], let key = Self.key(name, keys) else {
      changed[name] = nil
      return nil
    }
    var found: [StoredHistory] = []
    var bytes = 0
    while found.count < Self.changedPerPart, bytes < byteCountMax, let user = changed[name]?.takeNext() {
      guard let history = table[user] else { continue }
      found.append(history)
      bytes += history.events.count
    }
    var part = TransferPart(of: key)
    part.histories = table.part(of: found)
    return part
  }

  /// Who was forgotten, and what writers were answered.
  func closing(
    of slots: SlotSet, _ tables: ByCollection<HistoryTable>, keys: some Collection<InstanceKey>, withAnswers: Bool
  ) -> [TransferPart] {
    tables.sorted { $0.key < $1.key }.flatMap { name, table -> [TransferPart] in
      guard let key = Self.key(name, keys) else { return [] }
      let parts = [table.head] + table.forgotten(in: slots) + (withAnswers ? table.answers(in: slots) : [])
      return parts.map { histories in
        var part = TransferPart(of: key)
        part.histories = histories
        return part
      }
    }
  }
}
