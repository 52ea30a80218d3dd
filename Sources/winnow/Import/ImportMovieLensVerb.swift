import Arguments
import DataSets
import Storage

/// `winnow import movielens`: reads an archive of MovieLens.
enum ImportMovieLensVerb {
  static let directory = Positional("DIRECTORY", .file, "The unpacked archive.")

  static let verb = Verb(
    command: Command(
      name: "movielens", summary: "Read a directory of MovieLens, or of its form in the NCF paper",
      details: """
        Knows 100K (u.data), 1M (ratings.dat), 20M and later (ratings.csv), and ml-1m.train.rating with \
        ml-1m.test.rating and ml-1m.test.negative, which become test.tsv. Zip codes are left out.
        """,
      flags: ImportRun.flags, positionals: [directory]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let run = try ImportRun(session)
    let directory = session[Self.directory]
    let names: Set<String>
    do throws(DiskError) { names = Set(try RealDisk().list(directory)) } catch { throw Failure(.failed, error.text) }
    let source: DataSource
    do throws(DataError) { source = try DataSource.movieLens(directory) { names.contains($0) } } catch {
      throw Failure(error)
    }
    return try run.finish(source)
  }
}
