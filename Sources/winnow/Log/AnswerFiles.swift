import Answers
import Arguments
import Storage
import Vocabulary

/// The answer log that a verb reads.
struct AnswerFiles {
  static let directory = Positional(
    "DIR", .file, "The folder 'answers' of a coordinator's data directory, or a copy of it.")
  static let since = Flag("since", .string, "Only answers from this time on.", group: "Which", placeholder: "TIME")
  static let until = Flag("until", .string, "Only answers before this time.", group: "Which", placeholder: "TIME")
  static let flags: [any Argument] = [Session.collectionFlag, since, until]

  private var reader: AnswerReader
  private let collection: String?
  private let since, until: Int64
  let path: String

  init(_ session: Session) throws(Failure) {
    path = session[Self.directory]
    since = try session.moment(Self.since) ?? .min
    until = try session.moment(Self.until) ?? .max
    collection = session[Session.collectionFlag]
    do throws(DiskError) { reader = try AnswerReader(path, on: RealDisk()) } catch { throw Failure(error) }
    guard !reader.paths.isEmpty else {
      throw Failure(
        .failed, "\(path.visible) has no file of an answer log",
        advice:
          "a coordinator logs answers with --answer-log-max; its files stand in the folder 'answers' of --data-dir")
    }
  }

  /// Gives each answer that the flags choose, the oldest first, and tells a person what could not be read.
  ///
  /// - Returns: whether all of the log could be read.
  mutating func read(_ each: (LoggedAnswer) throws(Failure) -> Void) throws(Failure) -> Bool {
    let (collection, since, until) = (collection, since, until)
    try reader.read { (answer) throws(Failure) in
      guard since..<until ~= answer.time, collection.map({ $0 == answer.collection }) ?? true else { return true }
      try each(answer)
      return true
    }
    for fault in reader.faults { StandardStreams.error("warning: \(fault)\n") }
    return reader.faults.isEmpty
  }
}
