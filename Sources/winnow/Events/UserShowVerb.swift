import Arguments
import DataSets
import JSON
import Vocabulary
import WinnowClient

/// `winnow user show`: the history of a shopper.
enum UserShowVerb {
  static let user = Positional("USER", .string, "The shopper.")

  static let verb = Verb(
    command: Command(
      name: "show", summary: "Show what a cluster keeps of a shopper", flags: [Session.collectionFlag] + OwnIDs.flags,
      positionals: [user]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    guard let user = try own.users([session[Self.user]], Self.user, session).first else {
      throw session.usage(Self.user, "is missing")
    }
    let found: UserHistory?? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return .some(try await client.history(of: user, in: collection, timeout: session.timeout))
    }
    guard let found else { throw session.needsCollection() }
    let names = try own.names(items: found?.events.compactMap(\.item) ?? [], users: [user])
    guard let history = found else {
      session.print(
        .object(names.fields(user) + [("events", .list([]))]), human: "nothing is kept of user \(names[user])\n")
      return .failed
    }
    session.print(json(history, names), human: text(history, names))
    return .ok
  }

  private static func json(_ history: UserHistory, _ names: IDNames) -> JSON {
    .object(
      names.fields(history.user) + [
        ("version", .exact(history.version)), ("first", .text(time(history.first))),
        ("last", .text(time(history.last))),
        ("fast", .bool(history.isMarked)),
        ("counts", .object(ShopperAction.allCases.map { ($0.word, .int(history.counts[$0] ?? 0)) })),
        ("events", .list(history.events.map { .object(fields($0, names)) })),
      ])
  }

  /// An event without its shopper.
  static func fields(_ event: UserEvent, _ names: IDNames) -> [(String, JSON)] {
    var fields: [(String, JSON)] = [("time", .text(time(event.time ?? 0))), ("kind", .text(event.action.word))]
    fields += event.item.map { names.fields($0) } ?? []
    if event.value != 0 { fields.append(("value", .float(event.value))) }
    if event.place != 0 { fields.append(("place", .int(event.place))) }
    if event.requestID != 0 { fields.append(("request", .text(Text.hexadecimal(event.requestID)))) }
    if !event.text.isEmpty { fields.append(("text", .text(event.text))) }
    if event.isFast { fields.append(("fast", .bool(true))) }
    return fields
  }

  private static func text(_ history: UserHistory, _ names: IDNames) -> String {
    let counts = ShopperAction.allCases.compactMap { action in
      history.counts[action].flatMap { $0 > 0 ? "\(Text.grouped($0)) \(action.word)" : nil }
    }
    var table = Table([("time", .left), ("kind", .left), ("item or text", .left), ("value", .right), ("", .left)])
    for event in history.events { table.add(row(event, names)) }
    return "user \(names[history.user]): \(Text.grouped(history.version)) events (\(counts.joined(separator: ", "))), "
      + "\(Text.grouped(history.events.count)) kept"
      + (history.isMarked ? "; some were faster than a person and count for nothing" : "") + "\n" + table.text
  }

  /// The same for people, a column each.
  static func row(_ event: UserEvent, _ names: IDNames) -> [String] {
    [
      time(event.time ?? 0), event.action.word, event.item.map { names.both($0) } ?? event.text,
      event.value == 0 ? "" : Text.number(Double(event.value)), event.isFast ? "fast" : "",
    ]
  }

  private static func time(_ microseconds: Int64) -> String { Timestamp.text(microseconds / 1000) }
}
