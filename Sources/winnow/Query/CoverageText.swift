import Vocabulary
import WinnowClient

/// The coverage of an answer in words, with the reasons of the gaps.
enum CoverageText {
  static func lines(_ answer: RankAnswer) -> [String] {
    let report = answer.report
    var lines = [
      "coverage \(percent(report.coverage)) · \(report.shardsAnswered) of \(report.shardCount) shards · "
        + "\(Text.grouped(report.itemsCovered)) items, \(Text.grouped(report.passed)) pass, "
        + "\(Text.grouped(report.scanned)) scored · \(answer.isExact ? "exact" : "not exact")"
    ]
    for missing in report.missing {
      lines.append("  missing: shard \(missing.shard.rawValue), \(missing.slots) of 4096 slots: \(missing.cause)")
    }
    var work = "re-ranked \(report.reranked) of \(report.candidates) candidates"
    work += report.model.map { " by model \(Text.hexadecimal($0).prefix(8))" } ?? ": no model, in order of retrieval"
    if let promise = report.promise { work += ", \(promise.words)" }
    if let arm = report.arm { work += " · arm \(arm)" }
    work += " · query from \(source(report)) · map \(report.epoch.rawValue)"
    if report.reasks > 0 { work += " · \(report.reasks) shards asked again" }
    if report.displacedByCap > 0 { work += " · \(report.displacedByCap) kept out by the cap" }
    if report.notFinite > 0 { work += " · \(report.notFinite) logits not finite" }
    return lines + [work] + history(report)
  }

  /// What the stored history of the user did, if it was asked for.
  private static func history(_ report: RankReport) -> [String] {
    guard report.isHistoryMissing || report.historyEventsCounted > 0 || report.excludedByHistory > 0 else { return [] }
    if report.isHistoryMissing { return ["history: not read, its shard did not answer in time"] }
    var parts = ["history: \(Text.grouped(report.historyEventsCounted)) events"]
    if let age = report.newestEventAge { parts.append("the newest \(seconds(age)) old") }
    if report.excludedByHistory > 0 { parts.append("\(Text.grouped(report.excludedByHistory)) items left out") }
    if let age = report.itemAge { parts.append("its items up to \(seconds(age)) from memory") }
    return [parts.joined(separator: ", ")]
  }

  private static func seconds(_ duration: Duration) -> String {
    let (seconds, rest) = duration.components
    return seconds >= 100
      ? "\(Text.grouped(Int(seconds))) s" : Text.fixed(Double(seconds) + Double(rest) / 1e18, 2) + " s"
  }

  /// Where the query vector came from, and how many events it was folded from.
  static func source(_ report: RankReport) -> String {
    let events = [(report.eventsCounted, "events"), (report.eventsSkipped, "skipped")]
      .filter { $0.0 > 0 }.map { "\(Text.grouped($0)) \($1)" }
    return report.querySource + (events.isEmpty ? "" : " (\(events.joined(separator: ", ")))")
  }

  /// Millionths as percent; 100 % only if nothing is missing.
  static func percent(_ millionths: Int) -> String {
    millionths == 1_000_000 ? "100 %" : Text.fixed(Double(millionths / 100) / 100, 2) + " %"
  }
}
