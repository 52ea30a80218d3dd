import Arguments
import Security
import SocketTransport
import Storage
import Vocabulary

/// A directory of `winnow tls`: the authority in `authority`, and a directory for each node and client.
struct TLSPlace {
  static let directory = Positional(
    "DIRECTORY", .string, "Where the authority and the files of all nodes are; keep it off the nodes.")
  static let nodes = Flag.repeated(
    "node", .string,
    "A node and where it is dialled: its name begins with coordinator or shard; hosts and IP addresses, with commas.",
    placeholder: "NAME=HOST,…")
  static let clients = Flag.repeated(
    "client", .string, "A client, by the id of its key: 1 to 32 of a-z, 0-9 and -.", placeholder: "ID")
  static let days = Flag("days", .int(1...3650), "How long certificates hold.", default: "365")

  /// What is to be issued, under which name.
  struct Order {
    let name: String
    let subject: CertificateAuthority.Subject
  }

  /// Bytes of a file at most.
  private static let fileBytesMax = 1 << 20

  let path: String
  private let session: Session

  init(_ session: Session) {
    self.session = session
    path = session[Self.directory]
  }

  /// The authority that is there.
  func authority() throws(Failure) -> CertificateAuthority {
    let certificate = try Files.read("\(path)/authority/authority.pem", limit: Self.fileBytesMax)
    let key = try Files.read("\(path)/authority/authority-key.pem", limit: Self.fileBytesMax)
    return try Self.made { () throws(TLSFault) in try CertificateAuthority(certificate: certificate, key: key) }
  }

  /// Makes a new authority and keeps it.
  func makeAuthority(cluster: [UInt8], days: Int) throws(Failure) -> CertificateAuthority {
    guard FileIdentity("\(path)/authority").kind == .missing else {
      throw Failure(
        .conflict, "\(path.visible) has an authority already",
        advice: "'winnow tls issue' makes further certificates of it; for another cluster give another directory")
    }
    let authority = try Self.made { () throws(TLSFault) in
      try CertificateAuthority(cluster: cluster, days: days, serial: Self.serial, at: NetworkSecurity.seconds)
    }
    let files = authority.files
    try write(
      "authority", [("authority-key.pem", files.key, true), ("authority.pem", files.certificate, false)])
    return authority
  }

  /// What the flags ask for; at least one thing.
  func orders() throws(Failure) -> [Order] {
    var orders: [Order] = []
    for text in session[Self.nodes] {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, parts[0].isKeyID, let place = Self.place(parts[0]) else {
        throw session.usage(Self.nodes, "has '\(text.visible)', which is not like shard-0=10.0.0.5,shard-0.internal")
      }
      let hosts = parts[1].split(separator: ",").map(String.init)
      guard !hosts.isEmpty else { throw session.usage(Self.nodes, "names no host for \(parts[0])") }
      orders.append(Order(name: parts[0], subject: .init(place: place, hosts: hosts, commonName: parts[0])))
    }
    for id in session[Self.clients] {
      guard id.isKeyID, Self.place(id) == nil, id != "authority" else {
        throw session.usage(Self.clients, "has '\(id.visible)', which is no id of a key: 1 to 32 of a-z, 0-9 and -")
      }
      orders.append(Order(name: id, subject: .init(place: .client(id), hosts: [], commonName: id)))
    }
    guard !orders.isEmpty else { throw session.usage(Self.nodes, "is missing: name at least one node, or a --client") }
    guard Set(orders.map(\.name)).count == orders.count else { throw session.usage(Self.nodes, "has a name twice") }
    return orders
  }

  /// Makes certificates and keeps each in a directory of its own, with what it needs to trust the others.
  func issue(_ orders: [Order], of authority: CertificateAuthority, replaces: Bool) throws(Failure) {
    for order in orders where !replaces && FileIdentity("\(path)/\(order.name)").kind != .missing {
      throw Failure(
        .conflict, "\(path.visible)/\(order.name) is there already",
        advice: "--force gives it a new key and certificate")
    }
    let days = session[Self.days]
    for order in orders {
      let issued = try Self.made { () throws(TLSFault) in
        try authority.issue(order.subject, days: days, serial: Self.serial, at: NetworkSecurity.seconds)
      }
      try write(
        order.name,
        [
          ("key.pem", issued.key, true), ("certificate.pem", issued.certificate, false),
          ("authority.pem", authority.files.certificate, false),
        ])
    }
  }

  private static func place(_ name: String) -> PeerIdentity.Place? {
    if name.hasPrefix("coordinator") { return .coordinator }
    return name.hasPrefix("shard") ? .shard : nil
  }

  private static var serial: [UInt8] { SystemKey.bytes(CertificateAuthority.serialByteCount) }

  /// The owner alone reads the directory, before anything is in it.
  private func write(_ name: String, _ files: [(name: String, bytes: [UInt8], isSecret: Bool)]) throws(Failure) {
    let directory = "\(path)/\(name)"
    try ClosedDirectory.make(directory)
    for file in files {
      let place = "\(directory)/\(file.name)"
      try Files.write(place, file.bytes)
      guard !file.isSecret || FileMode.close(place) else {
        throw Failure(.failed, "\(place.visible) cannot be kept from others (chmod 600)")
      }
    }
  }

  private static func made<Value>(_ body: () throws(TLSFault) -> Value) throws(Failure) -> Value {
    do throws(TLSFault) { return try body() } catch { throw Failure(.usage, error.text) }
  }
}
