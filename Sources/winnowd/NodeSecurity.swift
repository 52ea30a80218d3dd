import Arguments
import Security
import SocketTransport
import Telemetry
import Transport
import Vocabulary

/// What a node knows its peers by: the files of TLS and the keys, which are read again when they change.
struct NodeSecurity {
  /// `nil`: links are plain.
  let tls: NodeTLS?
  /// `nil`: every client may do everything.
  let keys: NodeKeys?
  /// `nil`: who administers is not noted, or not yet.
  private let audit = Lock<AuditLog?>(nil)
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

  /// Opens the audit log of a coordinator, where it keeps one.
  func openAudit(_ values: Values, _ log: Log, _ registry: MetricRegistry) throws(StartFailure) -> AuditLog? {
    let byDefault = keys == nil ? nil : values[Commands.coordinatorDirectory] + "/audit.log"
    guard let path = values[Commands.auditLog] ?? byDefault else { return nil }
    let opened: AuditLog
    do throws(AuditFile.Fault) {
      opened = try AuditLog(path, node: (values[Commands.advertise] ?? values[Commands.listen]).description, log)
    } catch {
      throw StartFailure("winnowd coordinator: the audit log cannot be written: \(error.text)", .storageFailed)
    }
    audit.withLock { $0 = opened }
    keys?.audit(in: opened)
    registry.counter("winnow_audit_lines_total", help: "Lines of the audit log that were written.") {
      Double(opened.lines.value)
    }
    registry.counter(
      "winnow_audit_failures_total",
      help: "Times that the audit log could not be written; nothing is administered then."
    ) { Double(opened.failures.value) }
    return opened
  }

  /// Takes the files that have changed. Connections whose key holds no more end, also those whose key has expired since.
  func reload(_ server: Server, _ log: Log) {
    for (what, outcome) in [("keys", keys?.reload(log)), ("TLS files", tls?.reload(log))] {
      guard let outcome else { continue }
      (outcome ? taken : refused).add()
      audit.withLock { $0 }?.note(AuditEntry(what: "reload", on: what, outcome: outcome ? "OK" : "refused"))
    }
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
      for (outcome, counter) in [
        ("known", keys.known), ("failed", keys.failed), ("rate_limited", keys.rateLimited),
        ("over_quota", keys.overQuota),
      ] {
        registry.counter(
          "winnow_auth_total", help: "Callers, by whether their key was known and had a connection left.",
          labels: [("outcome", outcome)]
        ) { Double(counter.value) }
      }
      registry.counter("winnow_permission_denied_total", help: "Requests for which the key had not the right.") {
        Double(keys.denied.value)
      }
    }
    tls?.add(to: registry, door)
  }
}
