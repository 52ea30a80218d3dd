import Arguments
import DataSets
import JSON
import Names
import Ranking
import Storage

/// `winnow user delete`: forgets users.
enum UserDeleteVerb {
  static let verb = Verb(
    command: Command(
      name: "delete", summary: "Remove users from a data set or model directory",
      details: """
        Removes them from users.dict, users.jsonl, interactions.tsv, test.tsv, dataset.json, users.safetensors and \
        checkpoint.safetensors, whichever of these the directories have. A cluster forgets them when the model is pushed again.
        """,
      flags: [
        Flag(
          "in", .file, "A directory with users.dict, of a data set or a model; may be repeated.", isRequired: true,
          occurrence: .repeated, placeholder: "DIRECTORY"),
        Flag("pseudonym-key-file", .file, "The key of the import, if it made pseudonyms."),
        Flag("dry-run", .bool, "Only show what would be removed."),
      ], positionals: [Positional("USER", .string, "Ids as the log has them.", isRepeated: true)]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let values = session.values
    let isDry: Bool = values.value("dry-run")
    var removals: [UserRemoval] = []
    do throws(DataError) {
      let pseudonyms = try values.optional("pseudonym-key-file", as: String.self).map {
        (path) throws(DataError) in
        try DataError.naming { () throws(NameError) in try Pseudonyms(keyFile: path) }
      }
      // All directories are read before the first file is written.
      for directory in values.all("in", as: String.self) {
        removals.append(
          try UserRemoval(
            of: values.all("USER", as: String.self), from: directory, pseudonyms: pseudonyms, on: RealDisk()))
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
        + "\(found) of \(values.all("USER", as: String.self).count) users \(isDry ? "found" : "removed")\n")
    return found > 0 ? .ok : .failed
  }
}
