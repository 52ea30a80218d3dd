import Arguments
import JSON
import LoadClient
import Telemetry
import Wire

extension BenchResult {
  /// Bytes of a result file at most.
  private static let byteCountMax = 256 << 20

  /// Reads what `--json` printed.
  init(reading path: String) throws(Failure) {
    let bytes = try Files.read(path, limit: Self.byteCountMax)
    let json: JSON
    do throws(JSONReader.Mistake) { json = try JSONReader.read(bytes[...]) } catch {
      throw Failure(.failed, "\(path) is not JSON: \(error.text)", advice: "give what 'winnow bench --json' printed")
    }
    guard json["kind"] == .text("bench"),
      case .text(let collection)? = json["collection"], case .list(let runs)? = json["runs"]
    else { throw Failure(.failed, "\(path) is no result of winnow bench --json") }
    let read = runs.compactMap { BenchRun($0) }
    guard read.count == runs.count, !read.isEmpty else { throw Failure(.failed, "\(path) has a run that is none") }
    self.init(collection: collection, runs: read, serviceLevel: nil)
  }
}

extension BenchRun {
  fileprivate init?(_ json: JSON) {
    guard let report = LoadReport(json) else { return nil }
    self.init(report: report)
    feed = json["feed"].flatMap { LoadReport($0) }
    feedBatch = Int(clamping: json["feed_batch"]?.asID ?? 0)
    requestCount = json.count("requests")
    retryCount = json.count("retries")
    cores = json["client_cores"]?.asNumber ?? 0
    started = json["started"]?.asNumber ?? 0
    guard let bytes = json["bytes"] else { return }
    traffic.rawBytesOut = bytes.count("out_raw")
    traffic.wireBytesOut = bytes.count("out_wire")
    traffic.rawBytesIn = bytes.count("in_raw")
    traffic.wireBytesIn = bytes.count("in_wire")
  }
}

extension LoadReport {
  fileprivate init?(_ json: JSON) {
    guard let mode = Self.mode(json), let warmup = json["warmup_us"]?.asID, let duration = json["duration_us"]?.asID,
      duration > 0, let seed = json["seed"]?.asID, let queries = LoadTally(json["query"])
    else { return nil }
    var plan = LoadPlan(mode: mode, warmupMicroseconds: warmup, durationMicroseconds: duration, seed: seed)
    plan.lateMicroseconds = json["late_limit_us"]?.asID ?? plan.lateMicroseconds
    self.init(plan: plan)
    self.queries = queries
    for kind in [LoadSample.Kind.upsert, .delete] { writes[kind] = LoadTally(json[kind.rawValue]) }
    func count(_ key: String) -> UInt64 { json.count(key) }
    sendCount = count("due")
    lateCount = count("late")
    unsentCount = min(count("not_sent"), sendCount)
    elapsedMicroseconds = count("elapsed_us")
    coverageSum = count("coverage_sum")
    uncoveredCount = count("not_covered")
    unrerankedCount = count("not_reranked")
    degradedCount = count("degraded")
    itemCount = count("items")
    passedCount = count("passed")
    quality = QualityTally(json["quality"], of: json)
    if case .object(let phases)? = json["phases"] {
      self.phases = phases.compactMap { name, value in LatencyHistogram(value).map { (name, $0) } }
    }
    if case .list(let intervals)? = json["intervals"] { self.intervals = intervals.map(LoadInterval.init) }
  }

  private static func mode(_ json: JSON) -> LoadPlan.Mode? {
    switch json["loop"] {
    case .text("open"):
      guard let rate = json["rate"]?.asNumber, let last = json["rate_last"]?.asNumber, (1e-3...1e9).contains(rate),
        (1e-3...1e9).contains(last),
        case .text(let word)? = json["arrivals"], let arrivals = ArrivalSchedule.Kind(rawValue: word)
      else { return nil }
      return .open(rate: LoadRate(from: rate, to: last), arrivals: arrivals)
    case .text("replay"): return .replay(microseconds: [])
    case .text("closed"):
      return .closed(concurrency: Int(json.count("concurrency")))
    default: return nil
    }
  }
}

extension LoadTally {
  fileprivate init?(_ json: JSON?) {
    guard let json, let latency = LatencyHistogram(json["latency_us"]),
      let service = LatencyHistogram(json["service_us"]),
      case .object(let errors)? = json["errors"]
    else { return nil }
    self.init()
    self.latency = latency
    self.service = service
    for (name, count) in errors { self.errors[name] = min(count.asID ?? 0, JSON.countMax) }
  }
}

extension LoadInterval {
  fileprivate init(_ json: JSON) {
    self.init()
    latency = LatencyHistogram(json["latency_us"]) ?? LatencyHistogram()
    errorCount = json.count("errors")
    writeCount = json.count("writes")
    coverageSum = json.count("coverage_sum")
  }
}

extension QualityTally {
  fileprivate init(_ json: JSON?, of run: JSON) {
    var fields: [(String, JSON)] = []
    if case .object(let found)? = json { fields = found }
    let compared = json?.count("compared") ?? 0
    func sums(_ prefix: String) -> [Int: Double] {
      var sums: [Int: Double] = [:]
      for (key, value) in fields where key.hasPrefix(prefix) {
        guard let k = Int(key.dropFirst(prefix.count)), let mean = value.asNumber else { continue }
        sums[k] = mean * Double(compared)
      }
      return sums
    }
    self.init(
      recallSums: sums("recall@"), ndcgSums: sums("ndcg@"), comparedCount: compared,
      sameCount: json?.count("same") ?? 0, failedCount: json?.count("failed") ?? 0,
      checkedCount: run.count("checked"), wrongCount: run.count("wrong"))
  }
}

extension LatencyHistogram {
  fileprivate init?(_ json: JSON?) {
    guard case .list(let pairs)? = json?["histogram"], pairs.count % 2 == 0, pairs.count < 1 << 17 else { return nil }
    self.init()
    for index in stride(from: 0, to: pairs.count, by: 2) {
      guard let value = pairs[index].asID, let times = pairs[index + 1].asID else { return nil }
      record(microseconds: value, count: min(times, JSON.countMax))
    }
  }
}

extension JSON {
  /// Larger sums than any run has, which could overflow where they are added, are taken as this.
  private static let sumMax: UInt64 = 1 << 52
  /// The same for counts of which there are many.
  fileprivate static let countMax: UInt64 = 1 << 36

  fileprivate func count(_ key: String) -> UInt64 { min(self[key]?.asID ?? 0, Self.sumMax) }
}
