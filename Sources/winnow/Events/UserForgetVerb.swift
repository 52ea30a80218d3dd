import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow user forget`: removes a shopper from the histories of every shard.
enum UserForgetVerb {
  static let user = Positional("USER", .string, "The shopper.")

  static let verb = Verb(
    command: Command(
      name: "forget", summary: "Remove a shopper from all histories of a cluster",
      details: """
        Every shard removes the history and writes its files again without it, and the receipt says so shard by shard. \
        What stays is a fingerprint, on shards and coordinator, by which older snapshots and logs that come in again do not \
        bring the shopper back. Data sets and models have the shopper until 'winnow user delete' and the next push.
        """, flags: [Session.collectionFlag] + OwnIDs.flags, positionals: [user]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    guard let user = try own.users([session[Self.user]], Self.user, session).first else {
      throw session.usage(Self.user, "is missing")
    }
    let receipt: ForgetReceipt? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.forget(user, in: collection, timeout: session.timeout)
    }
    guard let receipt else { throw session.needsCollection() }
    let parts = receipt.parts.map { part in
      JSON.object([
        ("shard", .int(Int(part.shard.rawValue))), ("state", .text(part.state.word)),
        ("histories", .int(part.histories)), ("events", .int(part.events)), ("log_position", .exact(part.position)),
      ])
    }
    session.print(
      .object([
        ("user", .id(user)), ("done", .bool(receipt.isDone)), ("in_model", .bool(receipt.isInModel)),
        ("shards", .list(parts)),
      ]), human: text(receipt))
    return receipt.isDone ? .ok : .failed
  }

  private static func text(_ receipt: ForgetReceipt) -> String {
    let lines = receipt.parts.map { part -> String in
      let what = "shard \(part.shard.rawValue): \(Text.grouped(part.events)) events removed; "
      switch part.state {
      case .done: return what + "its files are without them, and its log up to record \(part.position) is gone"
      case .pending: return what + "its files follow within moments: forget again to see that they have"
      case .notReached: return "shard \(part.shard.rawValue): could not be asked: forget again"
      }
    }
    let rest =
      receipt.isInModel ? ["the model that serves has the shopper: 'winnow user delete', then push it again"] : []
    return (lines + rest).map { $0 + "\n" }.joined()
  }
}

extension ForgetReceipt.State {
  fileprivate var word: String {
    switch self {
    case .done: "done"
    case .pending: "pending"
    case .notReached: "not_reached"
    }
  }
}
