import Bytes
package import Security
import Storage
import Vocabulary

/// A directory with the files of TLS: `authority.pem`, and `certificate.pem` with `key.pem`. Read as one, and again when
/// the files have changed.
package final class TLSDirectory: Sendable {
  private struct State: Sendable {
    var credentials: TLSCredentials
    var hash: [UInt8]
    var readAt: Int64
  }

  package let path: String
  private let demandsClients: Bool
  private let needsCertificate: Bool
  private let state: Lock<State>

  /// Bytes of one file at most.
  private static let fileBytesMax = 1 << 20

  /// Reads and checks all files.
  ///
  /// - Parameters:
  ///   - demandsClients: Whether peers that dial must show a certificate.
  ///   - needsCertificate: Whether it must have a certificate and a key, as a node must.
  package init(_ path: String, demandsClients: Bool, needsCertificate: Bool) throws(TLSFault) {
    (self.path, self.demandsClients, self.needsCertificate) = (path, demandsClients, needsCertificate)
    let (files, hash) = try Self.read(path, needsCertificate: needsCertificate)
    let now = NetworkSecurity.seconds
    let credentials = try TLSCredentials(files, demandsClients: demandsClients, at: now)
    state = Lock(State(credentials: credentials, hash: hash, readAt: now))
  }

  /// What was read last.
  package var credentials: TLSCredentials { state.withLock { $0.credentials } }

  /// Reads the files again if their content differs from what was read last.
  ///
  /// - Returns: Whether it does.
  /// - Throws: What is wrong with them; what was read before stays.
  @discardableResult
  package func reload() throws(TLSFault) -> Bool {
    let now = NetworkSecurity.seconds
    let (files, hash) = try Self.read(path, needsCertificate: needsCertificate)
    guard state.withLock({ $0.hash != hash }) else { return false }
    let credentials = try TLSCredentials(files, demandsClients: demandsClients, at: now)
    state.withLock { $0 = State(credentials: credentials, hash: hash, readAt: now) }
    return true
  }

  /// What was read last, after a look at the files if that is a number of seconds ago; faults of a look are for
  /// the next one.
  package func refreshed(every seconds: Int64) -> TLSCredentials {
    let now = NetworkSecurity.seconds
    let isDue = state.withLock { state in
      guard now - state.readAt >= seconds else { return false }
      state.readAt = now
      return true
    }
    if isDue { _ = try? reload() }
    return credentials
  }

  private static func read(
    _ path: String, needsCertificate: Bool
  ) throws(TLSFault) -> (TLSCredentials.Files, hash: [UInt8]) {
    guard let authorities = try read("authority.pem", in: path) else {
      throw .materials("\(path.visible) has no authority.pem, which has the trusted authorities: see 'winnow tls init'")
    }
    let chain = try read("certificate.pem", in: path)
    let key = try read("key.pem", in: path)
    guard (chain == nil) == (key == nil), !needsCertificate || chain != nil else {
      throw .materials(
        "\(path.visible) has no \(chain == nil ? "certificate.pem" : "key.pem"): see 'winnow tls issue'")
    }
    let keyPath = "\(path)/key.pem"
    guard key == nil || !FileMode.isOpen(keyPath) else {
      throw .materials("\(keyPath.visible) is open to others: chmod 600 \(keyPath.visible)")
    }
    let own = chain.flatMap { chain in key.map { (chain, $0) } }
    let hash = ContentHash.sha256(
      authorities + [0] + (chain ?? []) + [0] + (key ?? []))
    return (TLSCredentials.Files(authorities: authorities, own: own), hash)
  }

  private static func read(_ name: String, in path: String) throws(TLSFault) -> [UInt8]? {
    do throws(DiskError) { return try RealDisk().read("\(path)/\(name)", limit: fileBytesMax) } catch {
      throw .materials(error.text)
    }
  }
}
