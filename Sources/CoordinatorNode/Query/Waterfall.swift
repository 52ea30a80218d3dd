import Vocabulary
import Wire

/// The spans of a query, in microseconds since its request arrived.
struct Waterfall: Sendable {
  private let arrival: Instant
  private(set) var spans: [RankReport.Span] = []

  init(arrival: Instant) { self.arrival = arrival }

  /// Adds a stretch between two readings of the clock.
  mutating func add(_ phase: Phase, _ shard: ShardID? = nil, from start: Instant, to end: Instant) {
    add(phase, shard, start: arrival.microseconds(until: start), duration: start.microseconds(until: end))
  }

  /// Adds a stretch by its start and duration.
  mutating func add(_ phase: Phase, _ shard: ShardID? = nil, start: UInt64, duration: UInt64) {
    spans.append(
      .init(
        phase: phase, shard: shard, startMicroseconds: UInt32(clamping: start),
        durationMicroseconds: UInt32(clamping: duration)))
  }

  /// Adds a shard's round trip and, within it, what the shard says of its own time.
  mutating func add(_ search: SearchRun.Trip) {
    let phase: Phase = search.isSecond ? .secondSearch : .roundTrip
    add(phase, search.shard, from: search.start, to: search.end)
    guard let response = search.response else { return }
    let queue = UInt64(response.queueMicroseconds)
    let scan = UInt64(response.scanMicroseconds)
    // The shard's clock is not ours: its work is drawn in the middle of the round trip.
    let trip = search.start.microseconds(until: search.end)
    let offset = arrival.microseconds(until: search.start) + (trip > queue + scan ? (trip - queue - scan) / 2 : 0)
    add(.shardQueue, search.shard, start: offset, duration: queue)
    add(.scan, search.shard, start: offset + queue, duration: scan)
  }
}
