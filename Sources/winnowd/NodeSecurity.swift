import Arguments
import SocketTransport
import Telemetry
import Transport

/// What a node knows its peers by: the files of TLS and the keys, which are read again when they change.
struct NodeSecurity {
  /// `nil`: links are plain.
  let tls: NodeTLS?
  /// `nil`: every client may do everything.
  let keys: NodeKeys?
  private let taken = Counter()
  private let refused = Counter()

  /// How often the files are looked at.
  static let pollMicroseconds: UInt64 = 10_000_000

  /// From the flags.
  init(_ values: Values, role: String) throws(StartFailure) {
    tls = try NodeTLS(values, role: role)
    keys = role == "coordinator" ? try NodeKeys(values) : nil
  }

  /// Whether there are files to look at.
  var hasFiles: Bool { tls != nil || keys != nil }

  /// Whether every peer is known, and what it says is its own.
  var knowsPeers: Bool { tls.map { $0.demandsClients || keys != nil } ?? false }

  /// Takes the files that have changed. Connections whose key holds no more end, also those whose key has expired since.
  func reload(_ server: Server, _ log: Log) {
    for outcome in [keys?.reload(log), tls?.reload(log)].compactMap({ $0 }) { (outcome ? taken : refused).add() }
    if keys != nil { server.recheckAccess() }
  }

  func add(to registry: MetricRegistry, _ door: Door?) {
    guard hasFiles else { return }
    let help = "Changes of the files of TLS and keys that were taken or refused."
    for (outcome, counter) in [("taken", taken), ("refused", refused)] {
      registry.counter("winnow_security_reloads_total", help: help, labels: [("outcome", outcome)]) {
        Double(counter.value)
      }
    }
    if let keys {
      registry.gauge("winnow_keys", help: "Keys of clients, with those that hold no more.") { Double(keys.count) }
    }
    tls?.add(to: registry, door)
  }
}
