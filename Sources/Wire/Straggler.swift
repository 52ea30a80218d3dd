package import Vocabulary

/// The shard that an answer waited for to the end, as its waterfall says.
package struct Straggler: Sendable, Hashable {
  package let shard: ShardID
  /// From when it was asked first to the end of its last search.
  package let microseconds: UInt32
  /// Of that, waiting in the shard.
  package let queueMicroseconds: UInt32
  /// Of that, scanning.
  package let scanMicroseconds: UInt32
  /// How much later it was done than every other shard; `nil` if it was the only one.
  package let leadMicroseconds: UInt32?

  /// The shard whose last search ended last; of several the one with the least id. `nil`: no shard was asked.
  package init?(in spans: [RankReport.Span]) {
    var ends: [ShardID: (start: UInt32, end: UInt32)] = [:]
    for span in spans where span.phase == .roundTrip || span.phase == .secondSearch {
      guard let shard = span.shard else { continue }
      let (end, overflow) = span.startMicroseconds.addingReportingOverflow(span.durationMicroseconds)
      let known = ends[shard] ?? (.max, 0)
      ends[shard] = (min(known.start, span.startMicroseconds), max(known.end, overflow ? .max : end))
    }
    let order = ends.sorted { ($1.value.end, $0.key.rawValue) < ($0.value.end, $1.key.rawValue) }
    guard let last = order.first else { return nil }
    func sum(_ phase: Phase) -> UInt32 {
      UInt32(
        clamping: spans.filter { $0.phase == phase && $0.shard == last.key }.reduce(0) {
          $0 + UInt64($1.durationMicroseconds)
        })
    }
    shard = last.key
    microseconds = last.value.end - last.value.start
    queueMicroseconds = sum(.shardQueue)
    scanMicroseconds = sum(.scan)
    leadMicroseconds = order.count > 1 ? last.value.end - order[1].value.end : nil
  }
}
