import LoadClient
import Wire

/// One run of a bench: the tally, and what it took.
struct BenchRun: Sendable {
  /// A share of one core from which on the client's own work shows in the latencies.
  static let busyShare = 0.8

  var report: LoadReport
  /// Batches that were written beside the load, and how many items each had.
  var feed: LoadReport?
  var feedBatch = 0
  /// Traffic over the connections, with the warm-up.
  var traffic = Traffic()
  /// Requests that caused it.
  var requestCount: UInt64 = 0
  /// Attempts after the first, which the client's retry policy made.
  var retryCount: UInt64 = 0
  /// Cores that the client itself kept busy, on average.
  var cores = 0.0
  /// When it began, in seconds since 1970.
  var started = 0.0

  init(report: LoadReport) { self.report = report }

  /// Whether the client may have been what limited the load.
  var isClientBusy: Bool { cores > Self.busyShare }

  /// The name of the load.
  var label: String {
    let plan = report.plan
    switch plan.mode {
    case .open(let rate, let arrivals):
      let text = rate.first == rate.last ? Self.rate(rate.first) : "\(Self.rate(rate.first)) to \(Self.rate(rate.last))"
      return "open loop, \(text) requests/s, \(arrivals.rawValue) arrivals, seed \(plan.seed)"
    case .replay(let times): return "replay of \(Text.grouped(times.count)) queries at their own times"
    case .closed(let concurrency):
      return "closed loop, \(concurrency) in flight: throughput only, latency under load is not what this shows"
    }
  }

  /// The rate that was asked for; `nil` in a closed loop. Never inlined: Swift 6.3 crashes when it optimises that with
  /// testing enabled.
  @inline(never) var rate: Double? { if case .open(let rate, _) = report.plan.mode { rate.mean } else { nil } }

  /// A rate, with a digit behind the point where that says something.
  static func rate(_ rate: Double) -> String {
    // Below one a second a digit behind the point says too little.
    rate < 1 ? Text.number(rate) : rate < 1000 ? Text.fixed(rate, 1) : Text.grouped(Int(rate.rounded()))
  }

  /// Adds what a client did that ran beside this one.
  mutating func merge(_ other: BenchRun) {
    report.merge(other.report)
    if let feed = other.feed {
      self.feed?.merge(feed)
      self.feed = self.feed ?? feed
      feedBatch = max(feedBatch, other.feedBatch)
    }
    traffic += other.traffic
    requestCount += other.requestCount
    retryCount += other.retryCount
    // The busiest of the clients is the one to look at.
    cores = max(cores, other.cores)
    started = min(started, other.started)
  }
}
