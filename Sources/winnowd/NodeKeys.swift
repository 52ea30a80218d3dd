import Arguments
import Security
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// The keys of a coordinator's clients: a file, read again when it changes.
final class NodeKeys: AccessRule {
  private struct State: Sendable {
    var ring: KeyRing
    var bytes: [UInt8]
    /// The last fault that the log has.
    var said = ""
    /// Where it is noted who was let in; `nil`: nowhere.
    var audit: AuditLog?
  }

  /// How callers have ended: `known`, `failed`, `rate_limited`, `over_quota`.
  let (known, failed, rateLimited, overQuota) = (Counter(), Counter(), Counter(), Counter())
  /// Requests that were refused by right.
  let denied = Counter()
  private let path: String
  private let state: Lock<State>
  /// Makes what proofs of unknown ids are compared with.
  private let decoySecret = (0..<4).flatMap { _ in SystemRandom().next().bytes }

  /// Bytes of the file at most.
  private static let fileBytesMax = 1 << 20

  /// From the flags; `nil`: every client may do everything.
  init?(_ values: Values) throws(StartFailure) {
    guard let path = values[Commands.keys] else { return nil }
    self.path = path
    guard values[Commands.tlsDirectory] != nil || values[Commands.metadata] != "etcd" else {
      throw StartFailure(
        values.complaint(about: Commands.keys, "needs --tls-dir: coordinators know each other by certificate"), .usage)
    }
    do throws(KeyRing.Fault) { state = Lock(try Self.read(path)) } catch {
      throw StartFailure(values.complaint(about: Commands.keys, "cannot be used: \(error.text)"), .usage)
    }
  }

  func grant(ofKey id: String) -> KeyGrant? {
    let now = NetworkSecurity.seconds
    return state.withLock { $0.ring.grant(ofKey: id, at: now) }
  }

  func verifier(ofKey id: String) -> KeyVerifier {
    // Made in any case: an id that is known takes no less time than one that is not.
    let decoy = KeyVerifier(decoyOf: id, secret: decoySecret)
    return state.withLock { $0.ring.verifier(ofKey: id) } ?? decoy
  }

  func heard(_ event: AccessEvent, ofKey key: String?, from caller: String) {
    let (what, outcome): (String, String)
    switch event {
    case .known:
      known.add()
      (what, outcome) = ("AUTH", "OK")
    case .refused(let code):
      switch code {
      case .authRateLimited: rateLimited.add()
      case .quota: overQuota.add()
      default: failed.add()
      }
      (what, outcome) = ("AUTH", code.name)
    case .denied(let opcode):
      denied.add()
      (what, outcome) = (opcode.name, ErrorCode.permissionDenied.name)
    }
    state.withLock { $0.audit }?.note(AuditEntry(who: key ?? "", from: caller, what: what, outcome: outcome))
  }

  /// Has all of that noted from now on.
  func audit(in log: AuditLog) { state.withLock { $0.audit = log } }

  /// How many keys there are.
  var count: Int { state.withLock { $0.ring.count } }

  /// Takes the file if it has changed; with a fault the old keys count on, and the log says so once.
  ///
  /// - Returns: Whether it was taken (`true`), refused, or is what it was (`nil`).
  func reload(_ log: Log) -> Bool? {
    do throws(KeyRing.Fault) {
      let new = try Self.read(path)
      let isNews = state.withLock { state in
        defer { (state.ring, state.bytes, state.said) = (new.ring, new.bytes, "") }
        return state.bytes != new.bytes
      }
      guard isNews else { return nil }
      log(.info, "keys taken", ["file": .text(path), "keys": LogValue(new.ring.count)])
      return true
    } catch {
      let isNews = state.withLock { state in
        defer { state.said = error.text }
        return state.said != error.text
      }
      guard isNews else { return nil }
      log(.error, "keys refused: the old ones count on", ["file": .text(path), "reason": .text(error.text)])
      return false
    }
  }

  private static func read(_ path: String) throws(KeyRing.Fault) -> State {
    let bytes: [UInt8]?
    do throws(DiskError) { bytes = try RealDisk().read(path, limit: fileBytesMax) } catch {
      throw KeyRing.Fault(text: error.text)
    }
    guard let bytes else { throw KeyRing.Fault(text: "there is no \(path.visible)") }
    let ring = try KeyRing(bytes)
    guard !ring.holdsVerifiers || !FileMode.isOpen(path) else {
      throw KeyRing.Fault(text: "\(path.visible) is open to others: chmod 640 \(path.visible)")
    }
    return State(ring: ring, bytes: bytes)
  }
}

extension UInt64 {
  fileprivate var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
