import Arguments
import JSON
import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// `winnow event tail`: shows what some shoppers do, as it comes in.
enum EventTailVerb {
  static let interval = Flag(
    "interval", .duration(.milliseconds(10) ... .seconds(60)), "Time between two looks.", default: "500ms")
  static let duration = Flag(
    "duration", .duration(.milliseconds(1) ... .seconds(86_400)), "How long; without it until it is interrupted.")
  static let users = Positional.repeated("USER", .string, "The shoppers.")

  static let verb = Verb(
    command: Command(
      name: "tail", summary: "Show what some shoppers do, as it comes in",
      details: """
        First what is kept, then each new event, a line each; in JSON an object each. Of more events between two looks than \
        a history keeps only the newest are shown.
        """,
      flags: [Session.collectionFlag, interval, duration] + OwnIDs.flags, positionals: [users]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    let users = try own.users(session[Self.users], Self.users, session)
    let interval = session[Self.interval].wholeMicroseconds
    let clock = SystemClock()
    let end = session[Self.duration].map { clock.now().advanced(microseconds: $0.wholeMicroseconds) }
    let isNamed: Result<Bool, Failure> = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return .success(false) }
      var seen: [UserID: UserHistory] = [:]
      while true {
        for user in users {
          guard let found = try await client.history(of: user, in: collection, timeout: session.timeout) else {
            seen[user] = nil
            continue
          }
          do throws(Failure) { try show(found.events(newerThan: seen[user]), own, session) } catch {
            return .failure(error)
          }
          seen[user] = found
        }
        // At least one look, however short the time is.
        if let end, clock.now() >= end { return .success(true) }
        let next = clock.now().advanced(microseconds: interval)
        await client.executor.sleep(until: end.map { min($0, next) } ?? next)
      }
    }
    guard try isNamed.get() else { throw session.needsCollection() }
    return .ok
  }

  private static func show(_ events: [UserEvent], _ own: OwnIDs, _ session: Session) throws(Failure) {
    guard !events.isEmpty else { return }
    let names = try own.names(items: events.compactMap(\.item), users: events.map(\.user))
    for event in events {
      session.print(
        .object(names.fields(event.user) + UserShowVerb.fields(event, names)),
        human: ([names[event.user]] + UserShowVerb.row(event, names)).filter { !$0.isEmpty }.joined(separator: "  ")
          + "\n")
    }
  }
}

extension UserHistory {
  /// The events that an earlier state of the history does not have; `nil`: all of them.
  func events(newerThan earlier: UserHistory?) -> [UserEvent] {
    var known: [UserEvent: Int] = [:]
    for event in earlier?.events ?? [] { known[event, default: 0] += 1 }
    return events.filter { event in
      guard let count = known[event], count > 0 else { return true }
      known[event] = count - 1
      return false
    }
  }
}
