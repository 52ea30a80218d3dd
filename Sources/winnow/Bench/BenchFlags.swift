import Arguments
import JSON
import LoadClient
import Vocabulary
import WinnowClient

/// The flags of `winnow bench`, and what they say together.
enum BenchFlags {
  static let rate = Flag(
    "rate", .string, "Requests a second: one rate, a ramp FROM-TO, or steps A,B,C of --duration each.", group: "Load",
    default: "100", placeholder: "RATE")
  static let concurrency = Flag(
    "concurrency", .int(1...10_000), "Requests always in flight, in place of a rate; throughput only.", group: "Load")
  static let arrivals = Flag(
    "arrivals", .choice(of: ArrivalSchedule.Kind.self), "How requests are spread over time.",
    group: "Load", default: "constant")
  static let duration = Flag(
    "duration", .duration(.milliseconds(1) ... .seconds(86_400)), "How long to measure.", group: "Load", default: "10s")
  static let warmup = Flag(
    "warmup", .duration(.zero ... .seconds(3600)), "How long to send before the measurement.", group: "Load",
    default: "2s")
  static let connections = Flag(
    "connections", .int(1...256), "Connections to the coordinator; each has room for 1,280 requests in flight.",
    group: "Load", default: "2")
  static let inFlight = Flag(
    "in-flight", .int(1...1_000_000), "Limit of requests in flight; requests above it count as not sent.",
    group: "Load", default: "10000")
  static let seed = Flag("seed", .int(0...Int.max), "The seed of all random draws.", group: "Load", default: "1")
  static let slo = Flag(
    "slo", .string,
    "Service levels, such as 'p99<50ms,recall@100>=0.99,coverage>=1,errors<0.001'; exit code 4 if one is missed.",
    group: "Load", placeholder: "BOUNDS")
  static let findMax = Flag.switch(
    "find-max", "Look for the highest rate at which --slo holds, from --rate on.", group: "Load")
  static let maxRate = Flag(
    "max-rate", .double(0.1...1_000_000), "Where --find-max ends.", group: "Load", default: "100000")

  static let users = Flag(
    "users", .string, "Shoppers to draw from, by number; with a dictionary also by name, or all of the dictionary.",
    group: "Queries", default: "1-1000", placeholder: "FIRST-LAST|NAME,…|all")
  static let zipf = Flag(
    "zipf", .double(0...5), "Zipf exponent: how much more often the first shoppers come; 0: all equally often.",
    group: "Queries", default: "0")
  static let sessions = Flag(
    "sessions", .string, "Items that a shopper has just looked at, in each query.", group: "Queries", default: "0-0",
    placeholder: "LEAST-MOST")
  static let items = Flag(
    "items", .string, "Items to draw sessions and filters from, as for --users.", group: "Queries", default: "1-1000",
    placeholder: "FIRST-LAST|NAME,…|all")
  static let queries = Flag(
    "queries", .file, "Queries to send in turn, as JSON lines with user, session, vector, filter, exclude, k, depth.",
    group: "Queries")
  static let replay = Flag.switch(
    "replay", "Send each line of --queries at its own time, the seconds in its 'at'.", group: "Queries")
  static let k = Flag(
    "k", .string, "Results wanted: a number, or a mix such as 10:8,100:2.", group: "Queries", default: "10",
    placeholder: "N[:WEIGHT],…")
  static let depth = Flag(
    "depth", .string, "Candidates to re-rank: a number, or a mix.", group: "Queries", default: "200",
    placeholder: "N[:WEIGHT],…")
  static let filter = Flag(
    "filter", .string, "Only items that pass this filter.", group: "Queries", placeholder: "EXPRESSION")
  static let selectivity = Flag.list(
    "selectivity", .double(0...1), "Shares of --items that filters let pass, each equally often.", group: "Queries",
    placeholder: "SHARE")
  static let selectivityBy = Flag(
    "selectivity-by", .string, "The numeric attribute for --selectivity.", group: "Queries", placeholder: "ATTRIBUTE")

  static let mix = Flag(
    "mix", .string, "Weights of queries, writes and removals, such as 90:9:1.", group: "Writes", default: "1:0:0",
    placeholder: "READ:WRITE:DELETE")
  static let feed = Flag(
    "feed", .double(0...1_000_000), "Items a second to write in batches beside the load.", group: "Writes", default: "0"
  )
  static let writeIDs = Flag(
    "write-ids", .string, "Ids to write, which no other client may use.", group: "Writes",
    default: "900000000000-900000009999", placeholder: "FIRST-LAST")
  static let keep = Flag.switch("keep", "Keep the written items in the collection.", group: "Writes")

  static let quality = Flag(
    "quality", .double(0...1),
    "The share of queries to compare with the exact answer, a second request of up to 30 s; 0.01 if --slo asks for it.",
    group: "Quality", default: "0")
  static let qualityDepth = Flag(
    "quality-depth", .int(1...Limits.depthMax),
    "Candidates that the exact answer re-ranks; without it the query's own.", group: "Quality")
  static let force = OutputFile.force.with(group: "Output")
  static let html = Flag(
    "html", .outputFile, "Write a page with charts, one file that needs no other.", group: "Output")
  static let hdr = Flag(
    "hdr", .outputFile, "Write a histogram log, as the tools of HdrHistogram read it.", group: "Output")
  static let compare = Flag(
    "compare", .file, "A result of --json to compare with: exit code 4 if this one is worse by more than noise.",
    group: "Output")
  static let merge = Flag.repeated(
    "merge", .file,
    "Results of --json of clients that ran at the same time: makes no load, and shows their joint result.",
    group: "Output")

  static let all: [any Argument] =
    [
      Session.collectionFlag, rate, concurrency, arrivals, duration, warmup, connections, inFlight, seed, slo, findMax,
      maxRate, users, zipf, sessions, items, queries, replay, k, depth, filter, selectivity, selectivityBy, mix, feed,
      writeIDs, keep, quality, qualityDepth, force, html, hdr, compare, merge,
    ] + OwnIDs.flags

  /// Refuses flags that have no effect beside the others.
  static func refuseUseless(_ session: Session, _ serviceLevel: ServiceLevel?) throws(Failure) {
    if !session[merge].isEmpty {
      let ofResults: [any Argument] = [slo, force, html, hdr, compare, merge]
      let names = ofResults.map { $0.row.name }
      try session.refuse(all.filter { !names.contains($0.row.name) }, "with --merge, which makes no load")
    }
    let rates: [any Argument] = [rate, arrivals]
    if session[replay] {
      try session.refuse(rates + [concurrency], "with --replay, which sends at the times of the file")
    }
    if session[concurrency] != nil { try session.refuse(rates, "with --concurrency") }
    if !session[findMax] { try session.refuse([maxRate], "without --find-max") }
    if session[selectivity].isEmpty { try session.refuse([selectivityBy], "without --selectivity") }
    if session[quality] == 0, serviceLevel?.qualityDepths.isEmpty ?? true {
      try session.refuse([qualityDepth], "without --quality, or a recall in --slo")
    }
    let mix = try mix(session)
    if mix.upsert == 0, mix.delete == 0, session[feed] == 0 {
      try session.refuse([writeIDs, keep], "without --mix or --feed: nothing is written")
    }
  }

  /// A range of ids, or of counts.
  static func range(_ flag: Flag<String>, _ session: Session) throws(Failure) -> ClosedRange<UInt64> {
    guard let range = range(session[flag]) else {
      throw session.usage(flag, "takes two numbers such as 1-1000")
    }
    return range
  }

  /// A range such as 1-1000.
  static func range(_ text: String) -> ClosedRange<UInt64>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt64(digits: $0) }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
    return first...last
  }

  static func choice(
    _ flag: Flag<String>, in range: ClosedRange<Int>, _ session: Session
  ) throws(Failure) -> WeightedChoice {
    guard let choice = WeightedChoice(session[flag], in: range) else {
      throw session.usage(flag, "takes numbers from 1 to \(range.upperBound), such as 10 or 10:8,100:2")
    }
    return choice
  }

  /// The promise, if there is one.
  static func serviceLevel(_ session: Session) throws(Failure) -> ServiceLevel? {
    guard let text = session[Self.slo] else { return nil }
    do throws(ServiceLevel.Mistake) { return try ServiceLevel(text) } catch {
      let caret = Caret.lines(text, byteOffset: error.offset) ?? ""
      throw Failure(.usage, session.values.complaint(about: Self.slo, error.message) + "\n" + caret.trimmingNewline())
    }
  }

  /// The rates to run at, one after another.
  static func rates(_ session: Session) throws(Failure) -> [LoadRate] {
    let text = session[Self.rate]
    let allowed = 0.01...1_000_000.0
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      part.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
    }
    let ends = parts.map { $0.compactMap { $0.flatMap { allowed.contains($0) ? $0 : nil } } }
    guard zip(parts, ends).allSatisfy({ $0.count == $1.count && (1...2).contains($1.count) }) else {
      throw session.usage(
        Self.rate, "takes a rate from 0.01 to 1000000, a ramp such as 100-1000 or steps such as 100,200,400")
    }
    return ends.map { LoadRate(from: $0[0], to: $0[$0.count - 1]) }
  }

  /// The weights of queries, writes and removals.
  static func mix(_ session: Session) throws(Failure) -> (query: Double, upsert: Double, delete: Double) {
    let parts = session[Self.mix].split(separator: ":", omittingEmptySubsequences: false)
    let weights = parts.compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
    guard parts.count == 3, weights.count == 3, weights.reduce(0, +) > 0 else {
      throw session.usage(Self.mix, "takes three weights such as 90:9:1")
    }
    return (weights[0], weights[1], weights[2])
  }
}

extension String {
  func trimmingNewline() -> String { hasSuffix("\n") ? String(dropLast()) : self }
}
