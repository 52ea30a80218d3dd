import Arguments
import Ranking
import Transport
import Vocabulary
import WinnowClient

/// `winnow feed`: writes the items of a file, or of standard input, into a collection.
enum FeedVerb {
  static let verb = Verb(
    command: Command(
      name: "feed", summary: "Write items from a file of JSON lines",
      details: """
        Each line is an object: "id", the attributes by their names, and "embedding" and "rerank" as lists of numbers \
        unless --vectors names a safetensors file that has them by id. Feeding the same lines again is safe.
        """,
      flags: [
        Session.collectionFlag,
        Flag("vectors", .file, "Tensors id, embedding and rerank, as safetensors."),
        Flag("reject", .file, "Where to write the lines that could not be fed, and why."),
        Flag(
          "complete", .bool,
          "The file is the whole collection: shards that lost their data count as complete when it is in."),
        Flag("writers", .int(1...64), "Batches in flight at most.", group: "Pace", default: "4"),
        Flag("batch", .int(1...Limits.upsertItemsMax), "Items of a batch at most.", group: "Pace", default: "4096"),
      ], positionals: [Positional("FILE", .file, "JSON lines; - is standard input.")]), run: run)

  /// What has become of a feed, and whether it was the whole collection.
  private struct Result: Sendable {
    var summary: FeedSummary
    var badLines = 0
    var mark: FeedMark?
    var microseconds: UInt64 = 0
    var failure: Failure?
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let lines = try LineSource(session.values.value("FILE"))
    let rejects = try session.values.optional("reject", as: String.self).map { path throws(Failure) in
      try ByteSink(path)
    }
    let vectorBytes = try session.values.optional("vectors", as: String.self).map { path throws(Failure) in
      try Files.read(path, limit: 64 << 30)
    }
    let result: Result? = try await session.withClient { (client) throws(WinnowError) in
      try await feed(session, client, lines, rejects, vectorBytes)
    }
    guard let result else { throw session.needsCollection() }
    if let failure = result.failure { throw failure }
    session.print(json(result), human: text(result))
    if let error = result.summary.failure { throw Failure(error, address: session.address) }
    return result.summary.isWhole && result.badLines == 0 ? .ok : .failed
  }

  private static func feed(
    _ session: Session, _ client: WinnowClient, _ lines: LineSource, _ rejects: ByteSink?, _ vectorBytes: [UInt8]?
  ) async throws(WinnowError) -> Result? {
    guard let collection = try await session.collection(client) else { return nil }
    let schema = try await client.describeCollection(collection, timeout: session.timeout).schema
    var result = Result(summary: FeedSummary())
    let reader: ItemReader
    do throws(ModelError) {
      let vectors = try vectorBytes.map { bytes throws(ModelError) in try ItemVectors(bytes, for: schema) }
      reader = ItemReader(schema: schema, vectors: vectors)
    } catch {
      result.failure = Failure(error)
      return result
    }
    let isWhole = session.values.value("complete", as: Bool.self)
    let begun = isWhole ? try await client.beginFeed(into: collection, timeout: session.timeout) : nil

    var options = Feeder.Options()
    options.writers = session.values.value("writers")
    options.itemsPerBatch = session.values.value("batch")
    options.timeout = session.timeout
    let start = client.executor.clock.now()
    var reporter = FeedReporter(rejects: rejects, total: lines.byteCount, clock: client.executor.clock)
    var lines = lines
    result.summary = await Feeder(client, collection: collection, schema: schema, options: options).feed {
      reporter.nextItem(&lines, reader)
    } progress: {
      reporter.tell($0, bytesRead: lines.bytesRead)
    } rejected: {
      reporter.reject(line: $0.tag, id: $0.item, $0.reason)
    }
    reporter.finish()
    result.badLines = reporter.badLines
    result.failure = reporter.failure
    result.microseconds = start.microseconds(until: client.executor.clock.now())
    if let begun, result.failure == nil, result.summary.isWhole, result.badLines == 0 {
      result.mark = try await client.completeFeed(begun.feed, into: collection, timeout: session.timeout)
    }
    return result
  }

  private static func text(_ result: Result) -> String {
    let summary = result.summary
    let seconds = max(1e-6, Double(result.microseconds) / 1e6)
    var text =
      "\(Text.grouped(summary.itemsWritten)) items written in \(Text.seconds(seconds)) "
      + "(\(Text.grouped(Int(Double(summary.itemsWritten) / seconds))) items/s): "
      + "\(Text.grouped(summary.itemsInserted)) new, \(Text.grouped(summary.itemsReplaced)) replaced\n"
    if result.badLines > 0 { text += "\(Text.grouped(result.badLines)) lines could not be read\n" }
    if summary.itemsRejected > 0 { text += "\(Text.grouped(summary.itemsRejected)) items were refused\n" }
    if summary.itemsUnsettled > 0 {
      text += "\(Text.grouped(summary.itemsUnsettled)) items were not acknowledged; feed the file again\n"
    }
    if let mark = result.mark {
      text +=
        mark.incompleteShards == 0
        ? "the collection is complete on all \(mark.shardCount) shards\n"
        : "\(mark.incompleteShards) of \(mark.shardCount) shards are still incomplete; feed the file again\n"
    }
    return text
  }

  private static func json(_ result: Result) -> JSON {
    let summary = result.summary
    return .object([
      ("items_written", .int(summary.itemsWritten)), ("items_inserted", .int(summary.itemsInserted)),
      ("items_replaced", .int(summary.itemsReplaced)), ("items_rejected", .int(summary.itemsRejected)),
      ("items_unsettled", .int(summary.itemsUnsettled)), ("bad_lines", .int(result.badLines)),
      ("duration_us", .id(result.microseconds)),
      ("completed", result.mark.map { .bool($0.incompleteShards == 0) } ?? .null),
    ])
  }
}
