import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow cluster recover`: the store of what the coordinators agree on counts as it is.
enum ClusterRecoverVerb {
  static let verb = Verb(
    command: Command(
      name: "recover", summary: "Go on with a metadata store that was put back to an older state",
      details: """
        Every coordinator of --coordinator is asked, one after the other: name all of them. The one that has \
        the chair writes what it has in memory, or the map that a shard knows if that is later, over what the store \
        has, with epochs and generations beyond those that may be lost; a plan of moves is paused. Where nothing went \
        back, nothing is changed.
        """), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    var rows: [(address: String, seen: ClusterCoordinators)] = []
    for address in session[Session.coordinator] {
      rows.append(
        (
          address.description,
          try await session.withClient(to: address) { (client) throws(WinnowError) in
            try await client.recoverMetadata(timeout: session.timeout)
          }
        ))
    }
    session.print(
      .object([
        (
          "coordinators",
          .list(
            rows.map {
              .object([
                ("address", .text($0.address)), ("store", .text($0.seen.store)), ("state", .text($0.seen.state)),
              ])
            })
        )
      ]),
      human: rows.map { "\($0.address): \($0.seen.store) \($0.seen.state)\n" }.joined())
    return rows.allSatisfy { $0.seen.state == "answers" } ? .ok : .degraded
  }
}
