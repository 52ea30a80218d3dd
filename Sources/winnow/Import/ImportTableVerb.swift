import Arguments
import DataSets

/// `winnow import tsv`: reads a log of behaviour, cleans it and writes a data set.
enum ImportTableVerb {
  static let log = Positional("LOG", .file, "The log; - is standard input.")

  static let verb = Verb(
    command: Command(
      name: "tsv", summary: "Read a log of behaviour: TSV, CSV or JSON Lines, gzip or not",
      details: """
        The log has a row for each event: user, item and, if there are, event (view, click, cart, purchase, rating), \
        value and time. Writes interactions.tsv, items.jsonl, users.jsonl, the dictionaries from ids to numbers, and \
        dataset.json with a report of every row that was dropped and why.
        """,
      flags: ImportRun.flags + LogFlags.all, positionals: [log]),
    run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let run = try ImportRun(session)
    let options = try LogFlags.log(session)
    let log: EventLog
    do throws(DataError) { log = try EventLog(InputFile(session[Self.log]), options) } catch {
      throw Failure(error)
    }
    let tables = try EntityFlags.tables(session)
    return try run.finish(
      DataSource(log: log, items: tables.items, users: tables.users))
  }
}
