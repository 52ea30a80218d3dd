import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow cluster quality`: what answers miss because only a part of the items is re-ranked, and the last runs of loops.
enum ClusterQualityVerb {
  /// What the coordinator has measured of a collection since its start.
  struct Loss: Equatable {
    let collection: String
    /// Queries that were asked once more with ten times the candidates.
    let queries: UInt64
    /// Results of these, and those of them that the answers had.
    let results, found: UInt64

    /// The share of the results that answers missed; `nil`: nothing was measured.
    var share: Double? { results > 0 ? 1 - Double(min(found, results)) / Double(results) : nil }

    /// What to do about the depth of queries.
    var advice: String {
      guard queries >= ClusterQualityVerb.queriesMin, let share else {
        return "too few queries to say: \(ClusterQualityVerb.queriesMin) are needed"
      }
      return share > 0.01 ? "try a greater depth" : "the depth is enough"
    }
  }

  private static let queriesMin: UInt64 = 100
  private static let runsShown = 5

  static let verb = Verb(
    command: Command(
      name: "quality", summary: "Show what answers miss, whether a greater depth pays, and the last runs of loops",
      details: """
        A coordinator with --loss-rate asks a share of the queries once more in the background, with ten times the \
        candidates. What the answers lacked of those results is the loss; above one in a hundred a greater depth is worth \
        its time. The figures are those of the coordinator that is asked, since its start. Below them stand the last runs of \
        'winnow loop' that the cluster knows of, the newest last.
        """)
  ) { (session) async throws(Failure) in
    let (metrics, runs) = try await session.withClient { (client) throws(WinnowError) in
      let metrics = try await client.metrics(timeout: session.timeout)
      return (metrics, try await lastRuns(client, session))
    }
    let losses = read(metrics)
    session.print(
      .object([("losses", .list(losses.map(json))), ("loop_runs", .list(runs.map(ClusterEventsVerb.json)))]),
      human: text(losses) + text(runs))
    return .ok
  }

  /// The last runs of loops, ascending; a key that may read metrics alone sees none.
  private static func lastRuns(
    _ client: WinnowClient, _ session: Session
  ) async throws(WinnowError) -> ArraySlice<ClusterEvents.Event> {
    do throws(WinnowError) {
      return try await client.clusterEvents(timeout: session.timeout).events.filter(\.isLoopRun).suffix(runsShown)
    } catch {
      guard error.name == "PERMISSION_DENIED" else { throw error }
      return []
    }
  }

  /// Reads what is measured from the metrics of a coordinator, as Prometheus text.
  static func read(_ metrics: String) -> [Loss] {
    let lines = metrics.split(separator: "\n")
    func value(_ name: String, _ collection: Substring) -> UInt64 {
      let start = "\(name){collection=\"\(collection)\"} "
      return lines.first { $0.hasPrefix(start) }.flatMap { UInt64($0.dropFirst(start.count)) } ?? 0
    }
    let start = "winnow_retrieval_measured_total{collection=\""
    return lines.filter { $0.hasPrefix(start) }.map { line in
      let collection = line.dropFirst(start.count).prefix { $0 != "\"" }
      return Loss(
        collection: String(collection), queries: value("winnow_retrieval_measured_total", collection),
        results: value("winnow_retrieval_top_total", collection),
        found: value("winnow_retrieval_found_total", collection))
    }
  }

  private static func text(_ losses: [Loss]) -> String {
    guard !losses.isEmpty else {
      return "nothing was measured: the coordinator needs --loss-rate, and queries of a collection with a model\n"
    }
    var table = Table([
      ("collection", .left), ("queries", .right), ("results", .right), ("missed", .right), ("advice", .left),
    ])
    for loss in losses {
      table.add([
        loss.collection, Text.grouped(loss.queries), Text.grouped(loss.results),
        loss.share.map { "\(Text.fixed(100 * $0, 2)) %" } ?? "–", loss.advice,
      ])
    }
    return table.text
  }

  private static func text(_ runs: ArraySlice<ClusterEvents.Event>) -> String {
    guard !runs.isEmpty else { return "" }
    var table = Table([("time", .left), ("collection", .left), ("run of the loop", .left)], widthMax: 80)
    for run in runs { table.add([ClusterEventsVerb.time(run.time), run.subject.visible, run.detail.visible]) }
    return "\n" + table.text
  }

  private static func json(_ loss: Loss) -> JSON {
    .object([
      ("collection", .text(loss.collection)), ("queries", .text(String(loss.queries))),
      ("results", .text(String(loss.results))), ("found", .text(String(loss.found))),
      ("missed", loss.share.map { .number($0) } ?? .null), ("advice", .text(loss.advice)),
    ])
  }
}
