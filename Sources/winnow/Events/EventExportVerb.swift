import Arguments
import JSON
import Names
import SocketTransport
import Vocabulary
import WinnowClient

/// `winnow event export`: writes the events that a cluster keeps into a log.
enum EventExportVerb {
  static let since = Flag("since", .string, "Only events from this time on.", placeholder: "TIME")
  static let out = Flag.required("out", .outputFile, "The log, as tab-separated values.")
  static let everything = Flag.switch(
    "everything", "Also searches, hidden items and events of programs, which 'winnow import' does not read.")

  static let verb = Verb(
    command: Command(
      name: "export", summary: "Write the events that are kept into a log that 'winnow import tsv' reads",
      details: """
        The columns are user, item, event, value, time_ms, place, request and text, the rows stand slot by slot and user by \
        user, oldest first. Events that come in meanwhile may be in it or not.
        """,
      flags: [Session.collectionFlag, since, out, everything, OutputFile.force] + OwnIDs.flags), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    let names = Names(users: try own.userTable(), items: try own.itemTable())
    let since = try session.moment(Self.since) ?? 0
    let path = session[Self.out]
    let file = try OutputFile(path, .eventLog, force: session[OutputFile.force])
    try file.write(line: FileForm.eventColumns)
    let everything = session[Self.everything]
    let clock = SystemClock()
    let count: Result<(users: Int, events: Int)?, Failure> = try await session.withClient {
      (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return .success(nil) }
      var progress = Progress("exported", unit: .users, total: nil, clock: clock)
      var (users, events) = (0, 0)
      let histories = AllHistories(client: client, collection: collection, timeout: session.timeout)
      let failure = try await histories.read { histories, share in
        for history in histories {
          let kept = history.events.filter { ($0.time ?? 0) >= since && (everything || $0.isForImport) }
          do throws(Failure) { for event in kept { try file.write(line: names.line(event)) } } catch { return error }
          (users, events) = (users + (kept.isEmpty ? 0 : 1), events + kept.count)
        }
        progress.advance(to: users, share: share)
        return nil
      }
      if let failure { return .failure(failure) }
      progress.finish()
      return .success((users, events))
    }
    guard let count = try count.get() else { throw session.needsCollection() }
    try file.finish()
    session.print(
      .object([("users", .int(count.users)), ("events", .int(count.events)), ("file", .text(path))]),
      human: "\(Text.grouped(count.events)) events of \(Text.grouped(count.users)) users in \(path.visible)\n")
    return .ok
  }

  /// The ids as the shop has them.
  private struct Names: Sendable {
    let users: IDDictionary?
    let items: IDDictionary?

    func line(_ event: UserEvent) -> String {
      let user = users?.name(ofID: event.user.rawValue) ?? "\(event.user.rawValue)"
      let item = event.item.map { items?.name(ofID: $0.rawValue) ?? "\($0.rawValue)" } ?? ""
      let value = event.value == 0 ? "1" : "\(event.value)"
      return [
        user, item, event.action.word, value, "\((event.time ?? 0) / 1000)", "\(event.place)",
        Text.hexadecimal(event.requestID), event.text,
      ].map { field in String(field.map { "\t\r\n".contains($0) ? " " : $0 }) }.joined(separator: "\t")
    }
  }
}

extension UserEvent {
  /// Whether training counts it, as an import does.
  fileprivate var isForImport: Bool { !isFast && action != .search && action != .hide }
}

extension FileForm {
  /// The columns of a log of events.
  static let eventColumns = "user\titem\tevent\tvalue\ttime_ms\tplace\trequest\ttext"
  static let eventLog = FileForm(name: "a log of winnow event export", marks: [eventColumns])
}
