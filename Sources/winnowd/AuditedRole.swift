import Security
import SocketTransport
import Transport
import Vocabulary
import Wire

/// A role whose administration stands in the audit log before it is done, and again with how it ended. Where it cannot
/// stand there, it is not done.
struct AuditedRole: RequestHandler {
  let role: any RequestHandler
  let audit: AuditLog
  /// The last act that comes in parts or is asked again and again, so that it stands there once.
  private let last = Lock<AuditEntry?>(nil)

  /// A role, and its audit log.
  init(_ role: any RequestHandler, _ audit: AuditLog) { (self.role, self.audit) = (role, audit) }

  var identity: NodeIdentity { role.identity }

  var servedOpcodes: OpcodeSet { role.servedOpcodes }

  nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    guard var entry = AuditEntry(administrationBy: request), isNews(entry, request) else {
      return await role.handle(request)
    }
    guard await audit.record(entry) else {
      return .failure(WireError(.storageFailed, message: "the audit log cannot be written: nothing is administered"))
    }
    let outcome = await role.handle(request)
    entry.outcome =
      switch outcome {
      case .reply: "OK"
      case .failure(let error): error.code.name
      }
    entry.microseconds = request.arrival.microseconds(until: SystemClock().now())
    audit.note(entry)
    return outcome
  }

  private func isNews(_ entry: AuditEntry, _ request: InboundRequest) -> Bool {
    last.withLock { last in
      defer { last = entry }
      return !request.isOneOfMany || last != entry
    }
  }
}
