import Arguments
import DataSets
import JSON
import Storage

/// `winnow validate`: checks a data set.
enum ValidateVerb {
  static let data = Positional("DATA", .file, "A directory of a data set, or a log.")

  private static let flags = LogFlags.all + CleaningFlags.all

  static let verb = Verb(
    command: Command(
      name: "validate", summary: "Check a data set: PASS or FAIL a line, exit code 4 if one fails",
      details: """
        DATA is a directory that 'winnow import' wrote, or a log, which is read and cleaned as 'winnow import tsv' would \
        do it, without writing anything.
        """,
      flags: flags,
      positionals: [data]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let path = session[Self.data]
    let isDirectory = (try? RealDisk().list(path)) != nil
    if isDirectory { try session.refuse(flags, "on a directory of a data set: it was read and cleaned by the import") }
    let (options, rules) = (try LogFlags.log(session), try CleaningFlags.rules(session))
    let tables = try EntityFlags.tables(session)
    let validation: Validation
    do throws(DataError) {
      if isDirectory {
        let read = try DataSet.read(path, on: RealDisk())
        validation = Validation(
          read.data, report: read.summary.cleaning, tables: read.summary.tables ?? [], test: read.test)
      } else {
        validation = try checkLog(path, options: options, rules: rules, tables)
      }
    } catch {
      throw Failure(error)
    }
    session.print(
      .object([
        ("passed", .bool(validation.passed)),
        (
          "checks",
          .list(
            validation.checks.map { check in
              .object([("name", .text(check.name)), ("passed", .bool(check.passed)), ("detail", .text(check.detail))])
            })
        ),
      ]),
      human: validation.checks.map { "\($0.passed ? "PASS" : "FAIL")  \($0.name): \($0.detail)\n" }.joined())
    return validation.passed ? .ok : .thresholdMissed
  }

  private static func checkLog(
    _ path: String, options: EventReader.Options, rules: CleaningRules,
    _ tables: (items: EntityTable?, users: EntityTable?)
  ) throws(DataError) -> Validation {
    let log = try EventLog(InputFile(path), options)
    let source = DataSource(log: log, items: tables.items, users: tables.users)
    let cleaning = Cleaning(log, rules)
    return Validation(
      try DataSet(log, cleaning, items: source.items, users: source.users),
      report: CleaningReport(log, cleaning, weights: rules.weights), tables: source.readings, test: [])
  }
}
