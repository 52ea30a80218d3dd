import Arguments
import DataSets
import JSON
import Names
import Storage
import Vocabulary

/// `winnow pseudonym rotate`: gives the users of a data set the pseudonyms of another key.
enum PseudonymRotateVerb {
  static let out = ImportRun.out.with(summary: "The directory to write.")
  static let oldKey = Flag.required("old-key-file", .file, "The key that the pseudonyms were made with.")
  static let newKey = Flag.required("new-key-file", .file, "The key of the new ones, of mode 600.")
  static let ids = Flag.required("ids", .file, "The ids of the users, a line each: a pseudonym leads to no id.")
  static let rekey = Flag(
    "rekey", .outputFile,
    "Write old and new number of each user here, for histories elsewhere. Delete it after use: it links both.")
  static let data = Positional("DATA", .file, "A data set with pseudonyms.")

  static let verb = Verb(
    command: Command(
      name: "rotate", summary: "Give the users of a data set the pseudonyms of another key",
      details: """
        For another purpose, or after a key was seen by others: numbers of two keys have nothing in common. Users whose id \
        is not in --ids are dropped with their events, and counted.
        """,
      flags: [out, OutputDirectory.force, oldKey, newKey, ids, rekey], positionals: [data]), run: run)

  private static let idsBytesMax = 1 << 30

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let out = try OutputDirectory(Self.out, .dataSet, session)
    let list = try OutputFile.of(Self.rekey, .rekey, session)
    let names = String(decoding: try Files.read(session[Self.ids], limit: idsBytesMax), as: UTF8.self)
      .split(separator: "\n").map { String($0.hasSuffix("\r") ? $0.dropLast() : $0) }
    let (read, rekeyed): (DataSet.Read, DataSet.Rekeyed)
    do throws(DataError) {
      let keys = try DataError.naming { () throws(NameError) in
        (try Pseudonyms(keyFile: session[Self.oldKey]), try Pseudonyms(keyFile: session[Self.newKey]))
      }
      read = try DataSet.read(session[Self.data], on: RealDisk())
      rekeyed = try read.data.rekeyed(names, from: keys.0, to: keys.1)
    } catch { throw Failure(error) }
    let test = read.test.compactMap { one in
      rekeyed.places[one.user].map { TestCase(user: $0, relevant: one.relevant, others: one.others) }
    }
    try out.write(rekeyed.data.files(read.summary.cleaning, tables: read.summary.tables, test: test))
    try list?.finish(Array(("old\tnew\n" + rekeyed.numbers.map { "\($0.old)\t\($0.new)\n" }.joined()).utf8))
    session.print(
      .object([
        ("users", .int(rekeyed.data.users.count)), ("dropped", .int(rekeyed.droppedCount)),
        ("events", .int(rekeyed.data.interactions.count)),
      ]),
      human: "\(out.path.visible): \(Text.grouped(rekeyed.data.users.count)) users under the new key, "
        + "\(Text.grouped(rekeyed.droppedCount)) dropped, since the list has no id of theirs\n")
    return .ok
  }
}
