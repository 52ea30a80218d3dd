import Arguments
import JSON
import Names
import Placement
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
      for start in stride(from: 0, to: Limits.slotCount, by: Self.slotsAtOnce) {
        let slots = Slot.all[start..<min(start + Self.slotsAtOnce, Limits.slotCount)]
        for part in await Self.read(slots, of: collection, client, timeout: session.timeout) {
          for history in try part.get() {
            let kept = history.events.filter { ($0.time ?? 0) >= since && (everything || $0.isForImport) }
            do throws(Failure) { for event in kept { try file.write(line: names.line(event)) } } catch {
              return .failure(error)
            }
            (users, events) = (users + (kept.isEmpty ? 0 : 1), events + kept.count)
          }
        }
        progress.advance(to: users, share: Double(start) / Double(Limits.slotCount))
      }
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

  /// Slots that are read at a time.
  private static let slotsAtOnce = 64

  /// The histories of some slots, in the order of the slots.
  private static func read(
    _ slots: ArraySlice<Slot>, of collection: String, _ client: WinnowClient, timeout: Duration?
  ) async -> [Result<[UserHistory], WinnowError>] {
    await withTaskGroup(of: (Int, Result<[UserHistory], WinnowError>).self) { group in
      for (place, slot) in slots.enumerated() {
        group.addTask {
          do throws(WinnowError) {
            var (histories, hasMore): ([UserHistory], Bool) = ([], true)
            while hasMore {
              let part = try await client.histories(
                in: slot, of: collection, after: histories.last?.user, timeout: timeout)
              histories += part.histories
              hasMore = part.hasMore && !part.histories.isEmpty
            }
            return (place, .success(histories))
          } catch { return (place, .failure(error)) }
        }
      }
      var parts: [(Int, Result<[UserHistory], WinnowError>)] = []
      for await part in group { parts.append(part) }
      return parts.sorted { $0.0 < $1.0 }.map(\.1)
    }
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
