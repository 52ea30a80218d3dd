import Arguments
import DataSets
import JSON
import Vocabulary
import WinnowClient

/// `winnow event send`: says what a shopper did.
enum EventSendVerb {
  static let user = Flag.required("user", .string, "The shopper.", placeholder: "ID")
  static let kind = Flag("kind", .choice(ShopperAction.allCases, \.word), "What the shopper did.", default: "click")
  static let time = Flag(
    "time", .string, "When, as 2026-01-31T12:59:00Z or since 1970; without it now.", placeholder: "TIME")
  static let value = Flag("value", .double, "The value of the event: of a rating the stars.")
  static let place = Flag(
    "place", .int(1...Int(UInt16.max)), "The place in the answer that led to it.", placeholder: "N")
  static let request = Flag("request", .string, "The request id of that answer, in hexadecimal.", placeholder: "ID")
  static let text = Flag("text", .string, "What was searched for.")
  static let items = Positional.repeated("ITEM", .string, "Item ids; of a search none.", isRequired: false)

  static let verb = Verb(
    command: Command(
      name: "send", summary: "Say what a shopper did; the next query sees it",
      flags: [Session.collectionFlag, user, kind, time, value, place, request, text] + OwnIDs.flags,
      positionals: [items]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let events = try await events(session)
    let outcome: EventOutcome? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.send(events, to: collection, timeout: session.timeout)
    }
    guard let outcome else { throw session.needsCollection() }
    session.print(.object(outcome.fields), human: outcome.words + "\n")
    return outcome.isSettled ? outcome.accepted > 0 ? .ok : .failed : .unreachable
  }

  private static func events(_ session: Session) async throws(Failure) -> [UserEvent] {
    let own = try await OwnIDs(session)
    let action = session[Self.kind]
    guard let user = try own.users([session[Self.user]], Self.user, session).first else {
      throw session.usage(Self.user, "is missing")
    }
    let items = try own.items(Self.items, session)
    guard items.isEmpty == (action == .search) else {
      throw session.usage(Self.items, action == .search ? "is of no search" : "says about which item the event is")
    }
    var event = UserEvent(action, by: user)
    event.value = Float(session[Self.value] ?? 0)
    event.place = session[Self.place] ?? 0
    event.text = session[Self.text] ?? ""
    if let text = session[Self.request] {
      guard let id = UInt64(text, radix: 16), text.utf8.first != UInt8(ascii: "+") else {
        throw session.usage(Self.request, "takes up to 16 hexadecimal digits, as answers show them")
      }
      event.requestID = id
    }
    event.time = try session.moment(Self.time)
    return items.isEmpty
      ? [event]
      : items.map { item in
        var one = event
        one.item = item
        return one
      }
  }
}

extension Session {
  /// The time of a flag, in microseconds since the start of 1970.
  func moment(_ flag: Flag<String?>) throws(Failure) -> Int64? {
    guard let text = self[flag] else { return nil }
    let (time, overflow) = (Timestamp.moment(text) ?? -1).multipliedReportingOverflow(by: 1000)
    guard time >= 0, !overflow else { throw usage(flag, "takes a time such as 2026-01-31T12:59:00Z") }
    return time
  }
}

extension EventOutcome {
  /// How many events became what.
  private var parts: [(name: String, count: Int, words: String)] {
    [
      ("accepted", accepted, "accepted"), ("fast", fast, "of these faster than a person, kept but not counted"),
      ("too_old", tooOld, "dropped: older than the collection keeps events"),
      ("in_future", inFuture, "dropped: more than 5 minutes in the future"),
      ("forgotten", forgotten, "dropped: from before the shopper was forgotten"),
      ("not_executed", notExecuted, "not taken: the shopper's shard could not be asked"),
      ("unknown", unknown, "unknown: the shopper's shard did not answer; send them again"),
    ]
  }

  /// For programs.
  var fields: [(String, JSON)] { parts.map { ($0.name, .int($0.count)) } + [("durable", .bool(isDurable))] }

  /// For people.
  var words: String {
    parts.filter { $0.count > 0 || $0.name == "accepted" }.map { "\(Text.grouped($0.count)) \($0.words)" }
      .joined(separator: "\n")
  }

  /// Adds the counts of another batch.
  static func += (a: inout EventOutcome, b: EventOutcome) {
    a.accepted += b.accepted
    a.fast += b.fast
    a.tooOld += b.tooOld
    a.inFuture += b.inFuture
    a.forgotten += b.forgotten
    a.notExecuted += b.notExecuted
    a.unknown += b.unknown
    a.isDurable = b.isDurable
  }
}
