import Vocabulary
import Wire

/// How a history takes events, and lets them go.
extension StoredHistory {
  /// The minute of a shopper's latest event, and the events in it.
  struct Rate {
    private(set) var minute: Int64
    private(set) var events: UInt32

    init(of history: StoredHistory?) { (minute, events) = (history?.minute ?? 0, history?.minuteEvents ?? 0) }

    /// Counts an event.
    ///
    /// - Returns: Whether it is one too many for a person.
    mutating func note(_ time: Int64, most: UInt32) -> Bool {
      let new = time / 60_000_000
      guard new >= minute else { return false }
      events = new == minute ? events &+ 1 : 1
      minute = new
      return events > most
    }
  }

  /// Bytes that it takes in memory, about.
  var memoryBytes: Int { MemoryLayout<StoredHistory>.size + 64 + events.capacity }

  /// Takes an event, behind those of its time and before later ones, and lets go of what is too much or too old.
  ///
  /// - Parameter cutoff: Events before it go.
  mutating func add(_ event: ShopperEvent, as settings: HistorySettings, cutoff: Int64) {
    var writer = BodyWriter()
    event.write(to: &writer)
    let bytes = writer.body.bytes
    if event.time >= last || events.isEmpty {
      events += bytes
    } else {
      var place = 0
      while place < events.count, time(at: place) <= event.time { place = end(at: place) }
      events.insert(contentsOf: bytes, at: place)
    }
    first = version == 0 ? event.time : min(first, event.time)
    last = max(last, event.time)
    version &+= 1
    let kind = Int(event.kind.rawValue) - 1
    if counts[kind] < .max { counts[kind] += 1 }
    var rate = Rate(of: self)
    _ = rate.note(event.time, most: settings.eventsPerMinuteMax)
    (minute, minuteEvents) = (rate.minute, rate.events)
    isMarked = isMarked || event.isFast
    trim(to: Int(settings.length), cutoff: cutoff)
  }

  /// Keeps the newest events up to a number, and none before a time.
  mutating func trim(to most: Int, cutoff: Int64) {
    var start = 0
    while start < events.count, time(at: start) < cutoff { start = end(at: start) }
    var surplus = keptCount(from: start) - most
    while surplus > 0 { (start, surplus) = (end(at: start), surplus - 1) }
    if start > 0 { events.removeFirst(start) }
  }

  /// Whether an event goes by a time; the oldest goes first.
  func hasEvents(before cutoff: Int64) -> Bool { events.isEmpty || time(at: 0) < cutoff }

  /// How many events are kept.
  var keptCount: Int { keptCount(from: 0) }

  private func keptCount(from start: Int) -> Int {
    var (count, place) = (0, start)
    while place < events.count { (count, place) = (count + 1, end(at: place)) }
    return count
  }

  /// The same events beside those of a history that began earlier: a snapshot has given back what a shard had lost.
  mutating func join(earlier: StoredHistory, as settings: HistorySettings) {
    let mine = (try? kept()) ?? []
    let theirs = (try? earlier.kept()) ?? []
    var writer = BodyWriter()
    for event in (theirs + mine).enumerated().sorted(by: { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
    ) {
      event.element.write(to: &writer)
    }
    events = writer.body.bytes
    (begun, version) = (earlier.begun, version &+ earlier.version)
    (first, last) = (min(first, earlier.first), max(last, earlier.last))
    counts = counts.addingWithoutOverflow(earlier.counts)
    isMarked = isMarked || earlier.isMarked
    trim(to: Int(settings.length), cutoff: 0)
  }

  // MARK: Bytes

  // The form of an event: u64 item · i64 time · u64 request · f32 value · u16 place · u8 kind · u8 fast · u16 n · n bytes.
  private func time(at place: Int) -> Int64 {
    events[(place + 8)..<(place + 16)].reversed().reduce(0) { $0 << 8 | Int64($1) }
  }

  private func end(at place: Int) -> Int {
    let text = Int(events[place + 32]) | Int(events[place + 33]) << 8
    return place + ShopperEvent.bytesMin + text
  }
}

extension SIMD8<UInt32> {
  /// Sums that stop at the largest number.
  fileprivate func addingWithoutOverflow(_ others: SIMD8<UInt32>) -> SIMD8<UInt32> {
    let sums = self &+ others
    return sums.replacing(with: .max, where: sums .< self)
  }
}
