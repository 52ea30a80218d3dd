import Arguments
import Security
import SocketTransport
import Telemetry
import Transport
import Vocabulary

/// The TLS of a node: its files by the flags, and their reloading.
struct NodeTLS {
  let files: TLSDirectory
  let network: NetworkSecurity
  /// The same for links that carry HTTP.
  let http: NetworkSecurity
  /// Whether all who connect have to show a certificate.
  let demandsClients: Bool
  /// The last fault that the log has.
  private let said = Lock("")

  /// From the flags; `nil`: links are plain.
  init?(_ values: Values, role: String) throws(StartFailure) {
    guard let path = values[Commands.tlsDirectory] else {
      if role == "coordinator" { try Node.refuse(Commands.tlsClients, values, "without --tls-dir") }
      return nil
    }
    // Only coordinators speak to a shard, and they have certificates.
    demandsClients = role == "shard" || values[Commands.tlsClients] == "required"
    do throws(TLSFault) {
      files = try TLSDirectory(path, demandsClients: demandsClients, needsCertificate: true)
      try Self.check(files.credentials, role)
    } catch {
      throw StartFailure(values.complaint(about: Commands.tlsDirectory, "cannot be used: \(error.text)"), .usage)
    }
    network = NetworkSecurity { [files] in .success(files.credentials) }
    http = NetworkSecurity(isHTTP: true) { [files] in .success(files.credentials) }
  }

  /// The id of the cluster that the certificate is of.
  var cluster: [UInt8]? { files.credentials.identity?.cluster }

  private static func check(_ credentials: TLSCredentials, _ role: String) throws(TLSFault) {
    let place: PeerIdentity.Place = role == "shard" ? .shard : .coordinator
    guard credentials.identity?.place == place else {
      throw .materials("certificate.pem is not of a \(role): 'winnow tls issue' makes one")
    }
  }

  /// Takes the files if they have changed; with a fault the old ones serve on, and the log says so once.
  ///
  /// - Returns: Whether they were taken (`true`), refused, or are what they were (`nil`).
  func reload(_ log: Log) -> Bool? {
    do throws(TLSFault) {
      let isNews = try files.reload()
      said.withLock { $0 = "" }
      guard isNews else { return nil }
      log(.info, "TLS files taken", ["directory": .text(files.path)])
      return true
    } catch {
      let isNews = said.withLock { said in
        defer { said = error.text }
        return said != error.text
      }
      guard isNews else { return nil }
      log(
        .error, "TLS files refused: the old ones serve on",
        ["directory": .text(files.path), "reason": .text(error.text)])
      return false
    }
  }

  func add(to registry: MetricRegistry, _ door: Door?) {
    registry.gauge(
      "winnow_certificate_expiry_timestamp_seconds", help: "When the node's certificate expires, in seconds since 1970."
    ) { [files] in Double(files.credentials.certificate?.validity.until ?? 0) }
    guard let door else { return }
    let handshakes = "Handshakes of links that peers opened, by their end."
    for (outcome, counter) in [("opened", door.opened), ("failed", door.failed), ("turned_away", door.turnedAway)] {
      registry.counter("winnow_tls_handshakes_total", help: handshakes, labels: [("outcome", outcome)]) {
        Double(counter.value)
      }
    }
  }
}
