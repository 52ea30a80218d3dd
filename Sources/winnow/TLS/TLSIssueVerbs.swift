import Arguments
import Bytes
import JSON
import Security

/// `winnow tls init` and `winnow tls issue`: the authority of a cluster, and certificates of it.
enum TLSIssueVerbs {
  static let cluster = Flag(
    "cluster-id", .string, "The id of a cluster that is there, 32 hexadecimal digits; without it a new one.",
    placeholder: "HEX")
  static let force = Flag.switch("force", "Give nodes and clients that have certificates new ones.")

  static let initial = Verb(
    command: Command(
      name: "init", summary: "Make the authority of a cluster, and certificates for its nodes",
      details: """
        Each node and client gets a directory with its key, its certificate and the authority's certificate: copy it to \
        where the node runs and give it as --tls-dir. The authority's key stays where it was made.
        """,
      flags: [TLSPlace.nodes, TLSPlace.clients, TLSPlace.days, cluster], positionals: [TLSPlace.directory]),
    run: { (session) async throws(Failure) in try initialise(session) })

  static let issue = Verb(
    command: Command(
      name: "issue", summary: "Make further certificates, or new ones before the old expire",
      details: "A node takes files that change without a restart, within ten seconds or at SIGHUP.",
      flags: [TLSPlace.nodes, TLSPlace.clients, TLSPlace.days, force], positionals: [TLSPlace.directory]),
    run: { (session) async throws(Failure) in
      let place = TLSPlace(session)
      let orders = try place.orders()
      let authority = try place.authority()
      try place.issue(orders, of: authority, replaces: session[Self.force])
      return report(place, orders, authority, session)
    })

  private static func initialise(_ session: Session) throws(Failure) -> ExitCode {
    let place = TLSPlace(session)
    let orders = try place.orders()
    var id = SystemKey.bytes(16)
    if let text = session[Self.cluster] {
      guard let given = PeerIdentity.cluster(text) else {
        throw session.usage(Self.cluster, "takes 32 digits of 0-9 and a-f, as 'winnow cluster status' shows them")
      }
      id = given
    }
    // The authority outlives what it issues several times over.
    let authority = try place.makeAuthority(cluster: id, days: 3650)
    try place.issue(orders, of: authority, replaces: false)
    return report(place, orders, authority, session)
  }

  private static func report(
    _ place: TLSPlace, _ orders: [TLSPlace.Order], _ authority: CertificateAuthority, _ session: Session
  ) -> ExitCode {
    let cluster = ContentHash.hexadecimal(authority.cluster)
    session.print(
      .object([("cluster_id", .text(cluster)), ("issued", .list(orders.map { JSON.text($0.name) }))]),
      human: "cluster \(cluster)\n"
        + orders.map { "  \($0.name): --tls-dir \(place.path)/\($0.name)\n" }.joined())
    return .ok
  }
}
