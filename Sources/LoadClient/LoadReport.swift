package import Telemetry

/// The tally of a run.
package struct LoadReport: Sendable {
  /// The share of late sends above which latencies say more about the client than about the server.
  package static let lateShareMax = 0.01

  package var plan: LoadPlan
  /// Requests that were due, all of them counted, sent or not.
  package var sendCount: UInt64 = 0
  /// Requests sent later than the plan allows, or not at all.
  package var lateCount: UInt64 = 0
  /// Requests not sent, because too many were in flight.
  package var unsentCount: UInt64 = 0
  /// The outcomes of the queries.
  package var queries = LoadTally()
  /// The outcomes of writes and removals, if there were any.
  package var writes: [LoadSample.Kind: LoadTally] = [:]
  /// The server's times by phase, in the order in which the phases came up.
  package var phases: [(name: String, latency: LatencyHistogram)] = []
  /// The sum of the coverage of all answers, in millionths.
  package var coverageSum: UInt64 = 0
  /// Answers that have not seen the whole collection.
  package var uncoveredCount: UInt64 = 0
  /// Answers whose candidates were not all re-ranked.
  package var unrerankedCount: UInt64 = 0
  /// Answers of one of these two kinds.
  package var degradedCount: UInt64 = 0
  /// The sums of the items of the shards that answered, and of those that passed the filter.
  package var itemCount: UInt64 = 0
  package var passedCount: UInt64 = 0
  /// How good the answers were.
  package var quality = QualityTally()
  /// Over time, each of `plan.intervalMicroseconds`.
  package var intervals: [LoadInterval] = []
  /// From the end of the warm-up to the last answer, and no less than the stretch that was to be counted.
  package var elapsedMicroseconds: UInt64 = 0

  /// Nothing yet.
  package init(plan: LoadPlan) { self.plan = plan }

  /// All requests without an answer, by the name of the error.
  package var errors: [String: UInt64] {
    writes.values.reduce(into: queries.errors) { $0.merge($1.errors, uniquingKeysWith: +) }
  }
  /// Requests without an answer.
  package var errorCount: UInt64 { errors.values.reduce(0, +) }
  /// Requests that were not sent, or not answered as they should be. A closed load asks for as much as there is, so what
  /// is refused for now tells how much that is, and is no failure.
  package var failedCount: UInt64 {
    errorCount + unsentCount - (plan.isOpen ? 0 : errors["OVERLOADED"] ?? 0)
  }
  /// Requests with one.
  package var answerCount: UInt64 { writes.values.reduce(queries.answerCount) { $0 + $1.answerCount } }
  /// Requests without an answer, sent or not, among all.
  package var errorShare: Double { share(errorCount + unsentCount, of: sendCount) }
  /// Late sends among all.
  package var lateShare: Double { share(lateCount, of: sendCount) }
  /// Answers that are less than they could be among all answers of queries.
  package var degradedShare: Double { share(degradedCount, of: queries.answerCount) }
  /// The mean share of the items that passed the filters; `nil` without an answer.
  package var passedShare: Double? { itemCount == 0 ? nil : share(passedCount, of: itemCount) }
  /// The mean share of the collection that answers have seen; `nil` without an answer.
  package var coverage: Double? {
    queries.answerCount == 0 ? nil : Double(coverageSum) / 1e6 / Double(queries.answerCount)
  }
  /// Answers a second, of queries and writes, over all of that time.
  package var answersPerSecond: Double { share(answerCount, of: elapsedMicroseconds) * 1e6 }

  /// Whether the client kept its schedule, so that the latencies may be told.
  package var isOnTime: Bool { lateShare <= Self.lateShareMax }

  /// Whether latencies may be told at all.
  package var hasLatency: Bool { plan.isOpen && isOnTime && queries.answerCount > 0 }

  private func share(_ count: UInt64, of total: UInt64) -> Double { total == 0 ? 0 : Double(count) / Double(total) }

  /// Takes in what a counted request came to.
  mutating func add(_ sample: LoadSample, latency: UInt64, service: UInt64, at offset: UInt64) {
    elapsedMicroseconds = max(elapsedMicroseconds, max(offset, 1))
    let slot = Int(min(offset / plan.intervalMicroseconds, 10_000))
    while intervals.count <= slot { intervals.append(LoadInterval()) }
    switch (sample.outcome, sample.kind) {
    case (.failed(let name), .query):
      queries.errors[name, default: 0] += 1
      intervals[slot].errorCount += 1
    case (.failed(let name), let kind):
      writes[kind, default: LoadTally()].errors[name, default: 0] += 1
      intervals[slot].errorCount += 1
    case (.answered(let answer), .query):
      queries.latency.record(microseconds: latency)
      queries.service.record(microseconds: service)
      intervals[slot].latency.record(microseconds: latency)
      intervals[slot].coverageSum += UInt64(answer.coverage)
      add(answer)
    case (.answered, let kind):
      writes[kind, default: LoadTally()].latency.record(microseconds: latency)
      writes[kind, default: LoadTally()].service.record(microseconds: service)
      intervals[slot].writeCount += 1
    }
  }

  private mutating func add(_ answer: LoadAnswer) {
    coverageSum += UInt64(answer.coverage)
    if answer.coverage < 1_000_000 { uncoveredCount += 1 }
    if !answer.isReranked { unrerankedCount += 1 }
    if answer.coverage < 1_000_000 || !answer.isReranked { degradedCount += 1 }
    itemCount += answer.itemCount
    passedCount += answer.passedCount
    quality.merge(answer.quality)
    for phase in answer.phases { self[phase: phase.name].record(microseconds: phase.microseconds) }
  }

  private subscript(phase name: String) -> LatencyHistogram {
    get { phases.first { $0.name == name }?.latency ?? LatencyHistogram() }
    _modify {
      if !phases.contains(where: { $0.name == name }) { phases.append((name, LatencyHistogram())) }
      let index = phases.firstIndex { $0.name == name } ?? 0
      yield &phases[index].latency
    }
  }

  /// Adds what another client has counted that ran beside this one: rates add up, times do not.
  package mutating func merge(_ other: LoadReport) {
    switch (plan.mode, other.plan.mode) {
    case (.open(let a, let arrivals), .open(let b, _)):
      plan.mode = .open(rate: LoadRate(from: a.first + b.first, to: a.last + b.last), arrivals: arrivals)
    case (.closed(let a), .closed(let b)): plan.mode = .closed(concurrency: a + b)
    default: break
    }
    sendCount += other.sendCount
    lateCount += other.lateCount
    unsentCount += other.unsentCount
    queries.merge(other.queries)
    for (kind, tally) in other.writes { writes[kind, default: LoadTally()].merge(tally) }
    for phase in other.phases { self[phase: phase.name].merge(phase.latency) }
    coverageSum += other.coverageSum
    uncoveredCount += other.uncoveredCount
    unrerankedCount += other.unrerankedCount
    degradedCount += other.degradedCount
    itemCount += other.itemCount
    passedCount += other.passedCount
    quality.merge(other.quality)
    for (index, interval) in other.intervals.enumerated() {
      if index < intervals.count { intervals[index].merge(interval) } else { intervals.append(interval) }
    }
    elapsedMicroseconds = max(elapsedMicroseconds, other.elapsedMicroseconds)
  }
}
