import JSON
import Vocabulary
import WinnowClient

/// An answer with everything that is in it, for programs.
enum AnswerJSON {
  static func json(_ answer: RankAnswer, of query: RankQuery, _ names: IDNames = IDNames()) -> JSON {
    let before = AnswerText.ranksByRetrieval(answer)
    let results = answer.results.enumerated().map { index, result in
      JSON.object(
        [("rank", .int(index + 1)), ("rank_by_retrieval", .int(before[index]))] + names.fields(result.item) + [
          ("retrieval_score", .float(result.retrievalScore)),
          ("lexical_score", result.lexicalScore.map { .float($0) } ?? .null),
          ("matched", answer.report.words?.matched(index).map { .list($0.map { .text($0) }) } ?? .null),
          ("logit", result.logit.map { .float($0) } ?? .null),
          ("probability", result.probability.map { .number($0) } ?? .null),
          ("attributes", .object(result.attributes.map { ($0.name, JSON($0.value)) })),
        ])
    }
    return .object(
      [("collection", .text(query.collection))] + names.fields(query.user) + [
        ("words", query.words.isEmpty ? .null : .text(query.words)), ("k", .int(query.k)), ("depth", .int(query.depth)),
        ("exact", .bool(answer.isExact)),
        ("ranked", .bool(answer.isRanked)), ("results", .list(results)),
        ("explanation", answer.explanation.map(ExplanationJSON.json) ?? .null), ("report", json(answer.report)),
        ("word_search", WordsText.json(answer)), ("page", PageText.json(answer)),
      ])
  }

  private static func json(_ report: RankReport) -> JSON {
    let missing = report.missing.map { shard in
      JSON.object([
        ("shard", .int(Int(shard.shard.rawValue))), ("slots", .int(shard.slots)), ("cause", .text(shard.cause)),
      ])
    }
    let waterfall = report.waterfall.map(json)
    let straggler = report.straggler.map { straggler in
      JSON.object([
        ("shard", .int(Int(straggler.shard.rawValue))), ("duration_us", .int(straggler.microseconds)),
        ("queue_us", .int(straggler.queueMicroseconds)), ("scan_us", .int(straggler.scanMicroseconds)),
        ("behind_others_us", straggler.leadMicroseconds.map { .int($0) } ?? .null),
      ])
    }
    return .object([
      ("coverage", .number(Double(report.coverage) / 1_000_000)), ("shards", .int(report.shardCount)),
      ("shards_answered", .int(report.shardsAnswered)), ("items_covered", .id(report.itemsCovered)),
      ("scanned", .id(report.scanned)), ("passed", .id(report.passed)), ("missing", .list(missing)),
      ("candidates", .int(report.candidates)), ("reranked", .int(report.reranked)),
      ("not_finite", .int(report.notFinite)), ("displaced_by_cap", .int(report.displacedByCap)),
      ("reasks", .int(report.reasks)), ("query_source", .text(report.querySource)),
      ("user_vector_source", .text(report.userVectorSource)), ("session_items_found", .int(report.sessionItemsFound)),
      ("events_counted", .int(report.eventsCounted)), ("events_skipped", .int(report.eventsSkipped)),
      ("history", .text(report.history)), ("history_events_counted", .int(report.historyEventsCounted)),
      ("newest_event_age_us", report.newestEventAge.map(microseconds) ?? .null),
      ("excluded_by_history", .int(report.excludedByHistory)),
      ("item_age_us", report.itemAge.map(microseconds) ?? .null),
      ("generation", .int(Int(report.generation.rawValue))), ("model", .model(report.model)),
      ("epoch", .int(Int(report.epoch.rawValue))), ("waterfall", .list(waterfall)), ("straggler", straggler ?? .null),
      ("depth", .int(report.depth)), ("promise", report.promise.map { .text($0.words) } ?? .null),
      ("experiment", report.experiment.map { .text(Text.hexadecimal($0)) } ?? .null),
      ("arm", report.arm.map { .text($0) } ?? .null),
      ("request_id", .text(Text.hexadecimal(report.requestID))),
    ])
  }

  private static func microseconds(_ age: Duration) -> JSON {
    let (seconds, rest) = age.components
    return .int(Int(seconds) * 1_000_000 + Int(rest / 1_000_000_000_000))
  }

  /// A stretch of a query's time.
  static func json(_ span: RankReport.Span) -> JSON {
    .object([
      ("phase", .text(span.phase)), ("shard", span.shard.map { .int(Int($0.rawValue)) } ?? .null),
      ("start_us", .int(span.startMicroseconds)), ("duration_us", .int(span.durationMicroseconds)),
    ])
  }
}
