/// The newest records of a shard, for members that lack them.
struct RecordRing: Sendable {
  private var records: [[UInt8]] = []
  /// Records before the first that is kept of `records`.
  private var start = 0
  /// The position before the first record that is kept.
  private(set) var base: UInt64 = 0
  private var byteCount = 0
  private let byteCountMax: Int

  /// An empty ring behind a position.
  init(after position: UInt64 = 0, byteCountMax: Int = 64 << 20) {
    (base, self.byteCountMax) = (position, byteCountMax)
  }

  /// The position of the newest record.
  var end: UInt64 { base + UInt64(records.count - start) }

  /// Keeps the record behind the newest one; the oldest go.
  mutating func append(_ record: [UInt8]) {
    records.append(record)
    byteCount += record.count
    while byteCount > byteCountMax, start < records.count - 1 {
      byteCount -= records[start].count
      records[start] = []
      start += 1
      base += 1
    }
    guard start > 1024, start * 2 > records.count else { return }
    records.removeFirst(start)
    start = 0
  }

  /// Forgets all, and goes on behind a position.
  mutating func restart(after position: UInt64) { self = RecordRing(after: position, byteCountMax: byteCountMax) }

  /// Whether all records behind a position are here.
  func covers(_ position: UInt64) -> Bool { base <= position && position <= end }

  /// The records behind a position, at least one if there is one; `nil`: they are gone.
  func records(after position: UInt64, byteCountMax: Int, countMax: Int) -> [[UInt8]]? {
    guard covers(position), let first = Int(exactly: position - base) else { return nil }
    var (found, bytes) = ([[UInt8]](), 0)
    for record in records[(start + first)...].prefix(countMax) {
      guard found.isEmpty || bytes + record.count <= byteCountMax else { break }
      found.append(record)
      bytes += record.count
    }
    return found
  }
}
