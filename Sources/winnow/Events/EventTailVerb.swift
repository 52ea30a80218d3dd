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
  static let users = Positional.repeated("USER", .string, "The shoppers; all without any.", isRequired: false)

  /// Of a look at all of them.
  private static let shoppersMax = 10_000

  static let verb = Verb(
    command: Command(
      name: "tail", summary: "Show what shoppers do, as it comes in",
      details: """
        Of named shoppers first what is kept, then each new event, a line each; in JSON an object each. Of more events \
        between two looks than a history keeps only the newest are shown. Without USER each new event of every shopper, in a \
        collection that keeps histories of at most 10,000: a look reads them all.
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
      var seen: [UserID: UserHistory]?
      while true {
        let found = try await histories(of: users, in: collection, client, session)
        let kept: [UserHistory]
        switch found {
        case .success(let histories): kept = histories
        case .failure(let failure): return .failure(failure)
        }
        // Of all shoppers what was kept before would be far too much.
        if !users.isEmpty || seen != nil {
          for history in kept {
            do throws(Failure) { try show(history.events(newerThan: seen?[history.user]), own, session) } catch {
              return .failure(error)
            }
          }
        }
        seen = Dictionary(uniqueKeysWithValues: kept.map { ($0.user, $0) })
        // At least one look, however short the time is.
        if let end, clock.now() >= end { return .success(true) }
        let next = clock.now().advanced(microseconds: interval)
        await client.executor.sleep(until: end.map { min($0, next) } ?? next)
      }
    }
    guard try isNamed.get() else { throw session.needsCollection() }
    return .ok
  }

  /// What is kept of some shoppers, or of all.
  private static func histories(
    of users: [UserID], in collection: String, _ client: WinnowClient, _ session: Session
  ) async throws(WinnowError) -> Result<[UserHistory], Failure> {
    var kept: [UserHistory] = []
    guard users.isEmpty else {
      var asked: Set<UserID> = []
      for user in users where asked.insert(user).inserted {
        kept += [try await client.history(of: user, in: collection, timeout: session.timeout)].compactMap { $0 }
      }
      return .success(kept)
    }
    let all = AllHistories(client: client, collection: collection, timeout: session.timeout)
    let failure = try await all.read { histories, _ in
      kept += histories
      guard kept.count <= shoppersMax else {
        return session.usage(
          Self.users, "is missing: the collection keeps histories of more than 10,000 shoppers, so name some")
      }
      return nil
    }
    return failure.map { .failure($0) } ?? .success(kept)
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
