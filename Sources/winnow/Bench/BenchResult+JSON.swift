import Vocabulary
import JSON
import LoadClient
import Telemetry
import Wire

extension BenchResult {
  /// As JSON, from which `--merge` and `--compare` read it again.
  var json: JSON {
    var fields: [(String, JSON)] = [
      ("kind", .text("bench")), ("program", .text("winnow/\(Version.text)")), ("collection", .text(collection)),
      ("slo", serviceLevel.map { .text($0) } ?? .null), ("slo_held", .bool(breaches.allSatisfy(\.isEmpty))),
    ]
    if let maximum {
      fields.append(
        (
          "find_max",
          .object([
            ("rate", maximum.best.map { .number($0) } ?? .null),
            ("failed", maximum.failed.map { .number($0) } ?? .null),
            ("reason", .text(maximum.reason)),
          ])
        ))
    }
    fields.append(
      (
        "runs",
        .list(
          zip(runs, breaches).map { run, breaches in
            .object(run.fields + [("breaches", .list(breaches.map { .text($0) }))])
          })
      ))
    return .object(fields)
  }
}

extension BenchRun {
  fileprivate var fields: [(String, JSON)] {
    let count = Double(max(1, requestCount))
    return report.fields + [
      ("started", .number(started)), ("requests", .id(requestCount)), ("retries", .id(retryCount)),
      ("client_cores", .number(cores)),
      ("client_busy", .bool(isClientBusy)),
      (
        "bytes",
        .object([
          ("out_raw", .id(traffic.rawBytesOut)), ("out_wire", .id(traffic.wireBytesOut)),
          ("in_raw", .id(traffic.rawBytesIn)), ("in_wire", .id(traffic.wireBytesIn)),
          ("out_wire_per_request", .number(Double(traffic.wireBytesOut) / count)),
          ("in_wire_per_request", .number(Double(traffic.wireBytesIn) / count)),
        ])
      ), ("feed_batch", .int(feedBatch)), ("feed", feed.map { .object($0.fields) } ?? .null),
    ]
  }
}

extension LoadReport {
  fileprivate var fields: [(String, JSON)] {
    var fields: [(String, JSON)]
    switch plan.mode {
    case .open(let rate, let arrivals):
      fields = [
        ("loop", .text("open")), ("rate", .number(rate.first)), ("rate_last", .number(rate.last)),
        ("arrivals", .text(arrivals.rawValue)),
      ]
    case .replay(let times): fields = [("loop", .text("replay")), ("listed", .int(times.count))]
    case .closed(let concurrency):
      fields = [("loop", .text("closed")), ("concurrency", .int(concurrency)), ("measures", .text("throughput only"))]
    }
    let tells = hasLatency
    return fields + [
      ("seed", .exact(plan.seed)), ("warmup_us", .id(plan.warmupMicroseconds)),
      ("duration_us", .id(plan.durationMicroseconds)),
      ("late_limit_us", .id(plan.lateMicroseconds)), ("elapsed_us", .id(elapsedMicroseconds)),
      ("due", .id(sendCount)), ("late", .id(lateCount)), ("not_sent", .id(unsentCount)), ("on_time", .bool(isOnTime)),
      ("answered", .id(answerCount)), ("answers_per_second", .number(answersPerSecond)),
      ("coverage", coverage.map { .number($0) } ?? .null), ("coverage_sum", .id(coverageSum)),
      ("not_covered", .id(uncoveredCount)), ("not_reranked", .id(unrerankedCount)), ("degraded", .id(degradedCount)),
      ("checked", .id(quality.checkedCount)), ("wrong", .id(quality.wrongCount)), ("items", .id(itemCount)),
      ("passed", .id(passedCount)), ("errors", Self.json(errors)),
      ("quality", quality.json),
      // Percentiles would mislead in a closed loop, and where the client did not keep its schedule.
      ("query", queries.json(tells: tells)),
      ("upsert", writes[.upsert].map { $0.json(tells: plan.isOpen && isOnTime) } ?? .null),
      ("delete", writes[.delete].map { $0.json(tells: plan.isOpen && isOnTime) } ?? .null),
      ("phases", .object(phases.map { ($0.name, $0.latency.json(tells: true)) })),
      ("interval_us", .id(plan.intervalMicroseconds)), ("intervals", .list(intervals.map { $0.json(tells: tells) })),
    ]
  }

  fileprivate static func json(_ errors: [String: UInt64]) -> JSON {
    .object(errors.sorted { $0.key < $1.key }.map { ($0.key, .id($0.value)) })
  }
}

extension LoadTally {
  fileprivate func json(tells: Bool) -> JSON {
    .object([
      ("answered", .id(answerCount)), ("errors", LoadReport.json(errors)), ("latency_us", latency.json(tells: tells)),
      ("service_us", service.json(tells: tells)),
    ])
  }
}

extension LoadInterval {
  fileprivate func json(tells: Bool) -> JSON {
    .object([
      ("errors", .id(errorCount)), ("writes", .id(writeCount)), ("coverage_sum", .id(coverageSum)),
      ("latency_us", latency.json(tells: tells)),
    ])
  }
}

extension QualityTally {
  fileprivate var json: JSON {
    guard comparedCount + failedCount > 0 else { return .null }
    let depths = recallSums.keys.sorted()
    return .object(
      [("compared", .id(comparedCount)), ("same", .id(sameCount)), ("failed", .id(failedCount))]
        + depths.map { ("recall@\($0)", recall(at: $0).map { .number($0) } ?? .null) }
        + depths.map { ("ndcg@\($0)", ndcg(at: $0).map { .number($0) } ?? .null) })
  }
}

extension LatencyHistogram {
  /// Percentiles, if they may be told, and pairs of microseconds and count from which the histogram comes back.
  fileprivate func json(tells: Bool) -> JSON {
    var fields: [(String, JSON)] = []
    if tells, count > 0 {
      fields = BenchResult.percentiles.map { ($0.name, .id(percentile($0.percent) ?? 0)) }
      fields.append(("max", .id(microsecondsMax ?? 0)))
    }
    var pairs: [JSON] = []
    for bucket in buckets {
      let least = bucket.microseconds.contains(microsecondsMin ?? 0) ? microsecondsMin : nil
      if let least { pairs += [.id(least), .int(1)] }
      let rest = bucket.count - (least == nil ? 0 : 1)
      if rest > 0 { pairs += [.id(min(bucket.microseconds.upperBound, microsecondsMax ?? 0)), .id(rest)] }
    }
    return .object(fields + [("histogram", .list(pairs))])
  }
}
