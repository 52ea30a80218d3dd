import Arguments
import DataSets
import JSON
import Names
import Ranking
import Storage

/// `winnow user delete`: forgets users.
enum UserDeleteVerb {
  static let directories = Flag.repeated(
    "in", .file, "A directory with users.dict, of a data set or a model; may be repeated.", isRequired: true,
    placeholder: "DIRECTORY")
  static let pseudonymKeyFile = Flag("pseudonym-key-file", .file, "The key of the import, if it made pseudonyms.")
  static let dryRun = Flag.switch("dry-run", "Only show what would be removed.")
  static let user = Positional.repeated("USER", .string, "Ids as the log has them.")

  static let verb = Verb(
    command: Command(
      name: "delete", summary: "Remove users from a data set or model directory",
      details: """
        Removes them from users.dict, users.jsonl, interactions.tsv, test.tsv, dataset.json, users.safetensors and \
        checkpoint.safetensors, whichever of these the directories have. A cluster forgets them when the model is pushed again.
        """,
      flags: [directories, pseudonymKeyFile, dryRun], positionals: [user]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let isDry = session[Self.dryRun]
    var removals: [UserRemoval] = []
    do throws(DataError) {
      let pseudonyms = try session[Self.pseudonymKeyFile].map {
        (path) throws(DataError) in
        try DataError.naming { () throws(NameError) in try Pseudonyms(keyFile: path) }
      }
      // All directories are read before the first file is written.
      for directory in session[Self.directories] {
        removals.append(
          try UserRemoval(
            of: session[Self.user], from: directory, pseudonyms: pseudonyms, on: RealDisk()))
      }
    } catch {
      throw Failure(error)
    }
    if !isDry { for removal in removals { for file in removal.files { try Files.write(file.path, file.bytes) } } }
    let found = removals.map(\.users).max() ?? 0
    session.print(
      .object([
        ("users", .int(found)), ("dry_run", .bool(isDry)),
        ("files", .list(removals.flatMap { $0.files.map { .text($0.path) } })),
      ]),
      human: removals.flatMap(\.files).map { "\(isDry ? "would rewrite" : "rewritten") \($0.path)\n" }.joined()
        + "\(found) of \(session[Self.user].count) users \(isDry ? "found" : "removed")\n")
    return found > 0 ? .ok : .failed
  }
}
