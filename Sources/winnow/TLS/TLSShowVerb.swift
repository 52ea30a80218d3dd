import Arguments
import JSON
import Security
import SocketTransport
import Storage
import Transport
import Vocabulary

/// `winnow tls show`: what a certificate says, of a file or of a node that answers.
enum TLSShowVerb {
  static let place = Positional(
    "PLACE", .string, "A certificate in PEM, a directory of TLS files, or HOST:PORT of a node that is reached.")

  static let verb = Verb(
    command: Command(
      name: "show", summary: "Show what a certificate is for, and for how long",
      details: "With HOST:PORT a handshake is made: give --tls-dir, whose authority has to vouch for the node.",
      positionals: [place]), run: run)

  private static let fileBytesMax = 1 << 20

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let certificate = try await certificate(session)
    let identity: PeerIdentity?
    do throws(TLSFault) { identity = try certificate.identity() } catch { throw Failure(.failed, error.text) }
    let days = (certificate.validity.until - NetworkSecurity.seconds) / 86_400
    let hosts = certificate.hosts
    let uri: JSON = if let identity { .text(identity.uri) } else { .null }
    let names: [JSON] = hosts.map { .text($0) }
    let dialled = hosts.isEmpty ? "never: a client" : hosts.joined(separator: ", ")
    let rest = days < 0 ? "no more: expired" : "for \(days) more days"
    session.print(
      .object([("identity", uri), ("hosts", .list(names)), ("days_left", .int(Int(days)))]),
      human: "is       \(identity?.uri ?? "nothing of Winnow")\ndialled  \(dialled)\nholds    \(rest)\n")
    return days < 0 ? .thresholdMissed : .ok
  }

  private static func certificate(_ session: Session) async throws(Failure) -> Certificate {
    let text = session[Self.place]
    switch FileIdentity(text).kind {
    case .directory: return try certificate(inFile: "\(text)/certificate.pem")
    case .file: return try certificate(inFile: text)
    default: break
    }
    guard let address = HostPort(text) else {
      throw session.usage(Self.place, "is neither a file nor HOST:PORT")
    }
    return try await shown(by: address.description, session)
  }

  private static func certificate(inFile path: String) throws(Failure) -> Certificate {
    let bytes = try Files.read(path, limit: fileBytesMax)
    do throws(TLSFault) { return try Certificate.all(inPEM: bytes)[0] } catch {
      throw Failure(.failed, "\(path.visible) \(error.text)")
    }
  }

  private static func shown(by address: String, _ session: Session) async throws(Failure) -> Certificate {
    guard let directory = session[Session.tlsDirectory] else {
      throw Failure(.usage, "a handshake needs an authority to judge by: give --tls-dir DIRECTORY")
    }
    let files = try Session.tlsFiles(directory)
    let name = session[Session.tlsName]
    do throws(NetworkError) {
      let loops = try EventLoopGroup(loopCount: 1)
      let security = NetworkSecurity(expectedName: name) { .success(files.credentials) }
      let network = SocketNetwork(group: loops, security: security)
      let found = Lock<Certificate?>(nil)
      let deadline = loops.loops[0].clock.now().advanced(microseconds: 5_000_000)
      try await network.dial(address, deadline: deadline, executor: nil) { link in
        found.withLock { $0 = link.security?.certificate }
        return ClosingLink(link)
      }
      await loops.shutdown()
      if let certificate = found.withLock({ $0 }) { return certificate }
      throw .cancelled
    } catch { throw Failure(.unreachable, "\(address): \(error.word)") }
  }
}

/// Ends a link as soon as it is open.
private final class ClosingLink: LinkReceiver {
  init(_ link: any ByteLink) { link.close() }

  func linkReceived(_ bytes: [UInt8]) {}

  func linkDrained() {}

  func linkEnded(_ end: LinkEnd) {}
}
