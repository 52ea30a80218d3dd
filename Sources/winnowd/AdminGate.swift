import AdminHTTP
import Security
import SocketTransport
import Transport
import Vocabulary
import Wire

/// Who may ask for what by HTTP: the keys and certificates are those of the node's other port.
struct AdminGate: AdminAccess {
  private let keys: NodeKeys?
  /// Whether the port is under TLS, or no other machine reaches it: elsewhere a key would be read on its way.
  private let takesKeys: Bool
  private let failures = AuthFailures()

  /// The gate of a node; `nil`: everyone may ask for everything.
  init?(_ security: NodeSecurity, isLoopback: Bool) {
    guard security.keys != nil || security.tls?.demandsClients == true else { return nil }
    keys = security.keys
    takesKeys = security.tls != nil || isLoopback
  }

  func standing(of link: (any ByteLink)?, authorization: String?) -> AdminStanding {
    if let authorization, let keys {
      guard takesKeys else { return .unknown }
      let key = ClientKey(authorization: authorization)
      let grant = key.flatMap { keys.verifier(ofKey: $0.id).isOf($0) ? keys.grant(ofKey: $0.id) : nil }
      if let grant { return .known(Self.roles(grant)) }
      let address = link?.peerAddress ?? ""
      let isOften = !failures.note(address, at: SystemClock().now())
      keys.heard(.refused(isOften ? .authRateLimited : .authFailed), ofKey: key?.id, from: "HTTP at \(address)")
      return isOften ? .tooOften : .unknown
    }
    guard let security = link?.security, let peer = security.peer, peer.cluster == security.own?.cluster else {
      return .unknown
    }
    switch peer.place {
    case .client(let id):
      guard let keys else { return .known(.any) }
      return keys.grant(ofKey: id).map { .known(Self.roles($0)) } ?? .unknown
    case .coordinator, .shard: return .known(.node)
    }
  }

  /// The console sees every collection and knows no quota, so a key with either has none of it.
  private static func roles(_ grant: KeyGrant) -> Roles {
    grant.scope.isAll && grant.quota.isEmpty ? grant.roles : grant.roles.intersection(.metrics)
  }
}
