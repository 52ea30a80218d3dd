import Filters
import Vocabulary
import Wire

extension AttributeSelection {
  var shown: (kind: Int, names: [String]) {
    switch self {
    case .none: (0, [])
    case .all: (1, [])
    case .named(let names): (2, names)
    }
  }
}

extension RankRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("k", .small(k))
    sheet.put("depth", .small(depth))
    sheet.put("minimum_coverage", .small(minimumCoverage))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("user", .wide(user?.rawValue ?? 0))
    sheet.put("who", .flag(user != nil))
    sheet.put("attributes_wanted", .small(attributes.shown.kind))
    sheet.put("most_per_group", .small(groupCap?.most ?? 0))
    sheet.put("group_attribute", groupCap?.attribute ?? "")
    sheet.put("collection", collection)
    sheet.put("query_vector", vector)
    sheet.put("user_vector", userVector)
    sheet.put("filter", filter)
    sheet.put(
      "context", context,
      [
        ("name", { .text($0.name) }),
        ("kind", { if case .number = $0.value { .number(1) } else { .number(2) } }),
        ("number", { if case .number(let number) = $0.value { .bits(number) } else { .null } }),
        ("text", { if case .keyword(let text) = $0.value { .text(text) } else { .null } }),
      ])
    sheet.put("attributes", attributes.shown.names)
    sheet.put("session", sessionItems)
    sheet.put("exclude", exclude)
    guard sheet.bodyVersion >= 2 else { return }
    sheet.put("least_depth", .small(leastDepth))
    sheet.put("request_id", .wide(requestID))
    sheet.put("explained", .small(explainedCount))
  }
}

extension RankResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("n", .small(results.ids.count))
    sheet.put("exact", .flag(results.isExact))
    sheet.put("ranked", .flag(results.isRanked))
    sheet.put("reranked_results", .small(results.rerankedCount))
    sheet.put(results.attributes)
    sheet.put("ids", results.ids)
    sheet.put("retrieval_scores", results.retrievalScores)
    sheet.put("ranking_logits", results.logits)
    report.show(in: &sheet)
  }
}

extension RankReport: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("model", .wide(model))
    sheet.put("epoch", .small(epoch.rawValue))
    sheet.put("query_source", .small(querySource.rawValue))
    sheet.put("user_vector_source", .small(userVectorSource.rawValue))
    sheet.put("session_items_found", .small(sessionItemsFound))
    sheet.put("coverage", .small(coverage))
    sheet.put("shards_in_map", .small(shardCount))
    sheet.put("shards_in_full", .small(shardsAnswered))
    sheet.put("items_covered", .wide(itemsCovered))
    sheet.put("scanned", .wide(scanned))
    sheet.put("passed", .wide(passed))
    sheet.put(
      "missing", missing,
      [
        ("shard", { .small($0.shard.rawValue) }), ("slots", { .small($0.slots) }),
        ("cause", { .small($0.cause.rawValue) }),
      ])
    sheet.put("candidates", .small(candidates))
    sheet.put("reranked", .small(reranked))
    sheet.put("not_finite", .small(notFinite))
    sheet.put("displaced", .small(displacedByCap))
    sheet.put("reasks", .small(reasks))
    sheet.put(
      "waterfall", waterfall,
      [
        ("phase", { .small($0.phase.rawValue) }), ("shard", { .small($0.shard?.rawValue ?? .max) }),
        ("start_us", { .small($0.startMicroseconds) }), ("duration_us", { .small($0.durationMicroseconds) }),
      ])
    guard sheet.bodyVersion >= 2 else { return }
    sheet.put("depth", .small(depth))
    sheet.put("request_id", .wide(requestID))
    explanation.show(in: &sheet)
  }
}

extension RankExplanation: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("explanation", .small(state.rawValue))
    sheet.put("base_logit", .bits(base))
    sheet.put(
      "inputs", inputs,
      [
        ("kind", { .small($0.kind.rawValue) }), ("shared", { .flag($0.shared != nil) }), ("name", { .text($0.name) }),
        ("value_kind", { $0.shared?.shown.kind ?? .null }), ("number", { $0.shared?.shown.number ?? .null }),
        ("words", { $0.shared?.shown.words ?? .null }),
      ])
    sheet.put(
      "explained", items,
      [
        ("place", { .small($0.place) }), ("shard", { .small($0.shard.rawValue) }),
        ("phase", { .small($0.phase.rawValue) }), ("has_parts", { .flag(!$0.parts.isEmpty) }),
        ("value_kinds", { Self.joined($0.parts.map(\.value.shown.kind)) }),
        ("numbers", { Self.joined($0.parts.map(\.value.shown.number)) }),
        ("words", { Self.joined($0.parts.map(\.value.shown.words)) }),
        ("parts", { Self.joined($0.parts.map { .bits($0.logit) }) }),
      ])
  }

  private static func joined(_ values: [FieldValue]) -> FieldValue {
    .text(values.map(\.plain).joined(separator: "|"))
  }
}

extension RankExplanation.Value {
  fileprivate var shown: (kind: FieldValue, number: FieldValue, words: FieldValue) {
    switch self {
    case .missing: (.number(0), .bits(0.0), .text(""))
    case .number(let number): (.number(1), .bits(number), .text(""))
    case .words(let words): (.number(2), .bits(0.0), .text(words))
    case .norm(let norm): (.number(3), .bits(norm), .text(""))
    }
  }
}

extension SearchRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("limit", .small(limit))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("snapshot", .wide(snapshot))
    sheet.put("rerank_encoding", .small(encoding.rawValue))
    sheet.put("after", .flag(after != nil))
    sheet.put("after_score", .bits(after?.score.value ?? 0))
    sheet.put("after_id", .wide(after?.itemID.rawValue ?? 0))
    sheet.put("collection", collection)
    sheet.put("query", query)
    sheet.put("attributes", attributes)
    sheet.put("filter", filter?.text ?? "")
    sheet.put("exclude", exclude)
    if sheet.bodyVersion >= 2 { sheet.put("request_id", .wide(requestID)) }
  }
}

extension SearchResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("n", .small(ids.count))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("snapshot", .wide(snapshot))
    sheet.put("owned", .wide(owned))
    sheet.put("scanned", .wide(scanned))
    sheet.put("passed", .wide(passed))
    sheet.put("queue_us", .small(queueMicroseconds))
    sheet.put("scan_us", .small(scanMicroseconds))
    sheet.put("complete", .flag(isComplete))
    sheet.put("rerank_encoding", .small(rerank.encoding.rawValue))
    sheet.put("rerank_dimension", .small(rerank.dimension))
    sheet.put(attributes)
    sheet.put("ids", ids)
    sheet.put("scores", scores)
    let isHalf = rerank.encoding == .bfloat16
    sheet.put("rerank_vectors", list: rerank.values.map { isHalf ? .small($0.bitPattern >> 16) : .bits($0) })
  }
}

extension GetRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("parts", .number((wantsEmbeddings ? 1 : 0) + (wantsRerank ? 2 : 0)))
    sheet.put("attributes_wanted", .small(attributes.shown.kind))
    sheet.put("collection", collection)
    sheet.put("attributes", attributes.shown.names)
    sheet.put("ids", ids)
  }
}

extension GetResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("n", .small(ids.count))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("dimension", .small(embeddingDimension))
    sheet.put("rerank_dimension", .small(rerankDimension))
    sheet.put("unavailable", .small(unavailable))
    sheet.put(attributes)
    sheet.put("ids", ids)
    sheet.put("versions", versions)
    sheet.put("embeddings", embeddings)
    sheet.put("rerank_vectors", rerank)
  }
}

extension SlowLogRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("after", .wide(after))
    sheet.put("limit", .small(limit))
  }
}

extension SlowLogResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("threshold_us", .wide(thresholdMicroseconds))
    sheet.put("total", .wide(total))
    func spans(_ field: @escaping (RankReport.Span) -> Int) -> (SlowQuery) -> FieldValue {
      { .text($0.waterfall.map { String(field($0)) }.joined(separator: "|")) }
    }
    sheet.put(
      "queries", queries,
      [
        ("number", { .wide($0.number) }), ("age_us", { .wide($0.ageMicroseconds) }),
        ("request_id", { .wide($0.requestID) }), ("duration_us", { .small($0.microseconds) }),
        ("error", { .small($0.error?.rawValue ?? 0) }), ("query_source", { .small($0.querySource.rawValue) }),
        ("has_user", { .flag($0.user != nil) }), ("user", { .wide($0.user?.rawValue ?? 0) }), ("k", { .small($0.k) }),
        ("depth", { .small($0.depth) }), ("depth_used", { .small($0.depthUsed) }),
        ("coverage", { .small($0.coverage) }), ("candidates", { .small($0.candidates) }),
        ("reranked", { .small($0.reranked) }), ("reasks", { .small($0.reasks) }),
        ("straggler", { .small($0.straggler?.rawValue ?? .max) }), ("session_items", { .small($0.sessionItems) }),
        ("excluded", { .small($0.excluded) }), ("filter_bytes", { .small($0.filterBytes) }),
        ("collection", { .text($0.collection) }), ("filter", { .text($0.filter) }),
        ("phases", spans { Int($0.phase.rawValue) }), ("shards", spans { Int($0.shard?.rawValue ?? .max) }),
        ("starts_us", spans { Int($0.startMicroseconds) }), ("durations_us", spans { Int($0.durationMicroseconds) }),
      ])
  }
}
