import Kernels
import Placement
import Vocabulary
import Wire

/// An answer as the console shows it: every item of a page of k, before re-ranking or after it, with its places in both
/// orders.
struct ConsoleAnswer {
  let response: RankResponse
  private let query: ConsoleQuery
  private let map: ShardMap
  private let microseconds: UInt64

  init(_ response: RankResponse, to query: ConsoleQuery, map: ShardMap, microseconds: UInt64) {
    self.response = response
    self.query = query
    self.map = map
    self.microseconds = microseconds
  }

  var json: JSONText {
    let results = response.results
    let before = placesByRetrieval
    let places = (query.page - 1) * query.k..<query.page * query.k
    let shown = results.ids.indices.filter { places.contains($0) || places.contains(before[$0]) }
    return .object([
      ("collection", .text(query.request.collection)),
      ("user", query.request.user.map { .id($0.rawValue) } ?? .null), ("k", .count(query.k)),
      ("first", .count(places.lowerBound)),
      ("depth", .count(query.request.depth)), ("filter", .text(query.request.filter)),
      ("exact", .bool(results.isExact)), ("ranked", .bool(results.isRanked)),
      ("compared", .count(results.ids.count)), ("elapsed_us", .count(microseconds)),
      ("results", .list(shown.map { result($0, before: before[$0]) })), ("words", words), ("report", report),
      ("page", page),
    ])
  }

  /// The place of each result by retrieval score, from 0: higher first, then by id.
  private var placesByRetrieval: [Int] {
    let results = response.results
    let order = results.ids.indices.sorted { a, b in
      let (x, y) = (results.retrievalScores[a], results.retrievalScores[b])
      return x == y ? results.ids[a] < results.ids[b] : x > y
    }
    var places = [Int](repeating: 0, count: order.count)
    for (place, row) in order.enumerated() { places[row] = place }
    return places
  }

  private func result(_ row: Int, before: Int) -> JSONText {
    let results = response.results
    let slot = slot(of: ItemID(results.ids[row]))
    let logit = row < results.rerankedCount ? results.logits[row] : nil
    // What words say is part of the logit then.
    let probability = response.report.words.lexicalScores.isEmpty ? logit.map(Exact.sigmoid) : nil
    let attributes = results.attributes.columns.indices.map { column in
      (results.attributes.columns[column].name, JSONText(results.attributes.value(row: row, column: column)))
    }
    return .object([
      ("id", .id(results.ids[row])), ("rank", .count(row + 1)), ("rank_by_retrieval", .count(before + 1)),
      ("shard", .count(map.owner(of: slot).id.rawValue)), ("slot", .count(slot.rawValue)),
      ("retrieval_score", .float(results.retrievalScores[row])), ("logit", logit.map { .float($0) } ?? .null),
      ("probability", probability.map { .float($0) } ?? .null), ("attributes", .object(attributes)),
      ("matched", matched(row)), ("explanation", explanation(row)), ("moves", moves(row)),
    ])
  }

  /// The terms of the query that an explained result has.
  private func matched(_ row: Int) -> JSONText {
    let words = response.report.words
    guard words.matched.indices.contains(row) else { return .null }
    return .list(words.matched[row].terms.map { .text(words.terms[Int($0)].text) })
  }

  /// What became of the words.
  private var words: JSONText {
    let words = response.report.words
    guard words.state != .none else { return .null }
    return .object([
      ("state", .text(words.state.words)), ("by_words", .count(words.byWords)), ("by_vector", .count(words.byVector)),
      ("lexicon_missing", .bool(words.lacksLexicon)),
      (
        "terms",
        .list(
          words.terms.map {
            .object([("term", .text($0.text)), ("weight", .float($0.weight)), ("known", .bool($0.isKnown))])
          })
      ),
      (
        "changes",
        .list(
          words.changes.map {
            .object([
              ("rule", .text($0.rule.words)), ("from", .text($0.from)), ("to", .list($0.to.map { .text($0) })),
            ])
          })
      ),
    ])
  }

  private var report: JSONText {
    let report = response.report
    let missing = report.missing.map {
      JSONText.object([
        ("shard", .count($0.shard.rawValue)), ("slots", .count($0.slots)), ("cause", .text($0.cause.words)),
      ])
    }
    return .object([
      ("coverage", .number(Double(report.coverage) / 1_000_000)), ("shards", .count(report.shardCount)),
      ("shards_answered", .count(report.shardsAnswered)), ("items_covered", .count(report.itemsCovered)),
      ("scanned", .count(report.scanned)), ("passed", .count(report.passed)), ("missing", .list(missing)),
      ("candidates", .count(report.candidates)), ("reranked", .count(report.reranked)),
      ("not_finite", .count(report.notFinite)), ("reasks", .count(report.reasks)),
      ("query_source", .text(report.querySource.words)), ("promise", report.promise.map { .text($0.words) } ?? .null),
      ("arm", report.arm.map { .text($0.name) } ?? .null),
      ("events_counted", .count(report.eventsCounted)),
      ("events_skipped", .count(report.eventsSkipped)), ("history", .text(report.history.state.words)),
      ("history_counted", .count(report.history.counted)),
      ("history_newest_us", .count(report.history.newestMicroseconds)),
      ("history_excluded", .count(report.history.excluded)),
      ("generation", .count(report.generation.rawValue)),
      ("model", report.model == 0 ? .null : .text(String(report.model, radix: 16))),
      ("epoch", .count(report.epoch.rawValue)), ("request_id", .text(String(report.requestID, radix: 16))),
      ("waterfall", .list(report.waterfall.map { JSONText($0) })),
    ])
  }
}

extension JSONText {
  /// A value of an item.
  init(_ value: AttributeValue?) {
    switch value {
    case nil: self = .null
    // Beyond 2⁵³ a browser's number is another one.
    case .int(let value): self = abs(Double(value)) < 0x1p53 ? .integer(value) : .text(String(value))
    case .float(let value): self = .number(value)
    case .keyword(let value), .text(let value): self = .text(value)
    case .keywordSet(let values): self = .list(values.map { .text($0) })
    case .bool(let value): self = .bool(value)
    }
  }

  /// A stretch of a query's time.
  init(_ span: RankReport.Span) {
    self = .object([
      ("phase", .text(span.phase.words)), ("shard", span.shard.map { .count($0.rawValue) } ?? .null),
      ("start_us", .count(span.startMicroseconds)), ("duration_us", .count(span.durationMicroseconds)),
    ])
  }

  /// An event of a history.
  init(_ event: ShopperEvent) {
    self = .object([
      ("time_us", .count(event.time)), ("kind", .text(event.kind.word)),
      ("item", event.kind == .search ? .null : .id(event.item)), ("place", .count(event.place)),
      ("value", .float(event.value)), ("text", .text(event.text)), ("fast", .bool(event.isFast)),
    ])
  }

  /// A link's traffic.
  init(_ link: StatusResponse.Link) {
    self = .object([
      ("peer", .text(link.peer)), ("raw_bytes_out", .count(link.rawBytesOut)),
      ("wire_bytes_out", .count(link.wireBytesOut)), ("raw_bytes_in", .count(link.rawBytesIn)),
      ("wire_bytes_in", .count(link.wireBytesIn)),
    ])
  }

  /// Moves of slots, and how far they are.
  init(_ moves: RebalanceResponse) {
    self = .object([
      ("state", .text(moves.state.words)), ("phase", .text(moves.phase.words)), ("slots", .count(moves.slots)),
      ("slots_left", .count(moves.slotsLeft)), ("from", moves.source.map { .count($0.rawValue) } ?? .null),
      ("to", moves.target.map { .count($0.rawValue) } ?? .null), ("items", .count(moves.items)),
      ("items_copied", .count(moves.itemsCopied)), ("bytes", .count(moves.bytes)),
      ("bytes_copied", .count(moves.bytesCopied)), ("us", .count(moves.microseconds)),
      ("us_left", moves.microsecondsLeft == 0 ? .null : .count(moves.microsecondsLeft)),
      ("failures", .count(moves.failures)), ("reason", .text(moves.reason)),
      (
        "moves",
        .list(
          moves.moves.map {
            .object([
              ("from", .count($0.source.rawValue)), ("to", .count($0.target.rawValue)), ("slots", .count($0.slots)),
            ])
          })
      ),
    ])
  }
}

extension StatusResponse.Shard.State {
  /// The words for people.
  var words: String {
    switch self {
    case .up: "up"
    case .down: "down"
    case .connecting: "connecting"
    default: "state \(rawValue)"
    }
  }
}

extension RebalanceResponse.State {
  /// The words for people.
  fileprivate var words: String {
    switch self {
    case .atRest: "at rest"
    case .planned: "planned"
    case .working: "moving"
    case .paused: "paused"
    case .stopped: "stopped"
    case .ending: "ending"
    default: "state \(rawValue)"
    }
  }
}

extension RebalanceResponse.Phase {
  /// The words for people.
  fileprivate var words: String {
    switch self {
    case .none: "none"
    case .beginning: "beginning"
    case .copying: "copying"
    case .catchingUp: "catching up"
    case .frozen: "frozen"
    case .verifying: "verifying"
    case .switching: "switching"
    case .ending: "ending"
    case .waiting: "waiting"
    default: "phase \(rawValue)"
    }
  }
}
