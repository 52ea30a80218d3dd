import Arguments
import Vocabulary
import WinnowClient

/// `winnow feed`: makes the changes of a file, or of standard input, in a collection.
enum FeedVerb {
  static let vectors = Flag(
    "vectors", .file, "Embeddings: safetensors with id, embedding and rerank, or .npy with a row for each row of FILE.")
  static let rerankVectors = Flag(
    "rerank-vectors", .file, "Rerank vectors, if --vectors is .npy: .npy with as many rows.")
  static let partial = Flag.switch(
    "partial", "Rows change the attributes that they name; others and the vectors stay. null removes an attribute.")
  static let complete = Flag.switch(
    "complete", "The file is the whole collection: shards that lost their data count as complete after it.")
  static let force = OutputFile.force.with(
    summary: "Write over a file of --reject that Winnow did not write.", group: "Trouble")
  static let reject = Flag(
    "reject", .outputFile, "Where to write the lines that could not be fed, and why.", group: "Trouble")
  static let rejectMax = Flag(
    "reject-max", .int(0...Int(Int32.max)), "Limit of failed lines; above it the feed ends.", group: "Trouble",
    default: "10000")
  static let resume = Flag(
    "resume", .outputFile,
    "Keep the feed's progress in this file; an interrupted feed goes on from it, and a finished one removes it.",
    group: "Trouble")
  static let waitMax = Session.waitMax.with(
    summary: "How long to wait while the cluster takes no items, for lack of room or of a shard.", group: "Trouble")
  static let columns = Flag.list(
    "columns", .string,
    "The columns of a table without a header, such as id,price,-; or the columns of the file with other names, "
      + "such as id=sku,price=preis.", group: "Files", placeholder: "COLUMN")
  static let writers = Flag("writers", .int(1...64), "Limit of batches in flight.", group: "Pace", default: "4")
  static let batch = Flag(
    "batch", .int(1...Limits.upsertItemsMax), "Limit of items in a batch.", group: "Pace", default: "4096")
  static let file = Positional("FILE", .file, "The rows; - is standard input.")

  static let verb = Verb(
    command: Command(
      name: "feed", summary: "Write, update and delete items from a file",
      details: """
        JSON Lines, or a table (TSV, CSV) whose first line names its columns; either may be gzip. A row has "id", the \
        attributes by their names, and "embedding" and "rerank" as lists of numbers unless --vectors names a file that \
        has them. "delete": true removes the item; "version": N asks that it has this version, 0 that it is not there. \
        Feeding the same rows again is safe. With --dictionary an \
        "id" that is a text is a name of your own data, a JSON number the number that the dictionary gave.
        """,
      flags: [
        Session.collectionFlag, vectors, rerankVectors, partial, complete, force, reject, rejectMax, resume, waitMax,
        columns, writers, batch,
      ] + [TableFlags.delimiter] + TableFlags.all + [SetDivider.flag] + OwnIDs.flags,
      positionals: [file]),
    run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let resumption = session[Self.resume]
    if let resumption { try ResumeFile.isThere(resumption) }
    let rejects = try OutputFile.of(Self.reject, .rejects, session, appends: resumption != nil)
    let run = FeedRun(session: session, rejects: rejects, names: try await OwnIDs(session).itemTable())
    let result: Result<FeedResult?, Failure> = try await session.withClient(waitMax: session[Self.waitMax]) {
      (client) throws(WinnowError) in
      do throws(FeedRun.Stop) { return .success(try await run.feed(client)) } catch {
        switch error {
        case .cluster(let error): throw error
        case .here(let failure): return .failure(failure)
        }
      }
    }
    try rejects?.finish()
    guard let result = try result.get() else { throw session.needsCollection() }
    session.print(result.json, human: result.text)
    if let failure = result.failure { throw failure }
    if let error = result.summary.failure { throw Failure(error, address: session.address) }
    return result.summary.isWhole && result.badLines == 0 ? .ok : .failed
  }
}
