import Telemetry

/// The measurements of a journal.
struct JournalMeasures: Sendable {
  let commitSeconds = Histogram(bounds: Histogram.secondsBounds)
  let commitRecords = Histogram(bounds: Histogram.logarithmicBounds(from: 1, factor: 2, count: 11))
  let checkpointSeconds = Histogram(bounds: Histogram.secondsBounds)
  let appendedBytes = Counter()
  let checkpointFailures = Counter()
}
