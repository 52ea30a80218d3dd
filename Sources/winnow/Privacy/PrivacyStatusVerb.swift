import Arguments
import JSON
import Privacy
import Storage
import Vocabulary

/// `winnow privacy status`: what was released of a data set.
enum PrivacyStatusVerb {
  static let data = Positional("DATA", .file, "The directory of a data set.")

  static let verb = Verb(
    command: Command(
      name: "status", summary: "What was released of a data set, and what is left of its budget",
      details: """
        Each private training, federation and evaluation stands in DATA/privacy.ledger before anything of it is written. \
        The ledger stays when newer events are imported into DATA: the users are the same.
        """,
      positionals: [data]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let directory = session[Self.data]
    guard FileIdentity(directory).kind == .directory else {
      throw session.usage(data, "is no directory: \(directory.visible)")
    }
    let ledger = try Failure.wrap { () throws(PrivacyError) in try PrivacyLedger.read(directory, on: RealDisk()) }
    let total = ledger.totalEpsilon(delta: ledger.delta)
    session.print(
      .object([
        (
          "releases",
          .list(
            ledger.releases.map { release in
              .object([
                ("number", .int(release.number)), ("purpose", .text(release.purpose)),
                ("epsilon", .number(release.epsilon)), ("delta", .number(release.delta)),
                ("noise", .text(release.noise.rawValue)),
              ])
            })
        ), ("total_epsilon", .number(total)), ("delta", .number(ledger.delta)),
        ("budget", ledger.budget.map { .number($0) } ?? .null),
      ]),
      human: human(ledger, total))
    return .ok
  }

  private static func human(_ ledger: PrivacyLedger, _ total: Double) -> String {
    guard !ledger.releases.isEmpty else { return "nothing was released of this data set\n" }
    let lines = ledger.releases.map { release in
      "  \(String(release.number).padded(4)) \(release.purpose.padded(10)) epsilon \(PrivacyLedger.text(release.epsilon))"
        + " at delta \(release.delta)\(release.noise == .file ? ", noise of a key file" : "")\n"
    }
    let budget = ledger.budget.map { " of a budget of \(PrivacyLedger.text($0))" } ?? ", without a budget"
    return lines.joined() + "all together: epsilon \(PrivacyLedger.text(total)) at delta \(ledger.delta)\(budget)\n"
  }
}
