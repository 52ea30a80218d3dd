import Arguments
import DataSets

/// `winnow import tsv`: reads a log of behaviour, cleans it and writes a data set.
enum ImportTableVerb {
  static let logs = Positional.repeated(
    "LOG", .file,
    "The log; - is standard input. Several files are one log, in this order. Without one, --items makes a data set of items "
      + "alone, for 'winnow train --text'.", isRequired: false)

  static let verb = Verb(
    command: Command(
      name: "tsv", summary: "Read a log of behaviour: TSV, CSV or JSON Lines, gzip or not",
      details: """
        The log has a row for each event: user, item and, if there are, event (view, click, cart, purchase, rating), \
        value, time, device, query_category, query (what the shopper had searched for, empty if the event did not come from a \
        search) and place (where the item stood among the results). Each of several files is understood by itself: its delimiter, columns and times. Writes interactions.tsv, items.jsonl, users.jsonl, the dictionaries from ids to numbers, and \
        dataset.json with a report of every row that was dropped and why.
        """,
      flags: ImportRun.flags + LogFlags.all, positionals: [logs]),
    run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let run = try ImportRun(session)
    let options = try LogFlags.log(session)
    let files = session[Self.logs]
    guard !files.isEmpty || session[EntityFlags.items] != nil else {
      throw Failure(.usage, "LOG is missing", advice: "give a log, or --items for a data set of items alone")
    }
    let log: EventLog
    do throws(DataError) {
      log =
        files.isEmpty
        ? EventLog(name: "no log", hasClock: false)
        : try EventLog(files.map { (path) throws(DataError) in try InputFile(path) }, options)
    } catch {
      throw Failure(error)
    }
    let tables = try EntityFlags.tables(session)
    return try run.finish(
      DataSource(log: log, items: tables.items, users: tables.users))
  }
}
