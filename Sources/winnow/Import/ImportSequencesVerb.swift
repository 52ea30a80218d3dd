import Arguments
import DataSets

/// `winnow import sequences`: reads lines of a user and their items.
enum ImportSequencesVerb {
  static let file = Positional("FILE", .file, "The sequences; - is standard input.")

  static let verb = Verb(
    command: Command(
      name: "sequences", summary: "Read lines of a user and their items in the order of time",
      details: "A line is USER ITEM ITEM …, in UTF-8, with spaces, gzip or not; there are no times but the order.",
      flags: ImportRun.flags + EntityFlags.all,
      positionals: [file]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let run = try ImportRun(session)
    let log: EventLog
    do throws(DataError) { log = try DataSource.sequences(InputFile(session[Self.file])) } catch {
      throw Failure(error)
    }
    let tables = try EntityFlags.tables(session)
    return try run.finish(
      DataSource(log: log, items: tables.items, users: tables.users))
  }
}
