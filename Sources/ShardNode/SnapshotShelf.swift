import Placement
import Retrieval
import Vocabulary

/// Keeps the states that recent searches saw, so that a second search of the same query sees the same.
struct SnapshotShelf {
  private struct Entry {
    var id: UInt64
    var key: InstanceKey
    var snapshot: Snapshot
    var occupied: SlotSet
    var expiry: Instant
  }

  /// In the order of their expiry.
  private var entries: [Entry] = []
  private var lastID: UInt64 = 0
  private let entriesMax: Int

  static let lifetimeMicroseconds: UInt64 = 5_000_000

  init(entriesMax: Int = 256) { self.entriesMax = entriesMax }

  /// Goes on with numbers that no other member of the shard gives.
  mutating func separate(from first: UInt64) { if lastID < first { lastID = first } }

  /// Puts a state on the shelf; the oldest goes when it is full.
  ///
  /// - Parameter occupied: The slots that hold an item of it.
  /// - Returns: the number by which to ask for it.
  mutating func keep(_ snapshot: Snapshot, occupied: SlotSet, of key: InstanceKey, now: Instant) -> UInt64 {
    expire(now)
    if entries.count >= entriesMax { entries.removeFirst() }
    lastID += 1
    let expiry = now.advanced(microseconds: Self.lifetimeMicroseconds)
    entries.append(Entry(id: lastID, key: key, snapshot: snapshot, occupied: occupied, expiry: expiry))
    return lastID
  }

  /// The state of a number, if it is of this collection and still there.
  mutating func find(_ id: UInt64, of key: InstanceKey, now: Instant) -> (snapshot: Snapshot, occupied: SlotSet)? {
    expire(now)
    return entries.first { $0.id == id && $0.key == key }.map { ($0.snapshot, $0.occupied) }
  }

  /// Forgets the states of a collection.
  mutating func drop(_ key: InstanceKey) { entries.removeAll { $0.key == key } }

  private mutating func expire(_ now: Instant) {
    entries.removeFirst(entries.prefix { $0.expiry <= now }.count)
  }
}
